// Package enforcement applies a policy to the MCP servers of this program.
//
// A [Point] decides on calls of tools, resources, prompts, completions and subscriptions with
// package guard/enforce, as the gateway does in front of a foreign server. Requests for hidden
// names get the library's answers for unknown names. All transports pass it: it is between the
// library and the handlers.
//
// The methods of a nil Point, for a server without a policy, change nothing.
//
// It is not the relay of the gateway, because only the handler knows the operation within
// call_operation and whether a call is held. call_operation must be allowed as itself and as the
// operation that it names. A held call counts against limits at its confirmation: otherwise calls
// could be held in many windows and confirmed in one.
//
// Read point.go first, then read.go and tools.go.
package enforcement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/front"
)

// Point is where the policy of a server is enforced. It is safe for concurrent use, and may serve
// several servers.
type Point struct {
	guard     *enforce.Guard
	identity  map[string]any
	slots     chan struct{} // one for each call that waits for a person
	questions front.Asker
}

// New returns a point that enforces the policy of g on callers that it knows as identity.
func New(g *enforce.Guard, identity map[string]any) *Point {
	return &Point{guard: g, identity: identity, slots: make(chan struct{}, maxWaits)}
}

// Lists reports whether lists show a name or URI.
func (p *Point) Lists(k policy.Kind, name string) bool { return p == nil || p.guard.Lists(k, name) }

// IsShadow reports whether decisions are written, and not enforced.
func (p *Point) IsShadow() bool { return p != nil && p.guard.IsShadow() }

// from returns the caller of a context. The audit names sessions by a digest: their ids are secrets
// over HTTP.
func (p *Point) from(ctx context.Context) enforce.Caller {
	c := enforce.Caller{Identity: p.identity}
	if s := server.ClientSessionFromContext(ctx); s != nil {
		c.Session = label(s)
		if s, ok := s.(server.SessionWithClientInfo); ok {
			c.Client = s.GetClientInfo().Name
		}
	}
	return c
}

// label returns the name of a session. Requests of revisions without sessions share one.
func label(s server.ClientSession) string {
	sum := sha256.Sum256([]byte(s.SessionID()))
	return hex.EncodeToString(sum[:8])
}

// message returns what a guard decides on.
func (p *Point) message(ctx context.Context, method mcp.MCPMethod, params map[string]any, s enforce.Subject) *enforce.Message {
	m := &enforce.Message{From: p.from(ctx), Direction: enforce.ToServer, Method: string(method), Subject: s}
	if p.guard.Audits() || p.guard.Policy().LooksAtSent() {
		m.Params = jsonvalue.Encode(params)
	}
	return m
}

// with adds the metadata of a request to its parameters, if the policy looks at them.
func (p *Point) with(meta *mcp.Meta, params map[string]any) map[string]any {
	if meta != nil && p.guard.Policy().LooksAtSent() {
		params["_meta"] = meta
	}
	return params
}

// Options returns the options of a server that is judged. Its tools are wrapped by [Point.Tool],
// its hooks added by [Point.AddHooks]. Options of recovery come before them.
func (p *Point) Options() []server.ServerOption {
	if p == nil {
		return nil
	}
	return []server.ServerOption{
		server.WithToolFilter(func(_ context.Context, tools []mcp.Tool) []mcp.Tool {
			return listed(tools, func(t mcp.Tool) bool { return p.Lists(policy.Tool, t.Name) })
		}),
		server.WithPromptFilter(func(_ context.Context, prompts []mcp.Prompt) []mcp.Prompt {
			return listed(prompts, func(r mcp.Prompt) bool { return p.Lists(policy.Prompt, r.Name) })
		}),
		server.WithResourceHandlerMiddleware(p.resource),
		server.WithPromptHandlerMiddleware(p.prompt),
		server.WithCacheHints(0, mcp.CacheScopePrivate), // the shown tools depend on the policy
	}
}

// listed returns the elements that are shown.
func listed[T any](all []T, shows func(T) bool) []T {
	out := make([]T, 0, len(all))
	for _, x := range all {
		if shows(x) {
			out = append(out, x)
		}
	}
	return out
}

// AddHooks adds hooks where the library has no options: lists of resources, subscriptions, and
// unknown names.
func (p *Point) AddHooks(h *server.Hooks) {
	if p == nil {
		return
	}
	h.AddAfterListResources(func(_ context.Context, _ any, _ *mcp.ListResourcesRequest, r *mcp.ListResourcesResult) {
		r.Resources = listed(r.Resources, func(x mcp.Resource) bool { return p.Lists(policy.Resource, x.URI) })
	})
	h.AddAfterListResourceTemplates(func(_ context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, r *mcp.ListResourceTemplatesResult) {
		r.ResourceTemplates = listed(r.ResourceTemplates, func(x mcp.ResourceTemplate) bool {
			return x.URITemplate != nil && (p.Lists(policy.Resource, x.URITemplate.Raw()) || p.guard.ListsTemplate(x.URITemplate.Raw()))
		})
	})
	h.AddOnRequestInitialization(func(ctx context.Context, _ any, message any) error {
		raw, ok := message.(json.RawMessage)
		if !ok {
			return errors.New("the message cannot be judged")
		}
		return p.beforeDispatch(ctx, raw)
	})
	h.AddOnError(p.notFound)
	h.AddOnUnregisterSession(func(_ context.Context, s server.ClientSession) {
		p.guard.EndSession(enforce.Caller{Identity: p.identity, Session: label(s)})
	})
}

// errUnknownResource answers for a URI that the policy hides, whether or not there is one.
var errUnknownResource = errors.New("unknown resource")

// beforeDispatch judges requests about resources that the library answers itself. It reads them as
// the library does.
func (p *Point) beforeDispatch(ctx context.Context, raw json.RawMessage) error {
	var m struct {
		Method mcp.MCPMethod `json:"method"`
		Params struct {
			URI           string                 `json:"uri"`
			Notifications mcp.SubscriptionFilter `json:"notifications"`
		} `json:"params"`
	}
	var method struct {
		Method mcp.MCPMethod   `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if json.Unmarshal(raw, &method) != nil {
		return nil // the library refuses it
	}
	switch method.Method {
	case mcp.MethodResourcesRead, mcp.MethodResourcesSubscribe, mcp.MethodResourcesUnsubscribe, mcp.MethodSubscriptionsListen:
	case mcp.MethodToolsCall, mcp.MethodPromptsGet, mcp.MethodCompletionComplete:
		return nil // judged where it is answered
	default:
		passes := p.message(ctx, method.Method, nil, enforce.Subject{How: enforce.Passes})
		passes.Params = method.Params
		if v := p.guard.Judge(passes); !v.Allowed {
			return denied(v.Decision)
		}
		return nil
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return errors.New("the parameters do not say what is asked for")
	}
	s := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Resource, Names: []string{m.Params.URI}}
	params := map[string]any{"uri": m.Params.URI}
	switch {
	case method.Method == mcp.MethodSubscriptionsListen:
		s.Names, params = m.Params.Notifications.ResourceSubscriptions, map[string]any{"notifications": m.Params.Notifications}
	case m.Params.URI == "":
		return nil // the library refuses it
	case method.Method == mcp.MethodResourcesRead && p.Lists(policy.Resource, m.Params.URI):
		return nil // judged where it is read
	}
	if len(s.Names) == 0 {
		return nil
	}
	v := p.guard.Judge(p.message(ctx, method.Method, params, s))
	switch {
	case v.Allowed:
		p.guard.Outcome(v, enforce.Answered, 0) // the library accepts each
		return nil
	case v.Hidden:
		return errUnknownResource
	}
	return denied(v.Decision)
}

// notFound writes requests to the audit that name what does not exist, or is hidden.
func (p *Point) notFound(ctx context.Context, _ any, method mcp.MCPMethod, message any, err error) {
	s := enforce.Subject{How: enforce.Unknown}
	var args any
	switch r := message.(type) {
	case *mcp.CallToolRequest:
		if !errors.Is(err, server.ErrToolNotFound) {
			return
		}
		s.Kind, s.Names, args = policy.Tool, []string{r.Params.Name}, json.RawMessage(r.Params.RawArguments)
	case *mcp.GetPromptRequest:
		if !errors.Is(err, server.ErrPromptNotFound) {
			return
		}
		s.Kind, s.Names, args = policy.Prompt, []string{r.Params.Name}, r.Params.Arguments
	case *mcp.ReadResourceRequest:
		if !errors.Is(err, server.ErrResourceNotFound) {
			return
		}
		s.Kind, s.Names = policy.Resource, []string{r.Params.URI}
	default:
		return
	}
	if !p.Lists(s.Kind, s.Names[0]) {
		s.How = enforce.ByPolicy // which says by what rule it is hidden
	}
	p.guard.Judge(p.message(ctx, method, map[string]any{"name": s.Names[0], "arguments": args}, s))
}

// denied is the error for a request that the policy denies.
func denied(d policy.Decision) error {
	return fmt.Errorf("%s%s: %s", enforce.Prefix, d.Rule, d.Reason)
}
