package traffic

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/opmatch"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Group counts flows that have something in common.
type Group struct {
	Name     string           `json:"group"`
	Count    int64            `json:"count"`
	Statuses map[string]int64 `json:"statuses,omitempty" jsonschema_description:"flows by status; none: no response"`
	Flows    []uint64         `json:"flow_ids" jsonschema_description:"the newest one, and one with another status or from before"`

	differs bool // the second of Flows has another status
	status  int  // of the first of Flows
}

// What flows can be grouped by.
const (
	byOperation = "operation"
	byStatus    = "status"
	byHost      = "host"
	byMethod    = "method"
	byType      = "content_type"
)

var groupings = []string{byOperation, byStatus, byHost, byMethod, byType}

// searchGroups counts the found flows by group. m is nil unless they are grouped by operation.
func (s *Tools) searchGroups(
	ctx context.Context, a tool.Args, q *searchQuery, hosts []string, m *opmatch.Matcher,
) (SearchResult, error) {
	out := SearchResult{Untrusted: tool.Notice(), Flows: []Hit{}}
	by := a.String("group_by")
	groups := map[string]*Group{}
	var err error
	if q.pattern != nil {
		out.Progress, err = s.groupFound(ctx, a, q, hosts, func(e *search.Entry) { addToGroup(groups, by, m, e) })
	} else if out.Progress, err = s.covered(ctx); err == nil {
		for e := range s.Index.Entries(&search.Filter{Hosts: hosts, Match: q.matchesEntry}) {
			addToGroup(groups, by, m, e)
		}
	}
	if err != nil {
		return SearchResult{}, err
	}
	out.Groups = []Group{}
	for _, g := range groups {
		if by != byOperation { // names of operations are clean already
			g.Name = s.RedactText(g.Name)
		}
		out.Groups = append(out.Groups, *g)
	}
	slices.SortFunc(out.Groups, func(x, y Group) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
	})
	if n := a.Int("limit"); len(out.Groups) > n {
		out.Groups, out.More = out.Groups[:n], len(out.Groups)-n
	}
	return out, nil
}

// groupFound calls add for the flows with the text of a query, which must be read.
func (s *Tools) groupFound(
	ctx context.Context, a tool.Args, q *searchQuery, hosts []string, add func(*search.Entry),
) (source.Progress, error) {
	key := append([]string{"groups", a.String("group_by")}, q.key...)
	from, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return source.Progress{}, err
	}
	p, err := source.Page(ctx, s.Source, &s.searches, search.Request[Hit]{
		Key: key, From: from, Limit: math.MaxInt32, Search: s.searching(q, hosts),
	})
	if err != nil {
		return source.Progress{}, err
	}
	for i := range p.Items {
		add(p.Items[i].entry)
	}
	return source.ProgressOf(ctx, s.Source, p, key, true, math.MaxInt32)
}

// addToGroup adds an entry to its group. Entries come newest first.
func addToGroup(groups map[string]*Group, by string, m *opmatch.Matcher, e *search.Entry) {
	name := ""
	switch by {
	case byOperation:
		name = operationName(operationOf(m, e), e.Method)
	case byStatus:
		name = statusName(e.Status)
	case byHost:
		name = e.Host
	case byMethod:
		name = e.Method
	case byType:
		name = cmp.Or(e.MediaType, "none")
	}
	g := groups[name]
	if g == nil {
		g = &Group{Name: view.Cut(view.Visible(name), view.MaxURL), Statuses: map[string]int64{}, Flows: []uint64{}}
		groups[name] = g
	}
	g.add(e.Seq, e.Status, by != byStatus)
}

// add counts a flow.
func (g *Group) add(id flow.Seq, status int, countStatus bool) {
	g.Count++
	if countStatus {
		g.Statuses[statusName(status)]++
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
