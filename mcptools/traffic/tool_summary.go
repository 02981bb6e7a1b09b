package traffic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/compare"
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

	Note     string           `json:"note,omitempty"`               // what is missing yet
	Paging   map[string]int64 `json:"requests_by_paging,omitempty"` // of operations whose lists are paged
	Never    []string         `json:"never_succeeded,omitempty"`    // operations
	Sessions []uint64         `json:"sessions,omitempty"`           // the newest two recorded runs with flows, the newer first
	Changes  []string         `json:"changes,omitzero"`             // operations that differ between these
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
		"Describes the capture: paging, what never succeeded, what changed between runs. Lists flows, newest first.",
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
	d, m := s.documentSoon(ctx, hosts)
	key := []string{"summary", a.String("domain")}
	from, err := tool.ReadCursor(cursor, key...)
	if err != nil {
		after, newErr := tool.ReadCursor(cursor, "new")
		if newErr == nil || cursor == fromStart {
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
		if err := out.Capture.overview(ctx, s, hosts, &d.Decided, m); err != nil {
			return SummaryResult{}, err
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

// maxNames is the number of operations, or of parts of an answer, that an overview lists.
const maxNames = 20

// overview adds what holds for the operations of some hosts (nil: all). m is nil if the document is
// not ready.
func (c *Capture) overview(ctx context.Context, s *Tools, hosts []string, d *infer.Document, m *apidoc.Matcher) error {
	short, cancel := context.WithTimeout(ctx, s.TimeLeft(ctx)/5)
	defer cancel()
	if m == nil || s.Index.Wait(short, s.TimeLeft(ctx)) != nil {
		c.Note = "flows are still being read: call again for requests_by_paging, never_succeeded and changes"
		return ctx.Err()
	}
	c.Paging = map[string]int64{}
	for i := range d.Operations {
		o := &d.Operations[i]
		// An object may have a member next, too.
		if p := o.Paging; p != nil && (p.Param != "" || !strings.HasSuffix(o.Path, "}")) {
			c.Paging[view.Visible(fmt.Sprintf("%s: parameter %s, size %s, next page in %s", p.Style, cmp.Or(p.Param, "not seen"), cmp.Or(p.Size, "not seen"), cmp.Or(p.Next, "no known place")))] += o.Seen
		}
	}
	all := s.grouped(hosts, m, nil)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if g := all[name]; g.passed == 0 && !g.partly {
			c.Never = append(c.Never, fmt.Sprintf("%s: %s, the newest %d", name, view.Count(g.Count, "flow"), g.Flows[0]))
		}
	}
	c.Never = atMost(c.Never)
	return c.compare(ctx, s, hosts, m, all)
}

// grouped returns the flows with an operation, or with a name in the request, by that; with of,
// only these flows.
func (s *Tools) grouped(hosts []string, m *apidoc.Matcher, of map[flow.Seq]bool) map[string]*group {
	x := grouping{by: byOperation, matcher: m, redact: s.RedactText, groups: map[string]*group{}}
	for e := range s.Index.Entries(&search.Filter{Hosts: hosts}) {
		if of != nil && !of[e.Seq] || e.Status == 0 || !strings.Contains(e.Path, "#") && operationOf(m, e) == nil {
			continue
		}
		g := x.of(e)
		known := s.facts.of(e.Mark)
		if g.add(e); g.passed == 0 && e.Status < 400 && !known.failed {
			g.passed = e.Seq
		}
		g.partly = g.partly || known.partial
	}
	return x.groups
}

// maxSessions bounds the newest sessions among which two are looked for that share an operation.
const maxSessions = 10

// compare lists which operations, of all, changed between the newest session with flows and the one
// before it that has an operation in common.
func (c *Capture) compare(ctx context.Context, s *Tools, hosts []string, m *apidoc.Matcher, all map[string]*group) error {
	sessions, err := s.Store.Sessions(ctx)
	var runs []map[string]*group
	for i := len(sessions) - 1; i >= max(0, len(sessions)-maxSessions) && len(runs) < 2; i-- {
		flows, q := map[flow.Seq]bool{}, sessions[i].Query()
		q.Brief = true
		for f, err := range s.Store.Scan(ctx, q) {
			if err != nil {
				return err
			}
			flows[f.Seq] = true
		}
		run := s.grouped(hosts, m, flows)
		if len(run) > 0 && (len(runs) == 0 || sharesOne(runs[0], run)) { // else it is of another API
			runs, c.Sessions = append(runs, run), append(c.Sessions, sessions[i].Number)
		}
	}
	if err != nil || len(runs) < 2 {
		return err
	}
	c.Changes = []string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if what := s.change(ctx, runs[1][name], runs[0][name], len(c.Changes) <= maxNames); what != "" {
			c.Changes = append(c.Changes, name+": "+what)
		}
	}
	c.Changes = atMost(c.Changes)
	return nil
}

// sharesOne reports whether two sessions have an operation in common.
func sharesOne(a, b map[string]*group) bool {
	for name := range a {
		if b[name] != nil {
			return true
		}
	}
	return false
}

// change says what differs between the flows of an operation in two sessions, nil for none:
// statuses, time, and, with read, the members of the newest answers that succeeded.
func (s *Tools) change(ctx context.Context, a, b *group, read bool) string {
	switch {
	case a == nil && b == nil:
		return ""
	case a == nil:
		return fmt.Sprint("new, flow ", b.Flows[0])
	case b == nil:
		return fmt.Sprint("not called, before in flow ", a.Flows[0])
	}
	var out []string
	if x, y := slices.Sorted(maps.Keys(a.Statuses)), slices.Sorted(maps.Keys(b.Statuses)); !slices.Equal(x, y) {
		out = append(out, fmt.Sprintf("statuses %v became %v", x, y))
	}
	if x, y := median(a.took), median(b.took); y >= 2*x && y-x >= 50*time.Millisecond {
		out = append(out, fmt.Sprintf("median %d ms became %d", x.Milliseconds(), y.Milliseconds()))
	}
	var pair []*flow.Flow
	if read {
		pair, _ = s.read(ctx, []flow.Seq{a.passed, b.passed})
	}
	if len(pair) == 2 {
		for _, d := range compare.Responses(pair[0], pair[1]).Differences {
			if d.IsShape() {
				what := shapeWords[d.Change] + elements.ReplaceAllString(d.Name, "[*]")
				if !slices.Contains(out, what) {
					out = append(out, what)
				}
			}
		}
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("%s; flows %d, %d", strings.Join(atMost(out), ", "), cmp.Or(a.passed, flow.Seq(a.Flows[0])), cmp.Or(b.passed, flow.Seq(b.Flows[0])))
}

// elements matches the steps to single elements of a list in a JSONPath.
var elements = regexp.MustCompile(`\[\d+\]`)

// shapeWords say what changed in a body.
var shapeWords = map[string]string{compare.OnlyA: "lacks ", compare.OnlyB: "has ", compare.Differs: "other type: "}

// atMost returns the first lines of a list, and how many more there are.
func atMost(list []string) []string {
	if more := len(list) - maxNames; more > 0 {
		list = append(list[:maxNames], fmt.Sprintf("and %d more", more))
	}
	return list
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
