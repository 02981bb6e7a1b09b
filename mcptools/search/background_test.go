package search

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// numbers searches the flows 1 to n and finds every third one. Each step receives from next first.
func numbers(n int, next <-chan struct{}) Func[int] {
	return func(ctx context.Context, from flow.Seq) iter.Seq2[Step[int], error] {
		return func(yield func(Step[int], error) bool) {
			for i := int(from) + 1; i <= n; i++ {
				select {
				case <-next:
				case <-ctx.Done():
					yield(Step[int]{}, ctx.Err())
					return
				}
				f := Step[int]{Next: flow.Seq(i), Examined: 1}
				if i%3 == 0 {
					f.Items = []int{i}
				}
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// A page whose time is over has the items found so far. The search continues, and the next page has
// the rest without repetition.
func TestPagesAreComplete(t *testing.T) {
	const n = 30
	for _, limit := range []int{1, 2, 100} {
		next := make(chan struct{}, 1)
		next <- struct{}{} // the first flow can be read, the others not yet
		started := 0
		search := func(ctx context.Context, from flow.Seq) iter.Seq2[Step[int], error] {
			started++
			return numbers(n, next)(ctx, from)
		}
		var searches Searches[int]
		var got []int
		examined, pages := 0, 0
		wait := time.Nanosecond
		for from := flow.Seq(0); ; pages++ {
			p, err := searches.Page(t.Context(), t.Context(), Request[int]{[]string{"n"}, from, limit, wait, search, nil})
			if err != nil {
				t.Fatal(err)
			}
			if pages == 0 { // the search waits for this
				if p.Examined == 0 {
					t.Error("a page says that nothing was examined")
				}
				close(next)
				wait = time.Minute
			}
			got, examined, from = append(got, p.Items...), examined+p.Examined, p.Next
			if len(p.Items) > limit {
				t.Errorf("%d items, the limit is %d", len(p.Items), limit)
			}
			if p.Done {
				break
			}
		}
		if want := []int{3, 6, 9, 12, 15, 18, 21, 24, 27, 30}; !slices.Equal(got, want) || examined != n {
			t.Errorf("limit %d: found %v, want %v; examined %d, want %d", limit, got, want, examined, n)
		}
		if limit == 100 && (started != 1 || pages != 1) {
			t.Errorf("started %d times for %d pages: it did not continue", started, pages+1)
		}
		if len(searches.unfinished) > 0 {
			t.Errorf("%d finished searches are stored", len(searches.unfinished))
		}
	}
}

// The cursor of another search, an old cursor and a cursor used twice give the same page as a new
// search from there.
func TestSearchesAreSeparate(t *testing.T) {
	next := make(chan struct{})
	close(next)
	var searches Searches[int]
	for range 2 {
		for _, c := range []struct {
			name  string
			from  flow.Seq
			first int
		}{{"a", 0, 3}, {"b", 5, 6}, {"a", 5, 6}, {"a", 17, 18}, {"b", 0, 3}} {
			p, err := searches.Page(t.Context(), t.Context(), Request[int]{[]string{c.name}, c.from, 1, time.Minute, numbers(30, next), nil})
			if err != nil || len(p.Items) != 1 || p.Items[0] != c.first || p.Done {
				t.Errorf("%+v: got %+v, %v", c, p, err)
			}
		}
	}
	for i := range 5 * maxSearches {
		if _, err := searches.Page(t.Context(), t.Context(), Request[int]{[]string{"c"}, flow.Seq(i % 20), 1, time.Minute, numbers(30, next), nil}); err != nil {
			t.Fatal(err)
		}
	}
	if len(searches.unfinished) > maxSearches {
		t.Errorf("%d searches are stored", len(searches.unfinished))
	}
}

// Cancelling the caller's context ends the call. A panic and the end of the server end the search.
func TestSearchEnds(t *testing.T) {
	var searches Searches[int]
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := searches.Page(gone, t.Context(), Request[int]{[]string{"a"}, 0, 1, time.Minute, numbers(30, nil), nil}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := searches.Page(t.Context(), gone, Request[int]{[]string{"a"}, 0, 1, time.Minute, numbers(30, nil), nil}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	defect := func(context.Context, flow.Seq) iter.Seq2[Step[int], error] {
		return func(func(Step[int], error) bool) { panic("a defect") }
	}
	if _, err := searches.Page(t.Context(), t.Context(), Request[int]{[]string{"a"}, 0, 1, time.Minute, defect, nil}); err == nil || err.Error() != "panic: a defect" {
		t.Errorf("got %v", err)
	}
}
