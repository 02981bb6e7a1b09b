package handler

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/pin"
)

// Admitted is a caller that the front of a server admitted.
type Admitted struct {
	// Caller is its name.
	Caller string
	// Identity is what policies know of it, if its name does not say all.
	Identity map[string]any
	// Until is when its token expires; zero means never. The front does not enforce it.
	Until time.Time
}

type (
	admittedKey struct{}
	headerKey   struct{}
)

// WithAdmitted returns a context for the requests of an admitted caller.
func WithAdmitted(ctx context.Context, a Admitted) context.Context {
	return context.WithValue(ctx, admittedKey{}, a)
}

// AdmittedOf returns the caller of a context's request. It returns the zero value for a request
// that no front has admitted.
func AdmittedOf(ctx context.Context) Admitted {
	a, _ := ctx.Value(admittedKey{}).(Admitted)
	return a
}

// Caller returns the name of the caller of a context's request: "local" if no token is required, or
// a name derived from the token, which does not reveal it. It returns "" for a request that no
// front has admitted.
func Caller(ctx context.Context) string { return AdmittedOf(ctx).Caller }

// Principal returns the name of who calls, for what belongs to one caller: the name that its
// transport has for it, and the session. Requests of the newest protocol over HTTP have no session;
// the caller is then the holder of the token.
func Principal(ctx context.Context, who string) string {
	session := ""
	if c := server.ClientSessionFromContext(ctx); c != nil {
		session = c.SessionID()
	}
	return strings.Trim(who+"/"+session, "/")
}

// WithHeader returns a context for a call that an HTTP request with a header brought.
func WithHeader(ctx context.Context, h http.Header) context.Context {
	return context.WithValue(ctx, headerKey{}, h)
}

// Header returns the header of the HTTP request that brought the call of a context, or what a
// gateway has passed on of it. It is nil on stdio.
func Header(ctx context.Context) http.Header {
	h, _ := ctx.Value(headerKey{}).(http.Header)
	return h
}

// RefuseUnknown makes the library answer a call of an unknown tool with the error of the protocol,
// to which it adds a hint; shown is the name of the tool in a form that is safe to show. It does so
// from revision 2026-07-28 on, which demands the error, since a result means that a tool ran.
// Before, it returns false: clients often do not show such errors to the model, and an error result
// has the same text.
func RefuseUnknown(ctx context.Context, r *mcp.CallToolRequest, shown, hint string) bool {
	if !server.IsModernRequest(ctx) {
		return false
	}
	r.Params.Name = shown + " (" + hint + ")" // the library's text quotes the name
	return true
}

// unknownTool takes the place of the arguments of a call that names no tool. Arguments that come
// from a client never have this type.
type unknownTool string

// RedirectUnknown makes the library pass a call of an unknown tool to another one, whose handler
// asks [UnknownTool] for the name. The library itself would answer with an error of the protocol,
// which names no tools and which models often do not see.
func RedirectUnknown(r *mcp.CallToolRequest, to string) {
	r.Params.Arguments, r.Params.RawArguments, r.Params.Name = unknownTool(r.Params.Name), nil, to
}

// UnknownTool returns the name of the unknown tool that a call was redirected from.
func UnknownTool(r mcp.CallToolRequest) (name string, ok bool) {
	unknown, ok := r.Params.Arguments.(unknownTool)
	return string(unknown), ok
}

// Hints returns the annotations of a tool as conditions of policies see them.
func Hints(t mcp.Tool) map[string]any {
	a, out := t.Annotations, make(map[string]any, 5)
	if a.Title != "" {
		out["title"] = a.Title
	}
	add := func(name string, hint *bool) {
		if hint != nil {
			out[name] = *hint
		}
	}
	add("readOnlyHint", a.ReadOnlyHint)
	add("destructiveHint", a.DestructiveHint)
	add("idempotentHint", a.IdempotentHint)
	add("openWorldHint", a.OpenWorldHint)
	return out
}

// Definition returns the hash of a tool as lists show it, or "" if it has none.
func Definition(t mcp.Tool) string {
	raw, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	hash, _ := pin.Hash(raw) // valid JSON; a definition over 1 MiB has no hash
	return hash
}
