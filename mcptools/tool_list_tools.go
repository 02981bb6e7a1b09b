package mcptools

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcptools/tool"
)

// ToolsResult lists the tools.
type ToolsResult struct {
	Tools []ToolRow `json:"tools"`
}

// ToolRow is one tool.
type ToolRow struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	InputSchema map[string]any `json:"input_schema"`
}

// listTools repeats what the protocol's tools/list returns, for users whose clients do not show it.
func (s *service) listTools() tool.Tool {
	list := sync.OnceValues(func() (ToolsResult, error) { // the list never changes
		out := ToolsResult{Tools: []ToolRow{}}
		for _, t := range s.tools() {
			r := ToolRow{Name: t.Name, Description: t.Doc}
			if err := json.Unmarshal(tool.InputSchema(t.Params), &r.InputSchema); err != nil {
				return ToolsResult{}, err
			}
			out.Tools = append(out.Tools, r)
		}
		return out, nil
	})
	return tool.New(listToolsName, "Tools", "Lists the tools of this server and their arguments.", nil,
		func(context.Context, tool.Args) (ToolsResult, error) {
			all, err := list()
			shown := ToolsResult{Tools: []ToolRow{}}
			for _, t := range all.Tools {
				if s.point.Lists(policy.Tool, t.Name) {
					shown.Tools = append(shown.Tools, t)
				}
			}
			return shown, err
		})
}
