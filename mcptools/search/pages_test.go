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

// numbers searches the flows 1 to n and finds every third one.
func numbers(n int) Func[int] {
	return func(ctx context.Context, from flow.Seq) iter.Seq2[Step[int], error] {
		return func(yield func(Step[int], error) bool) {
			for i := int(from) + 1; i <= n; i++ {
				f := Step[int]{Next: flow.Seq(i), Examined: 1}
				if i%3 == 0 {
					f.Items = []int{i}
				}
				if !yield(f, ctx.Err()) || ctx.Err() != nil {
					return
				}
			}
		}
	}
}

// The pages of a search have all items once, wherever they end, and count each flow once.
func TestPagesAreComplete(t *testing.T) {
	const n = 30
	for _, limit := range []int{1, 2, 100} {
		for _, wait := range []time.Duration{0, time.Minute} {
			var got []int
			examined := 0
			for from := flow.Seq(0); ; {
				p, err := Request[int]{From: from, Limit: limit, Wait: wait, Search: numbers(n)}.Page(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if p.Examined == 0 && !p.Done {
					t.Fatal("a page says that nothing was examined")
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
				t.Errorf("limit %d, %v: found %v, want %v; examined %d, want %d", limit, wait, got, want, examined, n)
			}
		}
	}
}

func TestSearchEnds(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := (Request[int]{Limit: 1, Wait: time.Minute, Search: numbers(30)}).Page(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
