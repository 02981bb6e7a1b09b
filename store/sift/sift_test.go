package sift

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/store"
)

// Parts are matched side by side, and flows come in the order of the query, each once.
func TestScanOrder(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const n = 5 * partFlows
	var flows []flow.Flow
	for i := range n {
		body := fmt.Sprintf(`{"n":%d,"kind":%q}`, i, []string{"odd one", "even one"}[i%2])
		flows = append(flows, flow.Flow{
			ID: flow.NewID(), Done: true, Started: time.Unix(int64(i), 0).UTC(),
			Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: fmt.Sprint("/", i)},
			Response: &flow.Response{Status: 200, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}},
		})
	}
	if _, err := db.Append(t.Context(), flows...); err != nil {
		t.Fatal(err)
	}
	where, err := filter.Parse(`body:"odd one" or path:/7*`, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []store.Query{{}, {Newest: true}, {After: 700, Until: 2000}} {
		var want, got []string
		for f, err := range db.Scan(t.Context(), q) {
			if err == nil && where.Match(&f) {
				want = append(want, f.Request.Path)
			}
		}
		s := Sieve{Where: where}
		for f, err := range s.Scan(t.Context(), db, q, true) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, f.Request.Path)
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%+v: %d flows, want %d", q, len(got), len(want))
		}
	}
}

// endless is a store whose scans never end.
type endless struct {
	store.Reader
	started, ended *atomic.Int32
}

func (e endless) Scan(ctx context.Context, _ store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		e.started.Add(1)
		defer e.ended.Add(1)
		f := flow.Flow{Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
		f.Request.Body.Data = make([]byte, 1<<10)
		for ctx.Err() == nil {
			if !yield(f, nil) {
				return
			}
		}
		yield(flow.Flow{}, ctx.Err())
	}
}

// A scan whose caller stops, or whose context ends, ends at once, and its goroutines with it.
func TestMatchingEnds(t *testing.T) {
	where, err := filter.Parse("type:json", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := Sieve{Where: where}
	e := endless{started: new(atomic.Int32), ended: new(atomic.Int32)}
	parts := []store.Ranges{nil, nil, nil}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range s.matching(ctx, e, store.Query{}, parts, map[flow.Seq]bool{0: true}) {
		break
	}
	var last error
	for _, err := range s.matching(ctx, e, store.Query{}, parts, map[flow.Seq]bool{0: true}) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the last error is %v", last)
	}
	if e.started.Load() < 2 || e.started.Load() != e.ended.Load() {
		t.Errorf("%d scans were started, %d ended", e.started.Load(), e.ended.Load())
	}
}

// failing is a store whose flows can be read in brief only.
type failing struct{ store.Reader }

var errDamaged = errors.New("damaged")

func (e failing) Scan(_ context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
		for f.Last = 1; f.Last <= 4*firstNumbers && q.Brief; f.Last++ {
			if !yield(f, nil) {
				return
			}
		}
		if !q.Brief {
			yield(flow.Flow{}, errDamaged)
		}
	}
}

// growing is a store with many flows. It notes after how many of them, seen in brief, others are read.
type growing struct {
	store.Reader
	mu   sync.Mutex // guards the fields below
	seen int
	read map[int]bool
}

func (g *growing) Scan(_ context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for i := 1; i <= 40_000 && q.Brief; i++ {
			g.mu.Lock()
			g.seen = i
			g.mu.Unlock()
			if !yield(flow.Flow{Last: flow.Seq(i), Done: true}, nil) {
				return
			}
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.read[g.seen] = g.read[g.seen] || !q.Brief
	}
}

// TestCandidatesGrow checks that the first candidates are read soon, later ones many at a time, and
// the last when there are no more.
func TestCandidatesGrow(t *testing.T) {
	where, err := filter.Parse("body:x", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	g := &growing{read: map[int]bool{}}
	for _, err := range (&Sieve{Where: where}).Scan(t.Context(), g, store.Query{}, false) {
		t.Errorf("a flow without a body: %v", err)
	}
	got := slices.Sorted(maps.Keys(g.read))
	if want := []int{64, 192, 448, 960, 1984, 4032, 8128, 16_320, 24_512, 32_704, 40_000}; !slices.Equal(got, want) {
		t.Errorf("read after %d flows, want %d", got, want)
	}
}

// Flows that the filter excludes by what the index says of them are not read.
func TestExcludedFlowsAreNotRead(t *testing.T) {
	where, err := filter.Parse("method:POST body:x", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range (&Sieve{Where: where}).Scan(t.Context(), failing{}, store.Query{}, false) {
		t.Errorf("a flow was read: %v", err)
	}
}

// A scan ends with the first error of the flows that it reads.
func TestErrorEndsScan(t *testing.T) {
	where, err := filter.Parse("body:x", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var got []error
	for _, err := range (&Sieve{Where: where}).Scan(t.Context(), failing{}, store.Query{}, false) {
		got = append(got, err)
	}
	if len(got) != 1 || got[0] != errDamaged {
		t.Errorf("got %d results, first %v", len(got), got[:min(len(got), 1)])
	}
}
