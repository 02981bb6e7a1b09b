package traffic

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Group counts flows that have something in common.
type Group struct {
	Name     string           `json:"group"`
	Count    int64            `json:"count"`
	Statuses map[string]int64 `json:"statuses,omitempty"` // flows by status; none: no response
	MedianMS int64            `json:"median_ms"`          // the time that flows took
	Flows    []uint64         `json:"flow_ids"`           // the newest one, and the newest with another status
}

// group is a Group that is being counted.
type group struct {
	Group
	took   []time.Duration
	passed flow.Seq // the newest flow that succeeded, or 0
	partly bool     // a flow succeeded in part
}

// median sorts times and returns their median, 0 for none.
func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return append(list, 0)[len(list)/2]
}

// grouping counts entries by what they have in common.
type grouping struct {
	by      string
	matcher *apidoc.Matcher // by operation
	redact  func(text string) string
	groups  map[string]*group
}

// The ways to group flows.
const (
	byOperation = "operation"
	byStatus    = "status"
	byHost      = "host"
	byMethod    = "method"
	byType      = "content_type"
)

var groupings = []string{byOperation, byStatus, byHost, byMethod, byType}

// searchGroups counts the found flows by group.
func (s *Tools) searchGroups(ctx context.Context, a tool.Args, q *searchQuery, hosts []string) (SearchResult, error) {
	out := SearchResult{Untrusted: tool.Notice(), Flows: []Hit{}}
	by := a.String("group_by")
	groups := grouping{by: by, matcher: q.matcher, redact: s.RedactText, groups: map[string]*group{}}
	var err error
	if out.Progress, err = s.allFound(ctx, a, "groups "+by, q, hosts, func(h Hit) { groups.of(h.entry).add(h.entry) }); err != nil {
		return SearchResult{}, err
	}
	out.Note = s.noteOnSecrets(q, len(groups.groups) > 0)
	out.Groups = []Group{}
	for _, g := range groups.groups {
		if by == byStatus {
			g.Statuses = nil
		}
		g.MedianMS = median(g.took).Milliseconds()
		if by != byOperation { // names of operations are clean already
			g.Name = s.RedactText(g.Name)
		}
		out.Groups = append(out.Groups, g.Group)
	}
	slices.SortFunc(out.Groups, func(x, y Group) int {
		if a.String("sort") == bySlowest && x.MedianMS != y.MedianMS {
			return cmp.Compare(y.MedianMS, x.MedianMS)
		}
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
	})
	if n := a.Int("limit"); len(out.Groups) > n {
		out.Groups, out.More = out.Groups[:n], len(out.Groups)-n
	}
	return out, nil
}

// name returns what an entry has in common with others.
func (x *grouping) name(e *search.Entry) string {
	switch x.by {
	case byOperation:
		o := operationOf(x.matcher, e)
		if _, called, _ := strings.Cut(e.Path, "#"); o == nil && called != "" {
			return e.Method + " #" + x.redact(called) + " " + notInDocument
		}
		return operationName(o, e.Method)
	case byStatus:
		return statusName(e.Status)
	case byHost:
		return e.Host
	case byMethod:
		return e.Method
	}
	return cmp.Or(e.MediaType, "none")
}

// of returns the group of an entry.
func (x *grouping) of(e *search.Entry) *group {
	name := x.name(e)
	g := x.groups[name]
	if g == nil {
		g = &group{Group: Group{Name: view.Cut(view.Visible(name), view.MaxURL), Statuses: map[string]int64{}, Flows: []uint64{}}}
		x.groups[name] = g
	}
	return g
}

// add counts a flow. Flows come newest first.
func (g *group) add(e *search.Entry) {
	g.Count++
	g.took = append(g.took, e.Took)
	g.Statuses[statusName(e.Status)]++
	if len(g.Flows) < min(len(g.Statuses), 2) {
		g.Flows = append(g.Flows, uint64(e.Seq))
	}
}

// statusName writes a status.
func statusName(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status)
}

// The orders of found flows.
const (
	byNewest  = "newest"
	bySlowest = "slowest"
	byLargest = "largest"
)

var filterParam = tool.Param{Name: "filter", Kind: tool.String, Doc: "such as path:/v1 (a prefix) took:>2s session:2 request.body:word"}

// parseFilter reads the argument filter; nil without it.
func (s *Tools) parseFilter(a tool.Args) (*filter.Filter, error) {
	if !a.Has("filter") {
		return nil, nil
	}
	f, err := filter.Parse(a.String("filter"), time.Now())
	if err != nil {
		return nil, tool.BadArgument("filter", "cannot be read: %s", s.RedactText(err.Error()))
	}
	return f, nil
}

// searchSorted lists the slowest or largest of the found flows.
func (s *Tools) searchSorted(ctx context.Context, a tool.Args, q *searchQuery, hosts []string) (SearchResult, error) {
	out := SearchResult{Untrusted: tool.Notice(), Flows: []Hit{}}
	order := func(e *search.Entry) int64 { return e.Size }
	if a.String("sort") == bySlowest {
		order = func(e *search.Entry) int64 { return int64(e.Took) }
	}
	top := ranking{limit: a.Int("limit"), order: order}
	var err error
	if out.Progress, err = s.allFound(ctx, a, "sort "+a.String("sort"), q, hosts, top.add); err != nil {
		return SearchResult{}, err
	}
	for _, h := range top.best() {
		if h.FlowID == 0 { // found by its entry alone
			_, row, err := s.FlowAndRow(ctx, h.entry.Seq)
			if err != nil && source.ToolError(err).Code == tool.CodeFlowNotFound {
				continue // deleted since
			}
			if err != nil {
				return SearchResult{}, err
			}
			h.FlowRow = s.listed(row, q.matcher, h.entry)
		}
		out.Flows = append(out.Flows, h)
	}
	out.Note = s.noteOnSecrets(q, len(out.Flows) > 0)
	out.More = top.added - len(out.Flows)
	return out, nil
}

// ranking keeps the hits with the largest values.
type ranking struct {
	limit int
	order func(*search.Entry) int64
	added int
	hits  []Hit // at most twice the limit
}

func (r *ranking) add(h Hit) {
	r.added++
	r.hits = append(r.hits, h)
	if len(r.hits) == 2*r.limit {
		r.hits = r.best()
	}
}

// best returns the hits that are left, the largest first, of equal ones the newest.
func (r *ranking) best() []Hit {
	slices.SortStableFunc(r.hits, func(x, y Hit) int {
		return cmp.Or(cmp.Compare(r.order(y.entry), r.order(x.entry)), cmp.Compare(y.entry.Seq, x.entry.Seq))
	})
	return r.hits[:min(len(r.hits), r.limit)]
}

// allFound calls add for all flows of a query. It reads them if the query needs more than their
// entries; the purpose of the call is then part of its cursor.
func (s *Tools) allFound(
	ctx context.Context, a tool.Args, purpose string, q *searchQuery, hosts []string, add func(Hit),
) (source.Progress, error) {
	if q.pattern == nil && q.filter == nil {
		progress, err := s.covered(ctx)
		if err == nil {
			for e := range s.Index.Entries(&search.Filter{Hosts: hosts, Match: q.matchesEntry}) {
				add(Hit{entry: e})
			}
		}
		return progress, err
	}
	key := append([]string{purpose}, q.key...)
	from, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return source.Progress{}, err
	}
	p, err := source.Page(ctx, s.Source, search.Request[Hit]{
		From: from, Limit: math.MaxInt32, Search: s.searching(q, hosts),
	})
	if err != nil {
		return source.Progress{}, err
	}
	for _, h := range p.Items {
		add(h)
	}
	return source.ProgressOf(ctx, s.Source, p, key, true, math.MaxInt32)
}
