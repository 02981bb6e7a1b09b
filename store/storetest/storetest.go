package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// Run tests the contract of [store.Store]. Each call of open must return a new, empty store.
func Run(t *testing.T, open func(*testing.T) store.Store) {
	RunLaws(t, open)
	t.Run("ApplyRandom", func(t *testing.T) { testApplyRandom(t, open) })
	t.Run("Random", func(t *testing.T) { testRandom(t, open) })
}

// RunLaws is Run without comparing a store with a [Memory] over random operations, for stores that
// number sessions in their own way.
func RunLaws(t *testing.T, open func(*testing.T) store.Store) {
	for _, tt := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"Empty", testEmpty},
		{"Append", testAppend},
		{"Completion", testCompletion},
		{"SameCall", testSameCall},
		{"Copies", testCopies},
		{"Bodies", testBodies},
		{"Messages", testMessages},
		{"Query", testQuery},
		{"Watch", testWatch},
		{"Cancel", testCancel},
		{"Import", testImport},
		{"ImportMany", testImportMany},
		{"ImportAbort", testImportAbort},
		{"ImportWatch", testImportWatch},
		{"Delete", testDelete},
		{"Losses", testLosses},
		{"Sessions", testSessions},
		{"Apply", testApply},
		{"ApplySessions", testApplySessions},
		{"Models", testModels},
		{"Secret", testSecret},
		{"Snapshot", testSnapshot},
		{"Close", testClose},
		{"Concurrent", testConcurrent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			defer s.Close()
			tt.run(t, s)
		})
	}
}

// start is the time of the first sample flow.
var start = time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)

// sample returns the finished flow number i.
func sample(i int) flow.Flow {
	body := fmt.Appendf(nil, `{"id":%d}`, i)
	return flow.Flow{
		ID: flow.NewID(), Source: "proxy", Started: start.Add(time.Duration(i) * time.Minute), Took: time.Millisecond, Done: true,
		Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: fmt.Sprintf("host%d.example", i%4), Path: fmt.Sprintf("/item/%d", i),
			RawQuery: "a=1&a=2", Proto: "HTTP/1.1",
			Header: flow.Header{{Name: "Accept", Value: "a"}, {Name: "accept", Value: "b"}},
			Body:   flow.Body{Data: body, Size: int64(len(body))},
		},
		Response: &flow.Response{
			Status: 200 + i%5, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Trailer: flow.Header{{Name: "X-Sum", Value: "1"}},
			Body:    flow.Body{Data: body[:1], Size: int64(len(body)), Truncated: true},
		},
	}
}

// awaited returns f in its state before the response.
func awaited(f flow.Flow) flow.Flow {
	f.Response, f.Done, f.Took = nil, false, 0
	return f
}

// mustAppend appends flows and returns the number of the last record.
func mustAppend(t *testing.T, s store.Appender, fs ...flow.Flow) flow.Seq {
	t.Helper()
	return must.Get(s.Append(t.Context(), fs...))
}

// collect returns the flows of a query.
func collect(t *testing.T, s store.Reader, q store.Query) []flow.Flow {
	t.Helper()
	var out []flow.Flow
	for f, err := range s.Scan(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// equal compares a flow that was read with the one that was stored, except for the store's numbers.
func equal(t *testing.T, got, want flow.Flow, seq, last flow.Seq) {
	t.Helper()
	want.Seq, want.Last = seq, last
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// lasts returns the newest record numbers of flows.
func lastNumbers(fs []flow.Flow) []flow.Seq {
	out := []flow.Seq{}
	for _, f := range fs {
		out = append(out, f.Last)
	}
	return out
}

// testEmpty reads from an empty store.
func testEmpty(t *testing.T, s store.Store) {
	if got := collect(t, s, store.Query{}); len(got) != 0 {
		t.Errorf("scan found %d flows", len(got))
	}
	for _, n := range []flow.Seq{0, 1, 1 << 63} {
		if _, err := s.Get(t.Context(), n); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("get %d: %v, want ErrNotFound", n, err)
		}
	}
	st, err := s.Stat(t.Context())
	if err != nil || st.Flows != 0 || st.First != 0 || st.Last != 0 || len(st.Hosts) != 0 {
		t.Errorf("stat %+v, %v", st, err)
	}
	if last, err := s.Append(t.Context()); last != 0 || err != nil {
		t.Errorf("append of no flows: %d, %v", last, err)
	}
}

// testAppend checks the record numbers of appended flows, and that flows without an ID get one
// each.
func testAppend(t *testing.T, s store.Store) {
	a, b, c := sample(0), sample(1), sample(2)
	a.Seq, a.Last, a.Import = 99, 100, 7 // ignored
	if last := mustAppend(t, s, a); last != 1 {
		t.Errorf("first append: %d, want 1", last)
	}
	if last := mustAppend(t, s, b, c); last != 3 {
		t.Errorf("second append: %d, want 3", last)
	}
	a.Import = 0
	all := collect(t, s, store.Query{})
	if len(all) != 3 {
		t.Fatalf("%d flows, want 3", len(all))
	}
	for i, want := range []flow.Flow{a, b, c} {
		equal(t, all[i], want, flow.Seq(i+1), flow.Seq(i+1))
		got := must.Get(s.Get(t.Context(), flow.Seq(i+1)))
		equal(t, got, want, flow.Seq(i+1), flow.Seq(i+1))
	}
	noID := sample(3)
	noID.ID = flow.ID{}
	mustAppend(t, s, noID, noID)
	all = collect(t, s, store.Query{After: 3})
	if len(all) != 2 || all[0].ID == all[1].ID || all[0].ID == (flow.ID{}) {
		t.Errorf("flows without an ID: %d, ids %v", len(all), all)
	}
}

// testCompletion checks that each state of a flow replaces the previous one, and that all of its
// record numbers find it.
func testCompletion(t *testing.T, s store.Store) {
	ctx := t.Context()
	f, other := sample(0), sample(1)
	mustAppend(t, s, awaited(f))
	mustAppend(t, s, other)
	equal(t, collect(t, s, store.Query{})[0], awaited(f), 1, 1)
	later := awaited(f)
	later.Err = "still waiting"
	mustAppend(t, s, later)
	mustAppend(t, s, f)
	all := collect(t, s, store.Query{})
	if len(all) != 2 {
		t.Fatalf("%d flows, want 2", len(all))
	}
	equal(t, all[0], other, 2, 2)
	equal(t, all[1], f, 1, 4)
	for _, n := range []flow.Seq{1, 3, 4} {
		got, err := s.Get(ctx, n)
		if err != nil {
			t.Fatalf("get %d: %v", n, err)
		}
		equal(t, got, f, 1, 4)
	}
	// The ID of a finished flow may be used by a new one.
	mustAppend(t, s, f)
	all = collect(t, s, store.Query{After: 4})
	if len(all) != 1 {
		t.Fatalf("%d flows after record 4, want 1", len(all))
	}
	equal(t, all[0], f, 5, 5)
	if st, err := s.Stat(ctx); err != nil || st.Flows != 3 || st.First != 2 || st.Last != 5 {
		t.Errorf("stat %+v, %v", st, err)
	}
}

// testSameCall checks that states of one flow in one call become one record.
func testSameCall(t *testing.T, s store.Store) {
	f, other := sample(0), sample(1)
	if last := mustAppend(t, s, awaited(f), other, f); last != 2 {
		t.Errorf("last %d, want 2", last)
	}
	all := collect(t, s, store.Query{})
	if len(all) != 2 {
		t.Fatalf("%d flows, want 2", len(all))
	}
	equal(t, all[0], f, 1, 1)
	equal(t, all[1], other, 2, 2)
	next := awaited(f) // its ID is free again
	next.Request.Path = "/next"
	third := sample(2)
	if last := mustAppend(t, s, awaited(third), third, next); last != 4 {
		t.Errorf("last %d, want 4", last)
	}
	again := third
	again.Request.Path = "/again"
	if last := mustAppend(t, s, awaited(again), again, awaited(third)); last != 6 {
		t.Errorf("last %d, want 6", last)
	}
	all = collect(t, s, store.Query{After: 2})
	if len(all) != 4 {
		t.Fatalf("%d flows, want 4", len(all))
	}
	for i, want := range []flow.Flow{third, next, again, awaited(third)} {
		equal(t, all[i], want, flow.Seq(3+i), flow.Seq(3+i))
	}
}

// testCopies checks that the store shares no memory with the flows that it gets and returns.
func testCopies(t *testing.T, s store.Store) {
	f := sample(0)
	data := bytes.Clone(f.Request.Body.Data)
	mustAppend(t, s, f)
	clear(f.Request.Body.Data)
	f.Request.Header[0].Value = "changed"
	for range 2 {
		got := must.Get(s.Get(t.Context(), 1))
		if !bytes.Equal(got.Request.Body.Data, data) || got.Request.Header[0].Value != "a" {
			t.Errorf("the flow shares memory with the caller: %s", got.Request.Body.Data)
		}
		clear(got.Request.Body.Data)
		got.Request.Header[0].Value = "changed"
	}
}

// testSecret checks that the secret is constant and not zero.
func testSecret(t *testing.T, s store.Store) {
	a := must.Get(s.Secret(t.Context()))
	b, err := s.Secret(t.Context())
	if err != nil || len(a) != 32 || !bytes.Equal(a, b) || bytes.Equal(a, make([]byte, 32)) {
		t.Errorf("secrets %x, %x, %v", a, b, err)
	}
}

// testSnapshot checks that a snapshot is written, unless the store does not support it, and can be
// cancelled.
func testSnapshot(t *testing.T, s store.Store) {
	mustAppend(t, s, sample(0))
	var b bytes.Buffer
	err := s.Snapshot(t.Context(), &b)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil || b.Len() == 0 {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Snapshot(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// testClose checks that Close may be repeated and ends a Watch, and that later calls fail with
// ErrClosed.
func testClose(t *testing.T, s store.Store) {
	ctx := t.Context()
	mustAppend(t, s, sample(0))
	ended := make(chan error)
	go func() {
		for _, err := range s.Watch(ctx, 0) {
			if err != nil {
				ended <- err
			} else {
				ended <- nil
			}
		}
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for range 2 {
		must.Do(t, s.Close())
	}
	if err := <-ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("watch: %v, want ErrClosed", err)
	}
	if _, err := s.Append(ctx, sample(1)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("append: %v, want ErrClosed", err)
	}
	if _, err := s.Get(ctx, 1); !errors.Is(err, store.ErrClosed) {
		t.Errorf("get: %v, want ErrClosed", err)
	}
	if _, err := s.Stat(ctx); !errors.Is(err, store.ErrClosed) {
		t.Errorf("stat: %v, want ErrClosed", err)
	}
	for _, err := range s.Scan(ctx, store.Query{}) {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("scan: %v, want ErrClosed", err)
		}
	}
}
