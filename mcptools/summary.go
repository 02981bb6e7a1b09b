package mcptools

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// SummaryResult is a page of flows.
type SummaryResult struct {
	tool.Untrusted
	Flows      []view.FlowRow `json:"flows" jsonschema_description:"newest first"`
	Total      int64          `json:"total" jsonschema_description:"flows in the whole capture"`
	NextCursor string         `json:"next_cursor,omitempty" jsonschema_description:"pass as cursor to go on; a page may be short and the list not over"`
}

func (r SummaryResult) Continuation(name string) string { return tool.NextCursor(name, r.NextCursor) }

var cursorParam = tool.Param{Name: "cursor", Kind: tool.String, MaxLength: 64, Doc: "next_cursor of the page before, with the same other arguments"}

func (s *service) trafficSummary() tool.Tool {
	params := []tool.Param{
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 20, Doc: "how many flows at most"},
		domainParam, cursorParam, maxMSParam,
	}
	return tool.New("get_traffic_summary", "Captured flows", "Lists captured HTTP flows, newest first: method, URL, status, type, size.",
		params, func(ctx context.Context, a tool.Args) (SummaryResult, error) {
			st, err := s.Store.Stat(ctx)
			if err != nil {
				return SummaryResult{}, err
			}
			out := SummaryResult{Untrusted: tool.Notice(), Flows: []view.FlowRow{}, Total: st.Flows}
			if st.Flows == 0 {
				return out, nil
			}
			hosts, err := s.hosts(ctx, a.String("domain"))
			if err != nil {
				return SummaryResult{}, err
			}
			from, err := tool.ReadCursor(a.String("cursor"), "summary", a.String("domain"))
			if err != nil {
				return SummaryResult{}, err
			}
			wait, err := s.wait(ctx, a)
			if err != nil {
				return SummaryResult{}, err
			}
			for f, err := range s.newest(ctx, hosts, from, false, time.Now().Add(wait)) {
				if late := (*outOfTime)(nil); errors.As(err, &late) {
					out.NextCursor = tool.NewCursor(late.at, "summary", a.String("domain"))
					break
				}
				if err != nil {
					return SummaryResult{}, err
				}
				if len(out.Flows) == a.Int("limit") {
					out.NextCursor = tool.NewCursor(f.Last, "summary", a.String("domain"))
					break
				}
				out.Flows = append(out.Flows, s.listed(&f))
			}
			return out, nil
		})
}

// maxListed is the longest body, in bytes, that is looked into for a list.
const maxListed = 16 << 10

// listed is a flow in a list. Its bodies are redacted as well, unless they are long: what they give away may stand in the
// URL, too.
func (s *service) listed(whole *flow.Flow) view.FlowRow {
	f := *whole
	f.Messages = nil
	if len(f.Request.Body.Data) > maxListed {
		f.Request.Body.Data = nil
	}
	if f.Response != nil && len(f.Response.Body.Data) > maxListed {
		answer := *f.Response
		answer.Body.Data = nil
		f.Response = &answer
	}
	f = s.Redact.Flow(f)
	f.Messages = whole.Messages
	r := view.Row(&f)
	if whole.Response != nil {
		r.Size = whole.Response.Body.Size
	}
	return r
}

// outOfTime says where a scan was when its time was up.
type outOfTime struct{ at flow.Seq }

func (*outOfTime) Error() string { return "the time is up" }

// newest yields the flows of some hosts (nil: all), newest first, from a record number on (0: the newest). When it comes to
// end it yields *outOfTime.
func (s *service) newest(ctx context.Context, hosts []string, from flow.Seq, noBodies bool, end time.Time) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		n := 0
		for f, err := range s.downwards(ctx, hosts, from, noBodies) {
			if n++; err == nil && n > 1 && time.Now().After(end) {
				err = &outOfTime{f.Last}
			}
			if err == nil && !among(hosts, f.Request.Authority) {
				continue
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// downwards yields flows, newest first, from a record number on (0: the newest): at least all those of some hosts (nil:
// all), and others with them where the store's index cannot tell them apart.
func (s *service) downwards(ctx context.Context, hosts []string, from flow.Seq, noBodies bool) iter.Seq2[flow.Flow, error] {
	q := store.Query{Newest: true, Until: from, NoBodies: noBodies}
	if len(hosts) == 1 {
		q.Authority = hosts[0]
	}
	return s.Store.Scan(ctx, q)
}

// among says whether an authority is one of some (nil: all).
func among(hosts []string, authority string) bool { return hosts == nil || contains(hosts, authority) }

func contains(hosts []string, authority string) bool {
	for _, h := range hosts {
		if strings.EqualFold(h, authority) {
			return true
		}
	}
	return false
}

// started is when the newest flow, or the oldest, started; "" when there is none.
func (s *service) started(ctx context.Context, newest bool) (string, error) {
	for f, err := range s.Store.Scan(ctx, store.Query{Newest: newest, Limit: 1, NoBodies: true}) {
		if err != nil {
			return "", err
		}
		return f.Started.UTC().Format(time.RFC3339Nano), nil
	}
	return "", nil
}

// NewResult is what came since a cursor.
type NewResult struct {
	tool.Untrusted
	Flows  []view.FlowRow `json:"flows" jsonschema_description:"oldest first; a flow comes again when its answer does"`
	More   bool           `json:"more" jsonschema_description:"there is more: call again at once"`
	Cursor string         `json:"cursor" jsonschema_description:"pass it the next time"`
}

func (r NewResult) Continuation(name string) string {
	if !r.More {
		return ""
	}
	return tool.NextCursor(name, r.Cursor)
}

func (s *service) whatIsNew() tool.Tool {
	params := []tool.Param{
		{Name: "cursor", Kind: tool.String, MaxLength: 64, Doc: "the cursor of the call before, or of capture_status. Default: from the beginning"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "how many flows at most"},
		maxMSParam,
	}
	return tool.New("what_is_new", "New flows", "Lists the flows that came since a cursor, oldest first, and gives the next cursor.",
		params, func(ctx context.Context, a tool.Args) (NewResult, error) {
			after, err := tool.ReadCursor(a.String("cursor"), "new")
			if err != nil {
				return NewResult{}, err
			}
			out := NewResult{Untrusted: tool.Notice(), Flows: []view.FlowRow{}}
			wait, err := s.wait(ctx, a)
			if err != nil {
				return NewResult{}, err
			}
			end := time.Now().Add(wait)
			for f, err := range s.Store.Scan(ctx, store.Query{After: after}) {
				if err != nil {
					return NewResult{}, err
				}
				if out.More = len(out.Flows) == a.Int("limit") || len(out.Flows) > 0 && time.Now().After(end); out.More {
					break
				}
				after = f.Last
				out.Flows = append(out.Flows, s.listed(&f))
			}
			out.Cursor = tool.NewCursor(after, "new")
			return out, nil
		})
}
