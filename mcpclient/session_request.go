package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// ServerError is an error that the server returned (a JSON-RPC error).
type ServerError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("the server refused: %s (%d)", e.Message, e.Code)
}

// rawAnswer is the answer to a request before the library decodes it.
type rawAnswer struct {
	result json.RawMessage
	err    *mcp.JSONRPCErrorDetails
}

type rawAnswerKey struct{}

// httpTransport and stdioTransport record answers as they arrive, because the library's types round
// integers and drop keywords of schemas. They embed the library's transports, so that it finds
// their optional methods.
type httpTransport struct {
	*transport.StreamableHTTP
	in *intake
}

// SetRequestHandler sets what answers the server's requests.
func (t httpTransport) SetRequestHandler(h transport.RequestHandler) {
	t.StreamableHTTP.SetRequestHandler(t.in.counted(h))
}

func (t httpTransport) SendRequest(
	ctx context.Context, r transport.JSONRPCRequest,
) (*transport.JSONRPCResponse, error) {
	return recordAnswer(ctx, r, t.StreamableHTTP.SendRequest)
}

type stdioTransport struct {
	*transport.Stdio
	child *exec.Cmd
	in    *intake
	stdin *lockedWriter
	end   sync.Once
}

// SetRequestHandler sets what answers the server's requests. The answers are written here, not in
// the library, so that those count as open which the server does not read.
func (t *stdioTransport) SetRequestHandler(h transport.RequestHandler) {
	t.Stdio.SetRequestHandler(t.in.counted(
		func(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
			res, err := h(ctx, r)
			if err != nil {
				res = transport.NewJSONRPCErrorResponse(r.ID, mcp.INTERNAL_ERROR, err.Error(), nil)
			}
			if res == nil {
				return nil, nil
			}
			data, err := json.Marshal(res)
			if err == nil {
				// An error means that the child has ended, which the reader notices.
				_, _ = t.stdin.Write(append(data, '\n'))
			}
			return nil, nil
		}))
}

func (t *stdioTransport) SendRequest(
	ctx context.Context, r transport.JSONRPCRequest,
) (*transport.JSONRPCResponse, error) {
	return recordAnswer(ctx, r, t.Stdio.SendRequest)
}

var errOtherCall = errors.New("the server answered with the id of another call")

type sendFunc func(context.Context, transport.JSONRPCRequest) (*transport.JSONRPCResponse, error)

func recordAnswer(ctx context.Context, r transport.JSONRPCRequest, send sendFunc) (*transport.JSONRPCResponse, error) {
	a, ok := ctx.Value(rawAnswerKey{}).(*rawAnswer)
	if ok {
		*a = rawAnswer{}
	}
	res, err := send(ctx, r)
	if err != nil || res == nil {
		return res, err
	}
	if fmt.Sprint(res.ID.Value()) != fmt.Sprint(r.ID.Value()) { // over HTTP; "1" may answer 1
		return nil, errOtherCall
	}
	if member, isList := strings.CutSuffix(r.Method, "/list"); isList && tooMany(res.Result, member) {
		return nil, errItems // before the library decodes them
	}
	if ok {
		a.result, a.err = res.Result, res.Error
	}
	return res, nil
}

// tooMany reports whether a page of a list has more than maxItems items.
func tooMany(result json.RawMessage, member string) bool {
	if member == "resources/templates" {
		member = "resourceTemplates"
	}
	var page map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(result, &page) != nil || json.Unmarshal(page[member], &items) != nil {
		return false // the library says what is wrong
	}
	return len(items) > maxItems
}

// request makes a request, which may take several round trips, and returns the last answer as the
// server sent it, even if the library could not decode it.
func (s *Session) request(ctx context.Context, call func(context.Context) error) (json.RawMessage, error) {
	a := &rawAnswer{}
	err := call(context.WithValue(ctx, rawAnswerKey{}, a))
	switch {
	case a.err != nil:
		return nil, &ServerError{a.err.Code, a.err.Message, a.err.Data}
	case a.result != nil && (err == nil || ctx.Err() == nil && !isInputRequired(a.result)):
		return a.result, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil:
		return nil, errors.New("the server sent no answer")
	}
	return nil, s.describeError(err)
}

// isInputRequired reports whether a result asks for input instead of answering.
func isInputRequired(result json.RawMessage) bool {
	var r struct {
		Type string `json:"resultType"`
	}
	return json.Unmarshal(result, &r) == nil && r.Type == "input_required"
}

// describeError returns an error that says why there is no answer. It contains no URL, which may
// hold a secret.
func (s *Session) describeError(err error) error {
	var u *url.Error
	var t *transport.Error
	var exceeded *limitError
	if e := s.in.exceeded.Swap(nil); e != nil {
		return e
	}
	isTransport := errors.As(err, &t) // otherwise a question of the server could not be answered
	switch {
	case errors.Is(err, errOtherCall):
		return errOtherCall
	case isTransport && strings.HasPrefix(t.Err.Error(), "response should contain RPC id"): // and the response in Go's syntax
		return errors.New("the server answered without the id of the call, which says that it could not read the request")
	case isTransport && t.Err.Error() == "unexpected nil response":
		return errors.New("the server ended the stream of its answer before the answer")
	case errors.As(err, &exceeded):
		return exceeded
	case errors.Is(err, transport.ErrAuthorizationRequired):
		return errors.New("the server requires credentials (401)")
	case errors.Is(err, transport.ErrLegacySSEServer):
		return errors.New("the server refused to initialize (4xx): " +
			"it is not an MCP server, or uses the old HTTP+SSE transport")
	case s.child != nil && isTransport:
		s.Close() // waits for the child, whose state says how it ended
		if st := s.child.ProcessState; st != nil {
			return fmt.Errorf("%w (%s)", ErrEnded, st)
		}
		return ErrEnded
	case errors.As(err, &u):
		return u.Err
	case isTransport:
		return t.Err
	}
	return err
}

// maxPages limits a list whose cursors never end.
const maxPages = 10_000

// list reads all pages of a list and returns the items as the server sent them.
func (s *Session) list(
	ctx context.Context, member string, page func(context.Context, mcp.Cursor) error,
) ([]json.RawMessage, error) {
	var all []json.RawMessage
	var cursor mcp.Cursor
	seen := map[mcp.Cursor]bool{}
	size := 0
	for range maxPages {
		raw, err := s.request(ctx, func(ctx context.Context) error { return page(ctx, cursor) })
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", member, err)
		}
		var p map[string]json.RawMessage
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("list %s: read a page: %w", member, err)
		}
		if m, ok := p[member]; ok {
			if err := json.Unmarshal(m, &items); err != nil {
				return nil, fmt.Errorf("list %s: read a page: %w", member, err)
			}
		}
		all = append(all, items...)
		if size += len(raw); size > maxMessage || len(all) > maxItems {
			return nil, fmt.Errorf("list %s: %w", member, errItems)
		}
		cursor = ""
		if next, ok := p["nextCursor"]; ok {
			if err := json.Unmarshal(next, &cursor); err != nil {
				return nil, fmt.Errorf("list %s: read the cursor: %w", member, err)
			}
		}
		if cursor == "" {
			return all, nil
		}
		if seen[cursor] {
			break
		}
		seen[cursor] = true
	}
	return nil, fmt.Errorf("list %s: the server's pages never end", member)
}
