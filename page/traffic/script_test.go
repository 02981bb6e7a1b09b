package traffic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// script is a store of flows in memory. One of its calls fails, such as "stat 2", the second call of
// Stat.
type script struct {
	store.Reader
	flows []flow.Flow
	fails string
	slow  time.Duration // what a scan takes
	calls map[string]int

	deletions uint64
}

var errDisk = errors.New("the disk is gone")

func (s *script) call(name string) error {
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	if s.calls[name]++; fmt.Sprint(name, " ", s.calls[name]) == s.fails {
		return errDisk
	}
	return nil
}

func (s *script) Stat(context.Context) (store.Stat, error) {
	n := len(s.flows)
	return store.Stat{First: flow.Seq(min(n, 1)), Last: flow.Seq(n), Flows: int64(n), Deletions: s.deletions}, s.call("stat")
}

func (s *script) Get(_ context.Context, n flow.Seq) (flow.Flow, error) {
	return s.flows[n-1], s.call("get")
}

func (s *script) Scan(_ context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		time.Sleep(s.slow)
		if err := s.call("scan"); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		for i, f := range s.flows {
			if f.Seq = flow.Seq(i + 1); f.Seq > q.After && (q.Until == 0 || f.Seq <= q.Until) && !yield(f, nil) {
				return
			}
		}
	}
}

func (s *script) Watch(ctx context.Context, _ flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if err := s.call("watch"); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		<-ctx.Done()
		yield(flow.Flow{}, ctx.Err())
	}
}

// over returns a panel over a script.
func over(s *script) *panel {
	return &panel{Config{Store: s, Redact: redact.New([]byte("key"), redact.Config{})}, newOperations(s, nil)}
}

// TestFeedEnds checks with which error the feed ends, and how many events the page has until then.
func TestFeedEnds(t *testing.T) {
	errSend := errors.New("the connection is gone")
	for _, tt := range []struct {
		name, last, fails string
		send              error
		cancel            bool
		want              error
		events            int
	}{
		{"no summary at first", "", "stat 1", nil, false, errDisk, 0},
		{"no summary", "", "stat 2", nil, false, errDisk, 0},
		{"no rows", "0", "scan 1", nil, false, errDisk, 0},
		{"no summary after rows", "0", "stat 3", nil, false, errDisk, 1},
		{"nothing to wait for", "", "watch 1", nil, false, errDisk, 1},
		{"nobody to send to", "", "", errSend, false, errSend, 1},
		{"an end while it waits", "", "", nil, true, context.Canceled, 1},
		{"an end while flows arrive", "0", "", nil, true, context.Canceled, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := over(&script{flows: []flow.Flow{exchange("GET", "/a", 200, "{}")}, fails: tt.fails})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				events := 0
				err := p.flows(ctx, FilterText{}, tt.last, func(at string, n News) error {
					events++
					if at != "1" || (len(n.Rows) > 0) != (tt.last == "0") || n.Flows != 1 {
						t.Errorf("at %s: %+v", at, n)
					}
					if tt.cancel {
						cancel()
					}
					return tt.send
				})
				if err != tt.want || events != tt.events {
					t.Errorf("%v after %d events, want %v after %d", err, events, tt.want, tt.events)
				}
			})
		})
	}
	err := over(&script{}).flows(t.Context(), FilterText{"status:abc"}, "", func(string, News) error { return errSend })
	if e, ok := err.(*wire.Error); !ok || e.Column != 8 {
		t.Errorf("a mistake in the filter: %v", err)
	}
}

// TestFeedBegins checks which rows a page gets that continues at a place.
func TestFeedBegins(t *testing.T) {
	for last, want := range map[string][]flow.Seq{"": nil, "0": {1, 2, 3}, "1": {2, 3}, "3": nil, "4": nil, "x": nil} {
		p := over(&script{flows: slices.Repeat([]flow.Flow{exchange("GET", "/a", 200, "{}")}, 3)})
		all, at := follow(t, p, "", last, func(all []News) bool { return len(all) == 1 })
		if got := seqs(all[0].Rows); !slices.Equal(got, want) || at != "3" || all[0].Gap != nil || all[0].Deleted {
			t.Errorf("from %q: the rows %v, want %v, at %s", last, got, want, at)
		}
	}
}

// TestFeedLooksForDeletions checks that a page learns of deletions while no flow arrives.
func TestFeedLooksForDeletions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{flows: []flow.Flow{exchange("GET", "/a", 200, "{}")}}
		start := time.Now()
		all, _ := follow(t, over(s), "", "", func(all []News) bool {
			s.deletions = 1
			return len(all) == 2
		})
		if !all[1].Deleted || all[0].Deleted || time.Since(start) != idle {
			t.Errorf("%+v after %s", all, time.Since(start))
		}
	})
}

// TestFeedOfSlowStore checks that a feed whose reads take long rests between them, and then sends
// all that came meanwhile, unless it is too much.
func TestFeedOfSlowStore(t *testing.T) {
	const slow = 200 * time.Millisecond
	for _, tt := range []struct {
		news int
		rows int
		gap  bool
	}{{5000, 5000, false}, {6000, 6000, false}, {6001, newestNews, true}} {
		synctest.Test(t, func(t *testing.T) {
			one := exchange("GET", "/a", 200, "{}")
			s := &script{flows: []flow.Flow{one}, slow: slow}
			start := time.Now()
			all, _ := follow(t, over(s), "", "0", func(all []News) bool {
				if len(all) == 1 {
					s.flows = append(s.flows, slices.Repeat([]flow.Flow{one}, tt.news)...)
				}
				return len(all) == 2
			})
			if n := len(all[1].Rows); n != tt.rows || (all[1].Gap != nil) != tt.gap || time.Since(start) != slow+slowest+slow {
				t.Errorf("%d new flows: %d rows, gap %v after %s", tt.news, n, all[1].Gap, time.Since(start))
			}
		})
	}
}

// TestFeedPauseAfterDeletion checks that a feed that is beyond the end of the log soon says so.
func TestFeedPauseAfterDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := &reader{p: over(&script{}), took: time.Millisecond, read: start, at: 5}
		if err := r.wait(t.Context()); err != nil || time.Since(start) != pace {
			t.Errorf("%s, %v", time.Since(start), err)
		}
	})
}

// TestSlowSearch checks that a call that looks for rows ends after a while, and says where the next
// one continues.
func TestSlowSearch(t *testing.T) {
	for _, tt := range []struct {
		slow  time.Duration
		flows int
		next  flow.Seq
		scans int
	}{
		{searchTime + 1, firstPart + 1, 2, 1}, {searchTime + 1, firstPart, 0, 1},
		{searchTime, firstPart + 2*firstPart + 1, 2, 2}, {0, firstPart + 2*firstPart + 1, 0, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{flows: slices.Repeat([]flow.Flow{exchange("POST", "/a", 200, "{}")}, tt.flows), slow: tt.slow}
			r, err := over(s).rows(t.Context(), RowsQuery{Filter: "method:GET", Limit: 10})
			if err != nil || r.Next != tt.next || s.calls["scan"] != tt.scans || len(r.Rows) > 0 {
				t.Errorf("%d flows at %s: %+v after %d scans, %v", tt.flows, tt.slow, r, s.calls["scan"], err)
			}
		})
	}
}

// TestNumberOfRows checks how many rows a call returns.
func TestNumberOfRows(t *testing.T) {
	s := &script{flows: slices.Repeat([]flow.Flow{exchange("GET", "/a", 200, "{}")}, maxRows+2)}
	for limit, want := range map[int]int{-1: 1, 0: 1, 1: 1, 2: 2, maxRows: maxRows, maxRows + 1: maxRows} {
		if r, err := over(s).rows(t.Context(), RowsQuery{Limit: limit}); err != nil || len(r.Rows) != want {
			t.Errorf("limit %d: %d rows, want %d: %v", limit, len(r.Rows), want, err)
		}
	}
	if r, err := over(&script{}).rows(t.Context(), RowsQuery{Limit: 1}); err != nil || len(r.Rows) > 0 || r.Next != 0 {
		t.Errorf("no flows: %+v, %v", r, err)
	}
}

// TestStoreFails checks that calls return the errors of the store.
func TestStoreFails(t *testing.T) {
	for _, tt := range []struct{ call, in, fails string }{
		{"rows", `{"filter":"","limit":1}`, "stat 1"}, {"rows", `{"filter":"","limit":1}`, "scan 1"}, {"flow", `{"seq":1}`, "get 1"},
		{"body", `{"seq":1,"response":true}`, "get 1"}, {"messages", `{"seq":1}`, "get 1"}, {"place", `{"seq":1}`, "get 1"},
		{"reveal", `{"seq":1,"response":true,"part":"url","index":0}`, "get 1"}, {"revealBody", `{"seq":1,"response":true}`, "get 1"},
		{"operations", `{}`, "stat 1"}, {"assign", `{}`, "scan 1"}, {"code", `{"flows":[1,2],"framework":"curl"}`, "get 2"},
		{"compare", `{"a":1,"b":2}`, "get 2"}, {"archive", `{"flows":[1,2],"filter":""}`, "get 2"}, {"archive", `{"flows":[],"filter":""}`, "scan 1"},
		{"archive", `{"flows":[],"filter":"method:GET"}`, "scan 1"},
	} {
		s := &script{flows: slices.Repeat([]flow.Flow{exchange("GET", "/a", 200, "{}")}, 2), fails: tt.fails}
		v, err := callNamed(over(s).panel(), tt.call).Answer(t.Context(), []byte(tt.in))
		if f, ok := v.(*wire.File); ok && err == nil {
			err = f.Write(&strings.Builder{})
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("%s %s, %s fails: %v", tt.call, tt.in, tt.fails, err)
		}
	}
}
