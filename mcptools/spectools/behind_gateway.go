package spectools

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/enforce"
)

// marked returns a tool with a member of _meta for a gateway in front of the server.
func marked(t mcp.Tool, name string, value any) mcp.Tool {
	t.Meta = &mcp.Meta{AdditionalFields: map[string]any{name: value}}
	return t
}

// addOperations adds the operations to a list of tools whose request asks for them, if a tool of
// the list calls them. An operation with the name of a tool is left out: a gateway could not tell
// them apart.
func (s *Set) addOperations(ctx context.Context, r *mcp.ListToolsRequest, list *mcp.ListToolsResult) {
	if r.Params.Meta == nil || r.Params.Meta.AdditionalFields[enforce.MetaOperations] != true {
		return
	}
	isTool, dispatches := map[string]bool{}, false
	for _, t := range list.Tools {
		isTool[t.Name] = true
		dispatches = dispatches || t.Meta != nil && t.Meta.AdditionalFields[enforce.MetaDispatch] != nil
	}
	if !dispatches {
		return
	}
	for _, op := range s.shown(ctx) {
		if !isTool[op.toolName] {
			list.Tools = append(list.Tools, marked(op.tool, enforce.MetaOperations, true))
		}
	}
}

type toldKey struct{}

// withTold notes which tools and operations a gateway lets a result tell of, if it says so.
func withTold(ctx context.Context, m *mcp.Meta) context.Context {
	if m == nil || m.AdditionalFields[enforce.MetaShown] == nil {
		return ctx
	}
	list, _ := m.AdditionalFields[enforce.MetaShown].([]any) // of anything else, none
	names := map[string]bool{}
	for _, v := range list {
		if name, ok := v.(string); ok {
			names[name] = true
		}
	}
	return context.WithValue(ctx, toldKey{}, names)
}

// toldOf returns the names that a result may tell of. isLimited reports whether there is a limit.
func toldOf(ctx context.Context) (names map[string]bool, isLimited bool) {
	names, isLimited = ctx.Value(toldKey{}).(map[string]bool)
	return names, isLimited
}

// tellsLess is a middleware of tools for [withTold].
func tellsLess(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return next(withTold(ctx, r.Params.Meta), r)
	}
}
