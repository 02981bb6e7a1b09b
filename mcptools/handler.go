package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// serverTool returns t for the library. A tool that only reads is idempotent.
func (s *service) serverTool(t tool.Tool) server.ServerTool {
	mt := mcp.NewToolWithRawSchema(t.Name, t.Doc, tool.InputSchema(t.Params))
	mt.Title = t.Title
	mt.RawOutputSchema = t.OutputSchema()
	reads := !t.Effect.Changes
	idempotent := reads || t.Effect.Idempotent
	mt.Annotations = mcp.ToolAnnotation{
		ReadOnlyHint: &reads, DestructiveHint: &t.Effect.Destroys,
		IdempotentHint: &idempotent, OpenWorldHint: &t.Effect.Sends,
	}
	return server.ServerTool{Tool: mt, Handler: func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return s.handle(ctx, t, r)
	}}
}

// handle runs a tool and logs the call.
func (s *service) handle(ctx context.Context, t tool.Tool, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if name, ok := handler.UnknownTool(r); ok {
		return tool.Failure(s.unknownToolError(name)), nil
	}
	started := time.Now()
	v, err := s.run(ctx, t, r.Params, false, act(ctx, t))
	if err == nil {
		s.log.Debug("tool called", "tool", t.Name, "took", time.Since(started))
		return tool.Success(t.Name, v)
	}
	te := source.ToolError(err)
	s.log.Debug("tool called", "tool", t.Name, "took", time.Since(started), "code", string(te.Code))
	if te.Code == tool.CodeInternal {
		s.log.Error("tool failed", "tool", t.Name, "err", s.source.HideSecrets(err))
	}
	return tool.Failure(te), nil
}

// act returns what a call of a tool does. One that changes something does nothing unless it was
// decided on.
func act(ctx context.Context, t tool.Tool) func(context.Context, tool.Args) (any, error) {
	pass := guard.PassOf(ctx)
	if !t.Effect.Changes {
		return t.Run
	}
	return func(ctx context.Context, a tool.Args) (any, error) {
		switch {
		case pass == nil:
			return nil, errNotJudged
		case t.Prepare == nil:
			return t.Run(ctx, a)
		}
		ready, ok := preparedTool{}, false
		if pass.Preview != nil {
			ready, ok = pass.Prepared.(preparedTool)
		}
		if !ok || ready.tool != t.Name {
			return nil, errNotJudged
		}
		return ready.Run(ctx, pass.Once)
	}
}

// run parses the arguments and does something with them, which should end within the time of a
// call. A panic becomes an error, so that a defect does not end the session.
func (s *service) run(
	ctx context.Context, t tool.Tool, p mcp.CallToolParams, answered bool, do func(context.Context, tool.Args) (any, error),
) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	raw := rawArguments(p)
	a, err := tool.ParseArgs(t.Params, raw)
	if err != nil {
		return nil, err
	}
	call := tool.NewCall(t.Name, p, raw, time.Now().Add(s.source.CallTime()*time.Duration(max(t.Patience, 1))))
	call.Answered = answered
	v, err = do(tool.WithCall(ctx, call), a)
	for _, p := range t.Params {
		if te := (*tool.Error)(nil); a.Has(p.Name) && (p.Kind == tool.FlowID || p.Kind == tool.FlowIDs) &&
			errors.As(err, &te) && te.Code == tool.CodeFlowNotFound {
			err = tool.Blame(err, "", p.Name)
		}
	}
	return v, err
}

// rawArguments returns the arguments as sent. A caller in the same process passes them decoded.
func rawArguments(p mcp.CallToolParams) json.RawMessage {
	if p.RawArguments != nil || p.Arguments == nil {
		return p.RawArguments
	}
	raw, err := json.Marshal(p.Arguments)
	if err != nil {
		return json.RawMessage("?")
	}
	return raw
}
