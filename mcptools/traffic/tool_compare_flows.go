package traffic

import (
	"context"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/compare"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// CompareResult lists what differs between two flows.
type CompareResult struct {
	tool.Untrusted
	A        view.FlowRow         `json:"a"`
	B        view.FlowRow         `json:"b"`
	Request  []compare.Difference `json:"request"`          // most important first
	Response []compare.Difference `json:"response"`         // most important first
	More     int                  `json:"more,omitempty"`   // differences that are left out: use a larger limit
	Partly   bool                 `json:"partly,omitempty"` // a body is too large or was not recorded whole: there may be more differences
}

func (s *Tools) compareFlows() tool.Tool {
	params := []tool.Param{
		{Name: "a", Kind: tool.FlowID, Required: true, Doc: "a flow"},
		{Name: "b", Kind: tool.FlowID, Required: true, Doc: "another"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 40, Doc: "maximum rows"},
	}
	return tool.New("compare_flows", "Compare two flows",
		"Lists what differs between two flows: status, URL, headers, and bodies by JSONPath.", params, s.compare)
}

func (s *Tools) compare(ctx context.Context, a tool.Args) (CompareResult, error) {
	var flows [2]flow.Flow
	var rows [2]view.FlowRow
	for i, name := range []string{"a", "b"} {
		var err error
		if flows[i], rows[i], err = s.FlowAndRow(ctx, a.Flow(name)); err != nil {
			return CompareResult{}, tool.Blame(err, "", name)
		}
	}
	x, y := &flows[0], &flows[1]
	requests, responses := compare.Requests(x, y), compare.Responses(x, y)
	limit, all := a.Int("limit"), len(requests.Differences)+len(responses.Differences)
	out := CompareResult{
		Untrusted: tool.Notice(), A: rows[0], B: rows[1], Partly: requests.Partly || responses.Partly,
		Request: []compare.Difference{}, Response: []compare.Difference{}, More: max(all-limit, 0),
	}
	// Each side gets half, and what the other does not need.
	n := min(len(requests.Differences), max(limit/2, limit-len(responses.Differences)))
	out.Request = append(out.Request, requests.Differences[:n]...)
	out.Response = append(out.Response, responses.Differences[:min(len(responses.Differences), limit-n)]...)
	return out, nil
}
