package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// serverTool returns t for the library. A tool that only reads is idempotent.
func (s *service) serverTool(t tool.Tool) server.ServerTool {
	mt := mcp.NewToolWithRawSchema(t.Name, t.Doc, tool.InputSchema(t.Params))
	mt.Title = t.Title
	mt.RawOutputSchema = tool.OutlineSchema(t.Output, t.Params)
	reads := !t.Effect.Changes
	idempotent := reads || t.Effect.Idempotent
	mt.Annotations = mcp.ToolAnnotation{
		ReadOnlyHint: &reads, DestructiveHint: &t.Effect.Destroys,
		IdempotentHint: &idempotent, OpenWorldHint: &t.Effect.Sends,
	}
	handler := func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return s.handle(ctx, t, r)
	}
	o := enforcement.ToolOptions{}
	if slices.ContainsFunc(t.Params, func(p tool.Param) bool { return p.Name == confirmedParam.Name }) {
		o = enforcement.ToolOptions{Proceeds: true, Arguments: withoutConfirmation}
	}
	return s.point.Tool(server.ServerTool{Tool: mt, Handler: handler}, o)
}

// withoutConfirmation returns the arguments of a call as they are judged: without the one that
// confirms the call, so that a call stays the same when it is confirmed.
func withoutConfirmation(raw []byte) any {
	v := jsonvalue.Decode(raw)
	if args, ok := v.(map[string]any); ok {
		delete(args, confirmedParam.Name)
	}
	return v
}

// handle runs a tool and logs the call.
func (s *service) handle(ctx context.Context, t tool.Tool, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if name, ok := r.Params.Arguments.(unknownTool); ok {
		return tool.Failure(s.unknownToolError(string(name))), nil
	}
	started := time.Now()
	v, err := run(ctx, t, r, s.source.CallTime()*time.Duration(max(t.Patience, 1)))
	if err == nil {
		s.log.Debug("tool called", "tool", t.Name, "took", time.Since(started))
		return tool.Success(t.Name, v)
	}
	if ask, ok := errors.AsType[*questionError](err); ok {
		return ask.Result, nil
	}
	if errors.As(err, new(*deniedError)) {
		return enforcement.Refused(ctx), nil
	}
	te := source.ToolError(err)
	s.log.Debug("tool called", "tool", t.Name, "took", time.Since(started), "code", string(te.Code))
	if te.Code == tool.CodeInternal {
		s.log.Error("tool failed", "tool", t.Name, "err", s.source.HideSecrets(err))
	}
	return tool.Failure(te), nil
}

// run parses the arguments and runs the tool, which should end within limit. A panic becomes an
// error, so that a defect does not end the session.
func run(ctx context.Context, t tool.Tool, r mcp.CallToolRequest, limit time.Duration) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	raw := rawArguments(r)
	a, err := tool.ParseArgs(t.Params, raw)
	if err != nil {
		return nil, err
	}
	v, err = t.Run(tool.WithCall(ctx, tool.NewCall(t.Name, r.Params, raw, time.Now().Add(limit))), a)
	for _, p := range t.Params {
		if te := (*tool.Error)(nil); a.Has(p.Name) && (p.Kind == tool.FlowID || p.Kind == tool.FlowIDs) &&
			errors.As(err, &te) && te.Code == tool.CodeFlowNotFound {
			err = tool.Blame(err, "", p.Name)
		}
	}
	return v, err
}

// rawArguments returns the arguments as sent. A caller in the same process passes them decoded.
func rawArguments(r mcp.CallToolRequest) json.RawMessage {
	if r.Params.RawArguments != nil || r.Params.Arguments == nil {
		return r.Params.RawArguments
	}
	raw, err := json.Marshal(r.Params.Arguments)
	if err != nil {
		return json.RawMessage("?")
	}
	return raw
}
