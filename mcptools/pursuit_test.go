package mcptools

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// numbers is a search of the flows 1 to n, of which every third is found; each waits for a word on next.
func numbers(n int, next <-chan struct{}) steps[int] {
	return func(ctx context.Context, from flow.Seq) iter.Seq2[find[int], error] {
		return func(yield func(find[int], error) bool) {
			for i := int(from) + 1; i <= n; i++ {
				select {
				case <-next:
				case <-ctx.Done():
					yield(find[int]{}, ctx.Err())
					return
				}
				f := find[int]{next: flow.Seq(i), passed: 1}
				if i%3 == 0 {
					f.items = []int{i}
				}
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// A page that is out of time has what was found, and the search goes on: the next page has the rest, nothing twice.
func TestPursuit(t *testing.T) {
	const n = 30
	for _, limit := range []int{1, 2, 100} {
		next := make(chan struct{})
		begun := 0
		search := func(ctx context.Context, from flow.Seq) iter.Seq2[find[int], error] {
			begun++
			return numbers(n, next)(ctx, from)
		}
		var ps pursuits[int]
		var got []int
		passed, pages := 0, 0
		wait := time.Nanosecond
		for place := flow.Seq(0); ; pages++ {
			p, err := ps.page(t.Context(), t.Context(), []string{"n"}, place, limit, wait, search)
			if err != nil {
				t.Fatal(err)
			}
			if pages == 0 { // while it waits for this
				close(next)
				wait = time.Minute
			}
			got, passed, place = append(got, p.items...), passed+p.passed, p.next
			if len(p.items) > limit {
				t.Errorf("%d items where %d were asked for", len(p.items), limit)
			}
			if p.over {
				break
			}
		}
		if want := []int{3, 6, 9, 12, 15, 18, 21, 24, 27, 30}; !slices.Equal(got, want) || passed != n {
			t.Errorf("limit %d: found %v, want %v; %d were passed, want %d", limit, got, want, passed, n)
		}
		if limit == 100 && (begun != 1 || pages != 1) {
			t.Errorf("begun %d times for %d pages: it did not go on", begun, pages+1)
		}
		if len(ps.kept) > 0 {
			t.Errorf("%d searches are kept that are over", len(ps.kept))
		}
	}
}

// Another's cursor, an old one, and one that is used twice give the same as a search that begins there.
func TestPursuitsAreNeverMixedUp(t *testing.T) {
	next := make(chan struct{})
	close(next)
	var ps pursuits[int]
	for range 2 {
		for _, c := range []struct {
			name  string
			from  flow.Seq
			first int
		}{{"a", 0, 3}, {"b", 5, 6}, {"a", 5, 6}, {"a", 17, 18}, {"b", 0, 3}} {
			p, err := ps.page(t.Context(), t.Context(), []string{c.name}, c.from, 1, time.Minute, numbers(30, next))
			if err != nil || len(p.items) != 1 || p.items[0] != c.first || p.over {
				t.Errorf("%+v: got %+v, %v", c, p, err)
			}
		}
	}
	for i := range 5 * maxPursuits {
		if _, err := ps.page(t.Context(), t.Context(), []string{"c"}, flow.Seq(i%20), 1, time.Minute, numbers(30, next)); err != nil {
			t.Fatal(err)
		}
	}
	if len(ps.kept) > maxPursuits {
		t.Errorf("%d searches are kept", len(ps.kept))
	}
}

// A caller who gives up ends the call; a defect and the end of the server end the search.
func TestPursuitEnds(t *testing.T) {
	var ps pursuits[int]
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := ps.page(gone, t.Context(), []string{"a"}, 0, 1, time.Minute, numbers(30, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := ps.page(t.Context(), gone, []string{"a"}, 0, 1, time.Minute, numbers(30, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	defect := func(context.Context, flow.Seq) iter.Seq2[find[int], error] {
		return func(func(find[int], error) bool) { panic("a defect") }
	}
	if _, err := ps.page(t.Context(), t.Context(), []string{"a"}, 0, 1, time.Minute, defect); err == nil || err.Error() != "panic: a defect" {
		t.Errorf("got %v", err)
	}
}

// The text beside a result says that it is not all, and how to go on.
func TestSearchSaysThatItIsNotOver(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...), func(c *Config) { c.Wait = 1 })
	r := s.call("search_traffic", object{"query": "e.*e.*q~", "regex": true})
	if r.data["complete"] != false {
		t.Fatal("a capture was looked through in a nanosecond")
	}
	for _, want := range []string{"The search is not over", "cursor " + r.data["next_cursor"].(string), "max_ms"} {
		if !strings.Contains(r.text, want) {
			t.Errorf("the text does not say %q: %.400s", want, r.text)
		}
	}
}
