package store

// This part of the package finds the flows of a store that a filter selects.
//
// Most flows are decided by the index of the store, without being read. The others are read,
// redacted if the filter must see redacted flows, and matched, in all processors.

import (
	"context"
	"iter"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// The first candidates are read soon, so that the first flows are found soon.
const (
	firstNumbers = 64
	mostNumbers  = 8192
)

// Sieve selects flows. It is safe for concurrent use.
type Sieve struct {
	// Where is the filter; nil selects all flows.
	Where *filter.Filter
	// Redact, unless nil, is applied to a flow before the filter matches it, so that a filter
	// cannot find hidden values.
	Redact func(flow.Flow) flow.Flow
	// Own is that of [filter.View].
	Own bool
}

// Matches reports whether the filter selects a complete flow.
func (s *Sieve) Matches(f *flow.Flow) bool {
	if s.Redact == nil {
		return s.Where.Match(f)
	}
	if v := s.Where.Judge(f, filter.View{Redacted: true, Own: s.Own}); v != filter.Maybe {
		return v == filter.Yes
	}
	shown := s.Redact(*f)
	return s.Where.Match(&shown)
}

// Scan yields the flows of q that the filter selects, as they are, in the order of q. Flows have
// bodies if q or the filter needs them. Unless full is set, it may yield brief flows. The limit of
// q bounds the flows that are read.
func (s *Sieve) Scan(ctx context.Context, st Reader, q Query, full bool) iter.Seq2[flow.Flow, error] {
	if s.Where.All() {
		q.Brief = !full
		return st.Scan(ctx, q)
	}
	q.NoBodies = q.NoBodies && !s.Where.NeedsBodies()
	return func(yield func(flow.Flow, error) bool) {
		most := firstNumbers
		var c candidates
		brief := q
		brief.Brief = true
		var f flow.Flow
		for next, err := range st.Scan(ctx, brief) {
			if err != nil {
				yield(flow.Flow{}, err)
				return
			}
			f = next // one variable for all flows, since its address is passed on
			c.add(&f, s.Where.Judge(&f, filter.View{Brief: true, Redacted: s.Redact != nil}), full)
			if len(c.flows) >= most {
				if !s.confirm(ctx, st, q, &c, full, yield) {
					return
				}
				c = candidates{}
				most = min(2*most, mostNumbers)
			}
		}
		s.confirm(ctx, st, q, &c, full, yield)
	}
}

// candidates are the flows that match, or may match, judging by their brief forms.
type candidates struct {
	flows []siftCandidate
	read  []flow.Seq // the newest records of those that must be read
}

// siftCandidate is a flow to yield, or one to read first.
type siftCandidate struct {
	brief flow.Flow
	sure  bool
}

func (c *candidates) add(f *flow.Flow, v filter.Verdict, full bool) {
	if v == filter.No {
		return
	}
	x := siftCandidate{flow.Flow{Last: f.Last}, v == filter.Yes}
	if x.sure && !full {
		x.brief = *f
	} else {
		c.read = append(c.read, f.Last)
	}
	c.flows = append(c.flows, x)
}

// parts returns the records to read, in parts of at most partFlows, in the order of a scan.
func (c *candidates) parts(newest bool) []Ranges {
	slices.Sort(c.read)
	var out []Ranges
	for part := range slices.Chunk(c.read, partFlows) {
		var r Ranges
		for _, n := range part {
			r = r.Add(n)
		}
		out = append(out, r)
	}
	if newest {
		slices.Reverse(out)
	}
	return out
}

// confirm yields the candidates that match. It returns false if the scan has ended.
func (s *Sieve) confirm(
	ctx context.Context, st Reader, q Query, c *candidates, full bool, yield func(flow.Flow, error) bool,
) bool {
	sure := map[flow.Seq]bool{}
	for i := range c.flows {
		sure[c.flows[i].brief.Last] = c.flows[i].sure
	}
	next := 0
	// briefUntil yields the flows that need not be read and come before a record.
	briefUntil := func(last flow.Seq) bool {
		for ; next < len(c.flows) && c.flows[next].brief.Last != last; next++ {
			if f := &c.flows[next]; f.sure && !full && !yield(f.brief, nil) {
				return false
			}
		}
		return true
	}
	q.Limit = 0
	for f, err := range s.matching(ctx, st, q, c.parts(q.Newest), sure) {
		if err != nil {
			yield(flow.Flow{}, err)
			return false
		}
		if !briefUntil(f.Last) || !yield(f, nil) {
			return false
		}
	}
	return briefUntil(0)
}
