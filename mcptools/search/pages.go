package search

import (
	"context"
	"iter"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
)

// Step is one step of a search: the items found in one flow, or a number of flows without any.
type Step[T any] struct {
	Items    []T
	Next     flow.Seq // the argument with which the search continues after this step
	Examined int      // flows since the step before, including this one
}

// Func starts a search. from is 0 for its beginning, otherwise Next of an earlier step.
type Func[T any] func(ctx context.Context, from flow.Seq) iter.Seq2[Step[T], error]

// Request asks for one page of a search.
type Request[T any] struct {
	// From is where the page begins: 0, or Next of the page before.
	From flow.Seq
	// Limit is the number of items at which the page ends. It may have more, because the items of
	// one step stay together.
	Limit int
	// Wait limits the time of the page. The step that is running then is waited for.
	Wait time.Duration
	// Search is the search.
	Search Func[T]
	// Examined, unless nil, counts the flows examined so far.
	Examined *atomic.Int64
}

// Page is one page of a search.
type Page[T any] struct {
	Items    []T
	Examined int // flows examined for this page
	Done     bool
	Next     flow.Seq // From of the next page, unless Done
}

// Page searches until it has a page and knows that another one follows, until its time is over, or
// until the search ends.
func (r Request[T]) Page(ctx context.Context) (Page[T], error) {
	end := time.Now().Add(r.Wait)
	out := Page[T]{Next: r.From}
	without := 0 // flows examined after the last one with items
	for step, err := range r.Search(ctx, r.From) {
		isFull := len(out.Items) >= r.Limit
		switch {
		case err != nil && len(out.Items) == 0:
			return Page[T]{}, err
		case err != nil, isFull && len(step.Items) > 0: // the next page has the error, or these items
			return out, ctx.Err()
		}
		if r.Examined != nil {
			r.Examined.Add(int64(step.Examined))
		}
		without += step.Examined
		isLate := time.Now().After(end) && out.Examined+without > 0
		if len(step.Items) > 0 || isLate && !isFull {
			out.Items, out.Examined, out.Next = append(out.Items, step.Items...), out.Examined+without, step.Next
			without = 0
		}
		if isLate || len(out.Items) > r.Limit {
			return out, nil
		}
	}
	out.Examined += without
	out.Done = true
	return out, ctx.Err()
}
