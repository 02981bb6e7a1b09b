package traffic

import (
	"context"
	"errors"
	"time"

	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// SummaryResult is a page of flows.
type SummaryResult struct {
	tool.Untrusted
	Flows      []view.FlowRow `json:"flows" jsonschema_description:"newest first"`
	Total      int64          `json:"total" jsonschema_description:"flows in the whole capture"`
	NextCursor string         `json:"next_cursor,omitempty" jsonschema_description:"pass as cursor to continue; a page may be short although the list is not complete"`
}

// Continuation implements [tool.Partial].
func (r SummaryResult) Continuation(name string) string { return tool.NextCursor(name, r.NextCursor) }

func (s *Tools) trafficSummary() tool.Tool {
	params := []tool.Param{
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 20, Doc: "maximum rows"},
		source.DomainParam, tool.CursorParam,
	}
	return tool.New("get_traffic_summary", "Captured flows",
		"Lists captured HTTP flows, newest first: method, URL, status, type, size.", params, s.summary)
}

func (s *Tools) summary(ctx context.Context, a tool.Args) (SummaryResult, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return SummaryResult{}, err
	}
	out := SummaryResult{Untrusted: tool.Notice(), Flows: []view.FlowRow{}, Total: st.Flows}
	if st.Flows == 0 {
		return out, nil
	}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return SummaryResult{}, err
	}
	from, err := tool.ReadCursor(a.String("cursor"), "summary", a.String("domain"))
	if err != nil {
		return SummaryResult{}, err
	}
	for f, err := range s.Newest(ctx, hosts, from, time.Now().Add(s.TimeLeft(ctx))) {
		if late := (*source.TimeoutError)(nil); errors.As(err, &late) {
			out.NextCursor = tool.NewCursor(late.Next, "summary", a.String("domain"))
			break
		}
		if err != nil {
			return SummaryResult{}, err
		}
		if len(out.Flows) == a.Int("limit") {
			out.NextCursor = tool.NewCursor(f.Last, "summary", a.String("domain"))
			break
		}
		out.Flows = append(out.Flows, s.Row(&f))
	}
	return out, nil
}
