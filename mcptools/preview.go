package mcptools

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// confirmedParam confirms a held call.
var confirmedParam = tool.Param{Name: guard.Confirmed, Kind: tool.Boolean, Default: false,
	Doc: "true confirms a held call after the user agreed; valid once, for exactly the same arguments"}

// Confirms implements front.Server.
func (s *Server) Confirms() guard.Policy {
	return guard.Policy{RequireHuman: s.service.allow.RequireHuman}
}

// Read implements [guard.Tools].
func (s *Server) Read(_ context.Context, name string, args json.RawMessage) (guard.Named, bool) {
	t := s.mcp.GetTool(name)
	if t == nil {
		return guard.Named{}, false
	}
	n := guard.Named{Definition: func() string { return handler.Definition(t.Tool) }}
	n.Arguments = func() (any, *guard.Inner) { return guard.WithoutConfirmation(args), nil }
	n.Annotations = handler.Hints(t.Tool)
	if t.Tool.RawOutputSchema != nil {
		n.Fits = jsonschema.Fits(t.Tool.RawOutputSchema)
	}
	return n, true
}

// preparedTool is a call that is ready to take effect.
type preparedTool struct {
	tool string
	tool.Prepared
}

// Preview implements [guard.Tools].
func (s *Server) Preview(ctx context.Context, name string, args json.RawMessage, answered bool) (*guard.Preview, json.Marshaler) {
	t, ok := s.service.prepared[name]
	if !ok {
		return nil, nil
	}
	var ready tool.Prepared
	given, _ := jsonvalue.Decode(jsontext.Value(args)).(map[string]any)
	confirmed, _ := given[guard.Confirmed].(bool)
	_, err := s.service.run(ctx, t, mcp.CallToolParams{Name: name, RawArguments: args}, answered || confirmed, func(ctx context.Context, a tool.Args) (_ any, err error) {
		ready, err = t.Prepare(ctx, a)
		return nil, err
	})
	if err != nil {
		return nil, tool.Failure(source.ToolError(err))
	}
	what := name + " would " + ready.What
	p := &guard.Preview{
		Tool: name, Confirmed: confirmed, Asks: ready.Holds, Question: " Do you agree?", Prepared: preparedTool{name, ready},
		Describe: func(int) string { return what },
		Digest: sync.OnceValue(func() guard.Digest {
			return guard.DigestOf([]any{guard.WithoutConfirmation(args), strings.Join(ready.Bound, " ")})
		}),
		Refuse: func(r guard.Refusal) json.Marshaler { return tool.Failure(refusal(r, what)) },
	}
	p.Effect = func() string { return what + " (digest " + p.Digest().String() + ")" }
	return p, nil
}

// refusal answers a call that is not made.
func refusal(r guard.Refusal, what string) *tool.Error {
	switch r.How {
	case guard.IsHeld:
		return tool.Errorf(tool.CodeConfirm, "ask the user; if they agree, repeat the call with exactly the same arguments and __confirmed: true",
			"nothing was done: %s", what)
	case guard.IsNotHeld:
		return tool.Errorf(tool.CodeConfirm, "repeat the call without __confirmed first",
			"nothing was done: no call with these arguments and this request is held; a variable or the capture may have changed")
	case guard.NotAsked:
		return tool.Errorf(tool.CodeRefused, r.Advice, "nothing was done: %s", r.Why)
	}
	return tool.Errorf(tool.CodeRefused, "nothing was done", "not allowed: %s", r.Reason)
}

// errNotJudged refuses a call that changes something, of a server that is not served by package
// mcp/front.
var errNotJudged = tool.Errorf(tool.CodeRefused, "", "nothing was done: the server is not served by package mcp/front, which decides on calls")

// caller names the caller, who owns session variables.
func (s *service) caller(ctx context.Context) string {
	who := ""
	if s.principal != nil {
		who = s.principal(ctx)
	}
	return handler.Principal(ctx, who)
}
