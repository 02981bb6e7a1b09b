// Package sift finds the flows of a store that a filter selects.
//
// Most flows are decided by the index of the store, without being read. The others are read in
// batches, redacted if the filter must see redacted flows, and matched in all processors. The
// package may import flow, flow/filter and store. Read sift.go.
package sift

import (
	"context"
	"iter"
	"runtime"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/store"
)

// Limits of a batch of flows that are matched together.
const (
	matchFlows = 256
	matchBytes = 1 << 20
	// The first numbers are read soon, so that the first flows are.
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
}

// Matches reports whether the filter selects a whole flow.
func (s *Sieve) Matches(f *flow.Flow) bool {
	if s.Redact == nil {
		return s.Where.Match(f)
	}
	if v := s.Where.Judge(f, filter.View{Redacted: true}); v != filter.Maybe {
		return v == filter.Yes
	}
	shown := s.Redact(*f)
	return s.Where.Match(&shown)
}

// Scan yields the flows of q that the filter selects, as they are, in the order of q. Flows have
// bodies if q or the filter needs them. With whole unset, it may yield brief flows. The limit of q
// bounds the flows that are looked at.
func (s *Sieve) Scan(ctx context.Context, st store.Reader, q store.Query, whole bool) iter.Seq2[flow.Flow, error] {
	if s.Where.All() {
		q.Brief = !whole
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
			c.add(&f, s.Where.Judge(&f, filter.View{Brief: true, Redacted: s.Redact != nil}), whole)
			if len(c.flows) >= most {
				if !s.confirm(ctx, st, q, &c, whole, yield) {
					return
				}
				c = candidates{}
				most = min(2*most, mostNumbers)
			}
		}
		s.confirm(ctx, st, q, &c, whole, yield)
	}
}

// candidates are the flows that match, or may match, as far as their brief forms tell.
type candidates struct {
	flows []candidate
	read  []flow.Seq // the newest records of those that must be read
}

// candidate is a flow to yield, or one to read first.
type candidate struct {
	brief flow.Flow
	sure  bool
}

func (c *candidates) add(f *flow.Flow, v filter.Verdict, whole bool) {
	if v == filter.No {
		return
	}
	x := candidate{flow.Flow{Last: f.Last}, v == filter.Yes}
	if x.sure && !whole {
		x.brief = *f
	} else {
		c.read = append(c.read, f.Last)
	}
	c.flows = append(c.flows, x)
}

// ranges returns the records to read.
func (c *candidates) ranges() store.Ranges {
	slices.Sort(c.read)
	var r store.Ranges
	for _, n := range c.read {
		r = r.Add(n)
	}
	return r
}

// confirm yields the candidates that match. It returns false if the scan has ended.
func (s *Sieve) confirm(
	ctx context.Context, st store.Reader, q store.Query, c *candidates, whole bool, yield func(flow.Flow, error) bool,
) bool {
	sure := map[flow.Seq]bool{}
	for i := range c.flows {
		sure[c.flows[i].brief.Last] = c.flows[i].sure
	}
	next := 0
	// briefUntil yields the flows that need not be read and come before a record.
	briefUntil := func(last flow.Seq) bool {
		for ; next < len(c.flows) && c.flows[next].brief.Last != last; next++ {
			if f := &c.flows[next]; f.sure && !whole && !yield(f.brief, nil) {
				return false
			}
		}
		return true
	}
	if len(c.read) > 0 {
		q.Only, q.Limit = c.ranges(), 0
		for f, err := range s.matching(ctx, st.Scan(ctx, q), sure) {
			if err != nil {
				yield(flow.Flow{}, err)
				return false
			}
			if !briefUntil(f.Last) || !yield(f, nil) {
				return false
			}
		}
	}
	return briefUntil(0)
}

// batch is a number of flows that one goroutine matches.
type batch struct {
	flows   []flow.Flow
	matches []bool
	err     error
	done    chan struct{}
}

// matching yields the flows that are sure to match, or do. It matches flows in all processors while
// others are read.
func (s *Sieve) matching(
	ctx context.Context, flows iter.Seq2[flow.Flow, error], sure map[flow.Seq]bool,
) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		batches := make(chan *batch, runtime.GOMAXPROCS(0))
		stop, stopped := make(chan struct{}), make(chan struct{})
		defer func() { close(stop); <-stopped }() // the store may be closed afterwards
		go func() {
			defer close(stopped)
			defer close(batches)
			for b := range inBatches(flows) {
				select {
				case batches <- b:
				case <-stop:
					return
				}
				go s.match(b, sure)
			}
		}()
		for b := range batches {
			select {
			case <-b.done:
			case <-ctx.Done():
				yield(flow.Flow{}, ctx.Err())
				return
			}
			for i := range b.flows {
				if b.matches[i] && !yield(b.flows[i], nil) {
					return
				}
			}
			if b.err != nil {
				yield(flow.Flow{}, b.err)
				return
			}
		}
	}
}

// match matches the flows of a batch.
func (s *Sieve) match(b *batch, sure map[flow.Seq]bool) {
	defer close(b.done)
	b.matches = make([]bool, len(b.flows))
	for i := range b.flows {
		f := &b.flows[i]
		b.matches[i] = sure[f.Last] || s.Matches(f)
	}
}

// inBatches groups flows. An error ends the last batch.
func inBatches(flows iter.Seq2[flow.Flow, error]) iter.Seq[*batch] {
	return func(yield func(*batch) bool) {
		b, bytes := &batch{done: make(chan struct{})}, 0
		for f, err := range flows {
			if err != nil {
				b.err = err
				break
			}
			b.flows = append(b.flows, f)
			bytes += bodyBytes(&f)
			if len(b.flows) == matchFlows || bytes >= matchBytes {
				if !yield(b) {
					return
				}
				b, bytes = &batch{done: make(chan struct{})}, 0
			}
		}
		yield(b)
	}
}

// bodyBytes returns the size of the recorded bodies.
func bodyBytes(f *flow.Flow) int {
	n := len(f.Request.Body.Data)
	if f.Response != nil {
		n += len(f.Response.Body.Data)
	}
	return n
}
