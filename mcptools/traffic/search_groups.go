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
	Flows    []uint64         `json:"flow_ids"`           // the newest one, and one with another status or from before
}

// group is a Group that is being counted.
type group struct {
	Group
	statuses map[int]int64
	differs  bool // the second of Flows has another status
	status   int  // of the first of Flows
}

// grouping counts entries by what they have in common.
type grouping struct {
	by      string
	matcher *apidoc.Matcher // by operation
	groups  map[string]*group
}

// The ways to group flows.
const (
	byOperation = "operation"
	byStatus    = "status"
	byHost      = "host"
	byMethod    = "method"
	byType      = "content_type"
	byPath      = "" // method and path; the default
)

var groupings = []string{byOperation, byStatus, byHost, byMethod, byType}

// groupsWait is the part of the time of a call in which the operations to group by may be learned.
const groupsWait = 0.6

// searchGroups counts the found flows by group. m is nil unless they are grouped by operation. With
// learning, the operations are not known yet, and paths take their place.
func (s *Tools) searchGroups(
	ctx context.Context, a tool.Args, q *searchQuery, hosts []string, m *apidoc.Matcher, learning *source.NotReady,
) (SearchResult, error) {
	out := SearchResult{Untrusted: tool.Notice(), Flows: []Hit{}}
	by := a.String("group_by")
	if learning != nil {
		by = byPath
	}
	groups := grouping{by: by, matcher: m, groups: map[string]*group{}}
	var err error
	if out.Progress, err = s.allFound(ctx, a, "groups "+by, q, hosts, func(h Hit) { groups.add(h.entry) }); err != nil {
		return SearchResult{}, err
	}
	if learning != nil {
		out.Complete = false
		out.Note = whileLearning(learning, "the groups are methods and paths, with {} for what looks like an id: call again for operations")
	}
	out.Note = cmp.Or(out.Note, s.noteOnSecrets(q, len(groups.groups) > 0))
	out.Groups = []Group{}
	for _, g := range groups.groups {
		for status, n := range g.statuses {
			g.Statuses[statusName(status)] = n
		}
		if by != byOperation { // names of operations are clean already
			g.Name = s.RedactText(g.Name)
		}
		out.Groups = append(out.Groups, g.Group)
	}
	slices.SortFunc(out.Groups, func(x, y Group) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
	})
	if n := a.Int("limit"); len(out.Groups) > n {
		out.Groups, out.More = out.Groups[:n], len(out.Groups)-n
	}
	return out, nil
}

// add adds an entry to its group. Entries come newest first.
func (x *grouping) add(e *search.Entry) { x.group(x.name(e)).add(e.Seq, e.Status, x.by != byStatus) }

// name returns what an entry has in common with others.
func (x *grouping) name(e *search.Entry) string {
	switch x.by {
	case byOperation:
		return operationName(operationOf(x.matcher, e), e.Method)
	case byStatus:
		return statusName(e.Status)
	case byHost:
		return e.Host
	case byMethod:
		return e.Method
	case byPath:
		return e.Method + " " + pathShape(e.Path)
	}
	return cmp.Or(e.MediaType, "none")
}

// pathShape returns a path with {} for the segments that have digits, or are so long that they are
// hardly names. It is less precise than a template learned from the traffic.
func pathShape(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) > maxName || strings.ContainsAny(segment, "0123456789") && !isVersion(segment) {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

// maxName is the length of the longest segment of a path that is taken for a name, in bytes.
const maxName = 40

// isVersion reports whether a segment of a path is a version such as v1 or v2.1.
func isVersion(segment string) bool {
	digits, isV := strings.CutPrefix(segment, "v")
	return isV && len(digits) < 6 && strings.Trim(digits, "0123456789.") == ""
}

// group returns the group with a name.
func (x *grouping) group(name string) *group {
	g := x.groups[name]
	if g == nil {
		g = &group{
			Group:    Group{Name: view.Cut(view.Visible(name), view.MaxURL), Statuses: map[string]int64{}, Flows: []uint64{}},
			statuses: map[int]int64{},
		}
		x.groups[name] = g
	}
	return g
}

// add counts a flow.
func (g *group) add(id flow.Seq, status int, countStatus bool) {
	g.Count++
	if countStatus {
		g.statuses[status]++
	}
	switch {
	case len(g.Flows) == 0:
		g.Flows, g.status = append(g.Flows, uint64(id)), status
	case len(g.Flows) == 1:
		g.Flows, g.differs = append(g.Flows, uint64(id)), status != g.status
	case !g.differs && status != g.status:
		g.Flows[1], g.differs = uint64(id), true
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

var filterParam = tool.Param{Name: "filter", Kind: tool.String, Doc: "such as path:/v1 took:>2s size:>1M"}

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
			h.FlowRow = row
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
	if !q.readsFlows() {
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
