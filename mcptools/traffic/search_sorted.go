package traffic

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

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
	if q.readsFlows() {
		out.Progress, err = s.allFound(ctx, a, "sort "+a.String("sort"), q, hosts, top.add)
	} else if out.Progress, err = s.covered(ctx); err == nil {
		for e := range s.Index.Entries(&search.Filter{Hosts: hosts, Match: q.matchesEntry}) {
			top.add(Hit{entry: e})
		}
	}
	if err != nil {
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

// allFound calls add for all flows of a query that must be read. The purpose of the call is part of
// its cursor.
func (s *Tools) allFound(
	ctx context.Context, a tool.Args, purpose string, q *searchQuery, hosts []string, add func(Hit),
) (source.Progress, error) {
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
