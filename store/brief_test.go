package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
)

// briefs is a store under test, with what its operations need.
type briefs struct {
	t    *rapid.T
	path string
	db   *DB
	r    *rand.Rand
	open []flow.Flow
}

var briefStart = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func (x *briefs) flow() flow.Flow {
	f := flow.Flow{
		ID: flow.ID{byte(x.r.Uint32()), byte(x.r.Uint32()), byte(x.r.Uint32()), byte(x.r.Uint32()), 1}, Source: "proxy", Done: true,
		Started: briefStart.Add(time.Duration(x.r.IntN(1e6)) * time.Second), Took: time.Duration(x.r.IntN(1e9)),
		Request: flow.Request{
			Method: []string{"GET", "POST"}[x.r.IntN(2)], Scheme: "https", Authority: fmt.Sprintf("h%d.example", x.r.IntN(3)),
			Path: fmt.Sprintf("/v1/%d", x.r.IntN(1000)), Header: flow.Header{{Name: "A", Value: "b"}},
		},
	}
	if x.r.IntN(10) > 0 {
		f.Response = &flow.Response{Status: 200 + x.r.IntN(400), Header: flow.Header{{Name: "C", Value: "d"}}}
	} else {
		f.Err = "no answer"
	}
	return f
}

func (x *briefs) flows(n int) []flow.Flow {
	fs := make([]flow.Flow, n)
	for i := range fs {
		if fs[i] = x.flow(); x.r.IntN(200) == 0 {
			fs[i].Done, fs[i].Response = false, nil
			x.open = append(x.open, fs[i])
		}
	}
	return fs
}

func (x *briefs) check(err error) {
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *briefs) append(t *rapid.T) {
	_, err := x.db.Append(context.Background(), x.flows(rapid.IntRange(1, 1500).Draw(t, "flows"))...)
	x.check(err)
}

func (x *briefs) finish(*rapid.T) {
	for i := range x.open {
		f := x.open[i]
		f.Done, f.Response = true, &flow.Response{Status: 204}
		_, err := x.db.Append(context.Background(), f)
		x.check(err)
	}
	x.open = nil
}

func (x *briefs) imports(t *rapid.T) {
	im, err := x.db.Import(context.Background(), "import:x.har")
	x.check(err)
	x.check(im.Append(context.Background(), x.flows(rapid.IntRange(1, 4000).Draw(t, "flows"))...))
	x.check(im.Commit(context.Background()))
	x.open = nil // of the import; joined within it only
}

func (x *briefs) delete(t *rapid.T) {
	q := x.query(t)
	if q.Limit == 0 {
		q.Limit = 300
	}
	_, err := x.db.Delete(context.Background(), q)
	x.check(err)
}

func (x *briefs) reopen(*rapid.T) {
	x.check(x.db.Close())
	var err error
	x.db, err = Open(x.path, Options{})
	x.check(err)
}

// forget removes indexes, as if an older version had written the blocks.
func (x *briefs) forget(t *rapid.T) {
	whole := rapid.Bool().Draw(t, "whole")
	x.check(x.db.submit(context.Background(), &job{do: func(w *writeTx) error {
		live := liveSegment(w.tx)
		if live.briefs == nil {
			return nil
		}
		if whole {
			return live.root.DeleteBucket(tabIndex)
		}
		k, _ := live.briefs.Cursor().First()
		if k == nil {
			return nil
		}
		return live.briefs.Delete(bytes.Clone(k))
	}}))
}

// older deletes a record as an older version does, which leaves the index as it was.
func (x *briefs) older(*rapid.T) {
	x.check(x.db.submit(context.Background(), &job{do: func(w *writeTx) error {
		s := w.segment(liveSegment(w.tx))
		for _, n := range s.firstNumbers(3) {
			if _, err := s.remove(n); err != nil {
				return err
			}
		}
		clear(s.stale)
		return nil
	}}))
}

func (x *briefs) query(t *rapid.T) Query {
	q := Query{Newest: rapid.Bool().Draw(t, "newest"), Limit: rapid.SampledFrom([]int{0, 0, 1, 700}).Draw(t, "limit")}
	if rapid.Bool().Draw(t, "numbers") {
		q.After = flow.Seq(rapid.IntRange(0, 6000).Draw(t, "after"))
		q.Until = q.After + flow.Seq(rapid.IntRange(0, 6000).Draw(t, "records"))
	}
	if rapid.Bool().Draw(t, "host") {
		q.Authority = rapid.SampledFrom([]string{"h0.example", "h1.example", "no.example"}).Draw(t, "authority")
	}
	if rapid.Bool().Draw(t, "times") {
		q.Since = briefStart.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "since")) * time.Second)
		q.Before = q.Since.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "seconds")) * time.Second)
	}
	if rapid.IntRange(0, 3).Draw(t, "ranges") == 0 {
		q.Only = Ranges{{First: 100, Last: 1100}, {First: 1200, Last: 4000}}
		q.Except = Ranges{{First: 1020, Last: 1030}, {First: 2000, Last: 2100}}
	}
	return q
}

// compare checks that a query by the index gives the same flows as one by the records.
func (x *briefs) compare(t *rapid.T) {
	q := x.query(t)
	var want []flow.Flow
	for f, err := range x.db.Scan(context.Background(), q) {
		x.check(err)
		want = append(want, f.Brief())
	}
	q.Brief = true
	i := 0
	for f, err := range x.db.Scan(context.Background(), q) {
		x.check(err)
		if i >= len(want) || !reflect.DeepEqual(f, want[i]) {
			t.Fatalf("%+v: flow %d is %+v", q, i, f)
		}
		i++
	}
	if i != len(want) {
		t.Fatalf("%+v: %d flows, want %d", q, i, len(want))
	}
}

// TestIndexLaw checks that queries by the index give the same results as queries by the records,
// after any operations, and that the store is undamaged.
func TestIndexLaw(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	const sequences = 7 // the default of rapid is a hundred
	made, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if made++; made > sequences && !failed {
			return
		}
		failed = true
		x := &briefs{t: rt, path: filepath.Join(t.TempDir(), "flows.db"), r: rand.New(rand.NewPCG(1, uint64(made)))}
		var err error
		x.db, err = Open(x.path, Options{Create: true})
		x.check(err)
		defer func() { x.db.Close() }()
		_, err = x.db.Append(context.Background(), x.flows(4500)...)
		x.check(err)
		if n := indexes(x.db); n == 0 {
			rt.Fatal("no block has an index")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": x.compare, "append": x.append, "finish": x.finish, "import": x.imports, "delete": x.delete, "reopen": x.reopen,
			"forget": x.forget, "older": x.older,
		})
		report, err := x.db.Verify(context.Background())
		x.check(err)
		if !report.OK() {
			rt.Fatalf("verify: %v", report.Problems)
		}
		failed = false
	})
}

// indexes returns the number of blocks that have an index.
func indexes(db *DB) (n int) {
	db.view(func(tx *bolt.Tx) error {
		return eachSegment(tx, false, func(s *segment) error {
			for r := newRun(s.blocks.Cursor(), 0, ^uint64(0)/blockSize, false); r.ok; r.next() {
				if b, ok := readBlockSummary(r.v); ok && s.hasIndex(r.n, &b) {
					n++
				}
			}
			return nil
		})
	})
	return n
}

// TestIndexRebuilt checks that a damaged index is reported and not used, and that Compact rebuilds
// it.
func TestIndexRebuilt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db := must(Open(path, Options{Create: true}))
	x := briefs{r: rand.New(rand.NewPCG(1, 1))}
	fs := x.flows(5 * blockSize)
	must(db.Append(t.Context(), fs...))
	const complete = 4 // the last block, with record 5*1024 alone, and the one before have none
	if n := indexes(db); n != complete {
		t.Fatalf("%d blocks have an index, want %d", n, complete)
	}
	change := func(fn func(*bolt.Bucket) error) {
		t.Helper()
		noError(t, db.submit(t.Context(), &job{do: func(w *writeTx) error { return fn(liveSegment(w.tx).briefs) }}))
	}
	change(func(b *bolt.Bucket) error {
		v := bytes.Clone(b.Get(indexKey(1, 0)))
		v[len(v)-1] ^= 1
		return b.Put(indexKey(1, 0), v)
	})
	n := 0
	for f, err := range db.Scan(t.Context(), Query{Brief: true}) {
		if err != nil || f.Request.Path == "" {
			t.Fatal(f, err)
		}
		n++
	}
	if n != len(fs) {
		t.Errorf("%d flows, want %d", n, len(fs))
	}
	report, err := db.Verify(t.Context())
	if err != nil || len(report.Problems) != 1 || report.Problems[0] != "live block 1: its index does not match" {
		t.Errorf("verify: %+v, %v", report, err)
	}
	noError(t, db.Close())
	if done, err := Compact(t.Context(), path, Options{}, nil); err != nil || !done.Repaired || len(done.LeftOut) > 0 {
		t.Errorf("compact: %+v, %v", done, err)
	}
	db = must(Open(path, Options{}))
	if n := indexes(db); n != complete {
		t.Errorf("after compact %d blocks have an index", n)
	}
	// With the index, no record is read.
	noError(t, db.submit(t.Context(), &job{do: func(w *writeTx) error { return liveSegment(w.tx).flows.Put(key64(blockSize), []byte("x")) }}))
	for _, tt := range []struct {
		q    Query
		want error
	}{{Query{Brief: true}, nil}, {Query{NoBodies: true}, ErrCorrupt}} {
		var got error
		tt.q.Until = 2*blockSize - 1
		for _, err := range db.Scan(t.Context(), tt.q) {
			got = err
		}
		if !errors.Is(got, tt.want) {
			t.Errorf("brief %t: %v", tt.q.Brief, got)
		}
	}
	noError(t, db.Close())
}

// TestHostileIndex checks that an index is not used, or read to its end, if it has rows of another
// block or more data than an index may have.
func TestHostileIndex(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(db *DB, s *segment) error
	}{
		{"index of another block", func(db *DB, s *segment) error {
			data, err := s.indexData(db.codec, 1, blockAt(s, 1))
			if err != nil {
				return err
			}
			chunks := db.codec.Compress(data)
			return s.briefs.Put(indexKey(0, 0), append(blockAt(s, 0).Stamp(), chunks[0].Bytes()...))
		}},
		{"1 GiB of zeros", func(db *DB, s *segment) error {
			zeros := db.codec.Compress(make([]byte, chunkSize))[0].Bytes()
			if err := s.briefs.Put(indexKey(0, 0), append(blockAt(s, 0).Stamp(), zeros...)); err != nil {
				return err
			}
			for i := 1; i < 1<<14; i++ {
				if err := s.briefs.Put(indexKey(0, i), zeros); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := must(Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true}))
			defer db.Close()
			x := briefs{r: rand.New(rand.NewPCG(1, 1))}
			want := x.flows(4 * blockSize)
			must(db.Append(t.Context(), want...))
			noError(t, db.submit(t.Context(), &job{do: func(w *writeTx) error { return tt.do(db, liveSegment(w.tx)) }}))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			i := 0
			for f, err := range db.Scan(t.Context(), Query{Brief: true}) {
				if err != nil || i == len(want) || f.Last != flow.Seq(i+1) || f.Request.Path != want[i].Request.Path {
					t.Fatalf("flow %d is %+v (%v)", i+1, f, err)
				}
				i++
			}
			if i != len(want) {
				t.Errorf("%d flows, want %d", i, len(want))
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
				t.Errorf("the query allocated %d MiB", n>>20)
			}
		})
	}
}

func blockAt(s *segment, number uint64) *blockSummary {
	b, _ := readBlockSummary(s.blocks.Get(key64(number)))
	return &b
}
