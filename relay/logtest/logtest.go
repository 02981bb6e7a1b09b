// Package logtest tests implementations of relay.Log, and has one in memory. It is for tests. Read
// logtest.go first.
package logtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
)

// Run runs the tests. open returns a new, empty log.
func Run(t *testing.T, open func(t *testing.T) relay.Log) {
	for name, f := range map[string]func(*testing.T, relay.Log){
		"order":     testOrder,
		"conflict":  testConflict,
		"race":      testRace,
		"partition": testPartition,
		"deletions": testDeletions,
		"large":     testLarge,
		"values":    testValues,
		"bounds":    testBounds,
		"context":   testContext,
	} {
		t.Run(name, func(t *testing.T) { f(t, open(t)) })
	}
}

// source returns the name of a source, the same as of forwarders.
func source(n int) string { return fmt.Sprintf("pod-%d.%08x", n, n) }

func mustAppend(t *testing.T, l relay.Log, src string, after, last uint64, prev relay.Position, data string) relay.Position {
	t.Helper()
	pos, err := l.Append(t.Context(), &relay.Entry{Source: src, After: after, Last: last, Data: []byte(data)}, prev)
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

// refused repeats a write that a log must refuse, because an answer may get lost or come late.
func refused(write func() error) (err error) {
	for range 5 {
		if err = write(); err == nil || errors.Is(err, relay.ErrConflict) {
			break
		}
	}
	return err
}

// read returns the next n entries after a position.
func read(t *testing.T, l relay.Log, partition int, after relay.Position, n int) []relay.Entry {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var list []relay.Entry
	for e, err := range l.Entries(ctx, partition, after) {
		if err != nil {
			t.Fatal(err)
		}
		e.Data = bytes.Clone(e.Data)
		if list = append(list, e); len(list) == n {
			break
		}
	}
	return list
}

// testOrder checks that entries come back in order, with all fields, and that a reader waits for
// those that come later.
func testOrder(t *testing.T, l relay.Log) {
	var prev [2]relay.Position
	const n = 40
	got := make(chan []relay.Entry)
	go func() { got <- read(t, l, -1, 0, n) }()
	for i := range uint64(n) {
		s := i % 2
		prev[s] = mustAppend(t, l, source(int(s)), i, i+2, prev[s], fmt.Sprint("block ", i))
	}
	var last relay.Position
	entries := <-got
	for i, e := range entries {
		want := relay.Entry{Position: e.Position, Source: source(i % 2), After: uint64(i), Last: uint64(i) + 2}
		want.Data = fmt.Append(nil, "block ", i)
		if e.Position <= last || fmt.Sprint(e) != fmt.Sprint(want) {
			t.Fatalf("entry %d is %+v, want %+v", i, e, want)
		}
		last = e.Position
	}
	if rest := read(t, l, -1, entries[n-3].Position, 2); rest[0].After != n-2 || rest[1].After != n-1 {
		t.Errorf("after the last but two come %v", rest)
	}
	newest, err := l.Newest(t.Context(), source(1))
	if err != nil || newest.Position != last || newest.After != n-1 || newest.Last != n+1 {
		t.Errorf("newest: %+v, %v", newest, err)
	}
	if none, err := l.Newest(t.Context(), source(7)); err != nil || none.Position != 0 {
		t.Errorf("newest of a source without entries: %+v, %v", none, err)
	}
}

// testConflict checks that an entry is refused unless its writer knows the newest of its source.
func testConflict(t *testing.T, l relay.Log) {
	a := mustAppend(t, l, source(1), 0, 5, 0, "a")
	mustAppend(t, l, source(2), 0, 5, 0, "other")
	b := mustAppend(t, l, source(1), 5, 6, a, "b")
	for _, after := range []relay.Position{0, a, b + 1} {
		if _, err := l.Append(t.Context(), &relay.Entry{Source: source(1), After: 6, Last: 7, Data: []byte("c")}, after); !errors.Is(err, relay.ErrConflict) {
			t.Errorf("append after %d: %v", after, err)
		}
	}
	mustAppend(t, l, source(1), 6, 7, b, "d")
	if list := read(t, l, -1, 0, 4); string(list[3].Data) != "d" {
		t.Errorf("a refused entry is there: %v", list)
	}
}

// testRace checks that of many writers at once, one wins.
func testRace(t *testing.T, l relay.Log) {
	var prev relay.Position
	for i := range uint64(5) {
		after := prev
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for w := range 8 {
			wg.Go(func() {
				_, err := l.Append(t.Context(), &relay.Entry{Source: source(1), After: i, Last: i + 1, Data: []byte{byte(w)}}, after)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case !errors.Is(err, relay.ErrConflict):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Fatalf("%d writers won", won)
		}
		newest := must.Get(l.Newest(t.Context(), source(1)))
		prev = newest.Position
	}
}

// testPartition checks that each partition has its sources, and all their entries.
func testPartition(t *testing.T, l relay.Log) {
	count := map[int]int{}
	for i := range 60 {
		mustAppend(t, l, source(i), 0, 1, 0, source(i))
		count[relay.Partition(source(i))]++
	}
	for p, n := range count {
		for _, e := range read(t, l, p, 0, n) {
			if relay.Partition(e.Source) != p || string(e.Data) != e.Source {
				t.Errorf("partition %d has %v", p, e)
			}
		}
	}
}

// testDeletions checks that deletions are in all partitions, in their order, and can be read alone.
func testDeletions(t *testing.T, l relay.Log) {
	src := source(1)
	own, other := relay.Partition(src), (relay.Partition(src)+1)%relay.Partitions
	a := mustAppend(t, l, src, 0, 1, 0, "a")
	first := mustAppend(t, l, relay.Deletions, 0, 1, 0, "first")
	mustAppend(t, l, src, 1, 2, a, "b")
	mustAppend(t, l, relay.Deletions, 1, 2, first, "second")
	for partition, want := range map[int]string{-1: "a first b second", own: "a first b second", other: "first second", relay.OnlyDeletions: "first second"} {
		var got []string
		for _, e := range read(t, l, partition, 0, len(strings.Fields(want))) {
			got = append(got, string(e.Data))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("partition %d: %v, want %s", partition, got, want)
		}
	}
	mustAppend(t, l, source(2), 0, 1, 0, "of another partition")
	if relay.Partition(source(2)) == own {
		t.Fatal("choose another source")
	}
	_, last, err := l.Bounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if e := read(t, l, own, 0, 5)[4]; e.Source != "" || e.Position != last {
		t.Errorf("at the end of a partition: %+v, want position %d", e, last)
	}
	if e, err := l.Newest(t.Context(), relay.Deletions); err != nil || e.Last != 2 {
		t.Errorf("the newest deletion: %+v, %v", e, err)
	}
}

// testLarge checks entries and values that need several messages.
func testLarge(t *testing.T, l relay.Log) {
	b := make([]byte, 5<<20)
	for i := range b {
		b[i] = byte(i * 7 >> 3)
	}
	full := string(b)
	big := func(n int) string { return full[:n] }
	pos := mustAppend(t, l, source(1), 0, 3, 0, big(5<<20))
	pos = mustAppend(t, l, source(1), 3, 4, pos, "small")
	third := &relay.Entry{Source: source(1), After: 4, Last: 5, Data: []byte(big(2 << 20))}
	if err := refused(func() error { _, err := l.Append(t.Context(), third, pos-1); return err }); !errors.Is(err, relay.ErrConflict) {
		t.Errorf("a large entry after another: %v", err)
	}
	mustAppend(t, l, source(1), 4, 5, pos, big(2<<20))
	list := read(t, l, -1, 0, 3)
	if string(list[0].Data) != big(5<<20) || string(list[1].Data) != "small" || string(list[2].Data) != big(2<<20) {
		t.Error("a large entry changed")
	}
	if list := read(t, l, -1, list[0].Position, 2); string(list[0].Data) != "small" {
		t.Error("reading after a large entry begins elsewhere")
	}
	if list := read(t, l, -1, list[0].Position-1, 1); string(list[0].Data) != big(5<<20) { // the end of the log may have been there
		t.Errorf("reading from the middle of a large entry: %v", list[0])
	}
	rev := uint64(0)
	for _, n := range []int{3 << 20, 10, 2 << 20, 4 << 20, 0} {
		var err error
		if rev, err = l.Put(t.Context(), "heads/3", rev, []byte(big(n))); err != nil {
			t.Fatal(err)
		}
		if err := refused(func() error { _, err := l.Put(t.Context(), "heads/3", rev-1, []byte(big(5<<20))); return err }); !errors.Is(err, relay.ErrConflict) {
			t.Errorf("a large value over another: %v", err)
		}
		vs, err := l.Get(t.Context(), "heads/3")
		if err != nil || len(vs) != 1 || string(vs[0].Data) != big(n) || vs[0].Revision != rev {
			t.Fatalf("value of %d bytes: %d values, %v", n, len(vs), err)
		}
	}
}

// testValues checks conditional writes and listings.
func testValues(t *testing.T, l relay.Log) {
	ctx := t.Context()
	if vs, err := l.Get(ctx, "leases"); err != nil || len(vs) != 0 {
		t.Errorf("a key without a value: %v, %v", vs, err)
	}
	a, err := l.Put(ctx, "leases", 0, []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, rev := range []uint64{0, a + 1} {
		if _, err := l.Put(ctx, "leases", rev, []byte("x")); !errors.Is(err, relay.ErrConflict) {
			t.Errorf("put over revision %d: %v", rev, err)
		}
	}
	if _, err = l.Put(ctx, "leases", a, []byte("b")); err != nil {
		t.Fatal(err)
	}
	must.Get(l.Put(ctx, "leases", relay.Anything, nil))
	if vs, err := l.Get(ctx, "leases"); err != nil || len(vs) != 1 || len(vs[0].Data) != 0 || vs[0].Key != "leases" {
		t.Errorf("an empty value: %v, %v", vs, err)
	}
	if vs, err := l.Get(ctx, "marks/"); err != nil || len(vs) != 0 {
		t.Errorf("a prefix without values: %v, %v", vs, err)
	}
	for i := range 3 {
		must.Get(l.Put(ctx, "marks/"+source(i), relay.Anything, []byte{byte(i)}))
	}
	vs, err := l.Get(ctx, "marks/")
	if err != nil || len(vs) != 3 {
		t.Fatalf("%v, %v", vs, err)
	}
	for _, wrong := range []uint64{vs[0].Revision + 100, vs[0].Revision} { // the first removes nothing
		must.Do(t, l.Remove(ctx, "marks/"+source(0), wrong))
		left, err := l.Get(ctx, "marks/")
		want := 3
		if wrong == vs[0].Revision {
			want = 2
		}
		if err != nil || len(left) != want {
			t.Errorf("%d values after a removal, %v; want %d", len(left), err, want)
		}
	}
	if err := l.Remove(ctx, "marks/"+source(0), vs[0].Revision); err != nil {
		t.Errorf("remove what is gone: %v", err)
	}
	for i, v := range vs {
		if v.Key != "marks/"+source(i) || v.Data[0] != byte(i) || v.Revision == 0 {
			t.Errorf("value %d is %v", i, v)
		}
	}
}

func testBounds(t *testing.T, l relay.Log) {
	if first, last, err := l.Bounds(t.Context()); err != nil || last != 0 || first > 1 {
		t.Errorf("bounds of an empty log: %d, %d, %v", first, last, err)
	}
	a := mustAppend(t, l, source(1), 0, 1, 0, "a")
	b := mustAppend(t, l, source(1), 1, 2, a, "b")
	if first, last, err := l.Bounds(t.Context()); err != nil || last != b || first != a {
		t.Errorf("bounds: %d, %d, %v, want %d, %d", first, last, err, a, b)
	}
}

// testContext checks that waiting ends with the context.
func testContext(t *testing.T, l relay.Log) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for _, err := range l.Entries(ctx, -1, 0) {
			done <- err
			return
		}
		done <- nil
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Entries ended with %v", err)
	}
	if _, err := l.Append(ctx, &relay.Entry{Source: source(1), Last: 1}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Append ended with %v", err)
	}
}
