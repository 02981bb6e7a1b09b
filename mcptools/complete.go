package mcptools

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/view"
)

// completer completes arguments of prompts and variables in resource URIs.
type completer struct{ *service }

// CompletePromptArgument implements server.PromptCompletionProvider.
func (c completer) CompletePromptArgument(
	ctx context.Context, _ string, a mcp.CompleteArgument, given mcp.CompleteContext,
) (*mcp.Completion, error) {
	return c.complete(ctx, a, given.Arguments)
}

// CompleteResourceArgument implements server.ResourceCompletionProvider.
func (c completer) CompleteResourceArgument(
	ctx context.Context, _ string, a mcp.CompleteArgument, given mcp.CompleteContext,
) (*mcp.Completion, error) {
	return c.complete(ctx, a, given.Arguments)
}

// complete completes hosts, operations, languages and flow numbers. In templates of URIs, names
// begin with "+".
func (c completer) complete(ctx context.Context, a mcp.CompleteArgument, given map[string]string) (*mcp.Completion, error) {
	switch strings.TrimPrefix(a.Name, "+") {
	case "host":
		return c.completeHost(ctx, a.Value)
	case "operation":
		return c.completeOperation(ctx, cmp.Or(given["host"], given["+host"]), a.Value)
	}
	return completion(nil, ""), nil
}

// completeOperation completes the operation ids of a host ("": all hosts). An unknown host has no
// operations.
func (c completer) completeOperation(ctx context.Context, host, value string) (*mcp.Completion, error) {
	ids, err := c.document.OperationIDs(ctx, host)
	if err != nil {
		return completion(nil, ""), ctx.Err()
	}
	return completion(ids, value), nil
}

func (c completer) completeHost(ctx context.Context, value string) (*mcp.Completion, error) {
	st, err := c.source.Store.Stat(ctx)
	if err != nil {
		return nil, err
	}
	return completion(slices.Sorted(maps.Keys(st.Hosts)), value), nil
}

// completion returns the values that begin with value, then those that contain it. MCP allows 100.
func completion(all []string, value string) *mcp.Completion {
	out := &mcp.Completion{Values: []string{}}
	value = strings.ToLower(value)
	var inside []string
	for _, v := range all {
		v = view.Visible(v)
		switch at := strings.Index(strings.ToLower(v), value); {
		case at == 0:
			out.Values = append(out.Values, v)
		case at > 0:
			inside = append(inside, v)
		}
	}
	out.Values = append(out.Values, inside...)
	out.Total = len(out.Values)
	if out.Total > 100 {
		out.Values, out.HasMore = out.Values[:100], true
	}
	return out
}
