package traffic

import (
	"context"
	"errors"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// SummaryResult is a page of flows, and on the first page an overview of the capture.
type SummaryResult struct {
	tool.Untrusted
	Capture    *Capture       `json:"capture,omitempty"`     // on the first page
	Flows      []view.FlowRow `json:"flows"`                 // newest first; after new_cursor oldest first, and once more when its response arrives
	Total      int64          `json:"total"`                 // flows in the whole capture
	More       bool           `json:"more,omitempty"`        // after new_cursor: there are more, call again at once
	NextCursor string         `json:"next_cursor,omitempty"` // pass as cursor to continue; a page may be short although the list is not complete
	NewCursor  string         `json:"new_cursor,omitempty"`  // pass as cursor, at any time, for the flows that were recorded since
}

// Capture describes the capture.
type Capture struct {
	Hosts   int    `json:"hosts"`
	Imports int64  `json:"imports"`          // imported files
	Bytes   int64  `json:"bytes"`            // size of the store
	Oldest  string `json:"oldest,omitempty"` // when the first flow was recorded, RFC 3339
	Newest  string `json:"newest,omitempty"` // when the newest flow started, RFC 3339
}

// Continuation implements [tool.Partial].
func (r SummaryResult) Continuation(name string) string {
	if r.More {
		return tool.NextCursor(name, r.NewCursor)
	}
	return tool.NextCursor(name, r.NextCursor)
}

// fromStart is the cursor before all flows.
const fromStart = "start"

func (s *Tools) trafficSummary() tool.Tool {
	params := []tool.Param{
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 20, Doc: "maximum rows"},
		source.DomainParam,
		{Name: "cursor", Kind: tool.String, MaxLength: 64,
			Doc: "next_cursor: older flows; new_cursor: those recorded since; start: all, oldest first"},
	}
	return tool.New("get_traffic_summary", "Captured flows",
		"Describes the capture, and lists its flows, newest first.",
		params, s.summary)
}

func (s *Tools) summary(ctx context.Context, a tool.Args) (SummaryResult, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return SummaryResult{}, err
	}
	out := SummaryResult{Untrusted: tool.Notice(), Flows: []view.FlowRow{}, Total: st.Flows}
	cursor := a.String("cursor")
	var hosts []string
	if st.Flows > 0 {
		if hosts, err = s.Hosts(ctx, a.String("domain")); err != nil {
			return SummaryResult{}, err
		}
	}
	m, _, _ := s.matcherSoon(ctx, hosts, 0.5) // without it, rows lack operations
	key := []string{"summary", a.String("domain")}
	from, err := tool.ReadCursor(cursor, key...)
	if err != nil {
		after, newErr := tool.ReadCursor(cursor, "new")
		switch {
		case newErr == nil, cursor == fromStart:
			return s.newFlows(ctx, a, hosts, m, after, out)
		}
		return SummaryResult{}, err
	}
	if cursor == "" {
		out.NewCursor = tool.NewCursor(st.Last, "new")
		out.Capture = &Capture{Hosts: len(st.Hosts), Imports: st.Imports, Bytes: st.Bytes}
		if out.Capture.Oldest, err = s.Started(ctx, false); err == nil {
			out.Capture.Newest, err = s.Started(ctx, true)
		}
		if err != nil || st.Flows == 0 {
			return out, err
		}
	}
	for f, err := range s.Newest(ctx, hosts, from, time.Now().Add(s.TimeLeft(ctx))) {
		if late := (*source.TimeoutError)(nil); errors.As(err, &late) {
			out.NextCursor = tool.NewCursor(late.Next, key...)
			break
		}
		if err != nil {
			return SummaryResult{}, err
		}
		if len(out.Flows) == a.Int("limit") {
			out.NextCursor = tool.NewCursor(f.Last, key...)
			break
		}
		out.Flows = append(out.Flows, s.row(&f, m))
	}
	return out, nil
}

// row returns the row of a flow.
func (s *Tools) row(f *flow.Flow, m *apidoc.Matcher) view.FlowRow {
	return s.listed(s.Row(f), m, &search.Entry{Method: f.Request.Method, Host: f.Request.Authority, Path: call.PathOf(f)})
}

// newFlows lists the flows of the hosts (nil: all) after a record, oldest first.
func (s *Tools) newFlows(
	ctx context.Context, a tool.Args, hosts []string, m *apidoc.Matcher, after flow.Seq, out SummaryResult,
) (SummaryResult, error) {
	end := time.Now().Add(s.TimeLeft(ctx))
	for f, err := range s.Store.Scan(ctx, store.Query{After: after}) {
		if err != nil {
			return SummaryResult{}, err
		}
		if out.More = len(out.Flows) == a.Int("limit") || len(out.Flows) > 0 && time.Now().After(end); out.More {
			break
		}
		if after = f.Last; source.IsOneOf(hosts, f.Request.Authority) {
			out.Flows = append(out.Flows, s.row(&f, m))
		}
	}
	out.NewCursor = tool.NewCursor(after, "new")
	return out, nil
}
