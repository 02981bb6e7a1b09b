package mcptools

import (
	"context"
	"errors"
	"iter"
	"slices"
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
	NextCursor string         `json:"next_cursor,omitempty" jsonschema_description:"pass as cursor to continue; a page may be short although the list is not complete"`
}

// Continuation implements [tool.Partial].
func (r SummaryResult) Continuation(name string) string { return tool.NextCursor(name, r.NextCursor) }

var cursorParam = tool.Param{Name: "cursor", Kind: tool.String, MaxLength: 64,
	Doc: "next_cursor of the previous page, with the same other arguments"}

func (s *service) trafficSummary() tool.Tool {
	params := []tool.Param{
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 20, Doc: "maximum number of flows"},
		domainParam, cursorParam,
	}
	return tool.New("get_traffic_summary", "Captured flows",
		"Lists captured HTTP flows, newest first: method, URL, status, type, size.", params, s.summary)
}

func (s *service) summary(ctx context.Context, a tool.Args) (SummaryResult, error) {
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
	for f, err := range s.newest(ctx, hosts, from, time.Now().Add(s.timeLeft(ctx))) {
		if late := (*timeoutError)(nil); errors.As(err, &late) {
			out.NextCursor = tool.NewCursor(late.next, "summary", a.String("domain"))
			break
		}
		if err != nil {
			return SummaryResult{}, err
		}
		if len(out.Flows) == a.Int("limit") {
			out.NextCursor = tool.NewCursor(f.Last, "summary", a.String("domain"))
			break
		}
		out.Flows = append(out.Flows, s.redactedRow(&f))
	}
	return out, nil
}

// maxListedBody limits, in bytes, the bodies that are redacted for a list.
const maxListedBody = 16 << 10

// redactedRow redacts a flow and returns its row. It redacts the bodies too, unless they are long:
// secrets found in a body are also hidden in the URL.
func (s *service) redactedRow(whole *flow.Flow) view.FlowRow {
	f := *whole
	f.Messages = nil
	if len(f.Request.Body.Data) > maxListedBody {
		f.Request.Body.Data = nil
	}
	if f.Response != nil && len(f.Response.Body.Data) > maxListedBody {
		response := *f.Response
		response.Body.Data = nil
		f.Response = &response
	}
	f = s.Redact.Flow(f)
	f.Messages = whole.Messages
	r := view.Row(&f)
	if whole.Response != nil {
		r.Size = whole.Response.Body.Size
	}
	return r
}

// timeoutError is the error of a scan whose time is over. The scan continues at record next.
type timeoutError struct{ next flow.Seq }

// Error implements error.
func (*timeoutError) Error() string { return "the time limit was reached" }

// newest yields the flows of the hosts (nil: all), newest first, from a record number down (0: the
// newest). At time end it yields a *timeoutError, but not before the second flow.
func (s *service) newest(
	ctx context.Context, hosts []string, from flow.Seq, end time.Time,
) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		n := 0
		for f, err := range s.descending(ctx, hosts, from, false) {
			if n++; err == nil && n > 1 && time.Now().After(end) {
				err = &timeoutError{f.Last}
			}
			if err == nil && !isOneOf(hosts, f.Request.Authority) {
				continue
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// descending yields flows, newest first, from a record number down (0: the newest). It yields all
// flows of the hosts (nil: all). For several hosts it also yields flows of other hosts, because the
// store selects by one host only.
func (s *service) descending(
	ctx context.Context, hosts []string, from flow.Seq, noBodies bool,
) iter.Seq2[flow.Flow, error] {
	q := store.Query{Newest: true, Until: from, NoBodies: noBodies}
	if len(hosts) == 1 {
		q.Authority = hosts[0]
	}
	return s.Store.Scan(ctx, q)
}

// isOneOf reports whether an authority is in a list of hosts (nil: all).
func isOneOf(hosts []string, authority string) bool {
	return hosts == nil || slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, authority) })
}

// started returns when the newest or the oldest flow started, or "" if there are no flows.
func (s *service) started(ctx context.Context, newest bool) (string, error) {
	for f, err := range s.Store.Scan(ctx, store.Query{Newest: newest, Limit: 1, NoBodies: true}) {
		if err != nil {
			return "", err
		}
		return f.Started.UTC().Format(time.RFC3339Nano), nil
	}
	return "", nil
}
