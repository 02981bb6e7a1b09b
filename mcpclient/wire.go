package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// ServerError is an error of the protocol that the server answered.
type ServerError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("the server refused: %s (%d)", e.Message, e.Code)
}

// answer is what came for one request, before the library made types of it.
type answer struct {
	result json.RawMessage
	err    *mcp.JSONRPCErrorDetails
}

type answerKey struct{}

// overHTTP and overStdio see answers as they come. The library's types round integers and leave keywords of schemas
// out; embedding keeps all that the library looks for in a transport.
type overHTTP struct{ *transport.StreamableHTTP }

func (t overHTTP) SendRequest(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	return see(ctx, r, t.StreamableHTTP.SendRequest)
}

type overStdio struct{ *transport.Stdio }

func (t overStdio) SendRequest(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	return see(ctx, r, t.Stdio.SendRequest)
}

type sender func(context.Context, transport.JSONRPCRequest) (*transport.JSONRPCResponse, error)

func see(ctx context.Context, r transport.JSONRPCRequest, send sender) (*transport.JSONRPCResponse, error) {
	a, ok := ctx.Value(answerKey{}).(*answer)
	if ok {
		*a = answer{}
	}
	res, err := send(ctx, r)
	if ok && err == nil && res != nil {
		a.result, a.err = res.Result, res.Error
	}
	return res, err
}

// do makes a request, which may take several rounds, and returns the last answer as it came. An answer that the
// library cannot make its types of is an answer, too.
func (s *Session) do(ctx context.Context, request func(context.Context) error) (json.RawMessage, error) {
	a := &answer{}
	err := request(context.WithValue(ctx, answerKey{}, a))
	switch {
	case a.err != nil:
		return nil, &ServerError{a.err.Code, a.err.Message, a.err.Data}
	case a.result != nil && (err == nil || ctx.Err() == nil && !asksMore(a.result)):
		return a.result, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil:
		return nil, errors.New("the server answered nothing")
	}
	return nil, s.explain(err)
}

// asksMore says whether a result is a question (resultType input_required).
func asksMore(result json.RawMessage) bool {
	var r struct {
		Type string `json:"resultType"`
	}
	return json.Unmarshal(result, &r) == nil && r.Type == "input_required"
}

// explain says in a person's words why nothing was answered. It tells no URL: one may carry a secret.
func (s *Session) explain(err error) error {
	var u *url.Error
	var t *transport.Error
	sent := errors.As(err, &t) // else a question of the server's could not be answered
	switch {
	case errors.Is(err, transport.ErrAuthorizationRequired):
		return errors.New("the server wants to know who calls (401)")
	case errors.Is(err, transport.ErrLegacySSEServer):
		return errors.New("the server refused the greeting (4xx): not an MCP server, or one of the old HTTP+SSE transport")
	case s.child != nil && sent:
		s.Close() // a pipe that is closed; waits for the child: how it ended is in its state
		if st := s.child.ProcessState; st != nil {
			return fmt.Errorf("%w (%s)", ErrEnded, st)
		}
		return ErrEnded
	case errors.As(err, &u):
		return u.Err
	case sent:
		return t.Err
	}
	return err
}

// maxPages bounds a list whose cursors never end.
const maxPages = 10_000

// list follows the pages of a list and returns its members as they came.
func (s *Session) list(ctx context.Context, member string, page func(context.Context, mcp.Cursor) error) ([]json.RawMessage, error) {
	var all []json.RawMessage
	var cursor mcp.Cursor
	seen := map[mcp.Cursor]bool{}
	for range maxPages {
		raw, err := s.do(ctx, func(ctx context.Context) error { return page(ctx, cursor) })
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
