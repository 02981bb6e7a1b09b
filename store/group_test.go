package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/files"
)

// TestImportReadsOn checks that an import takes flows while the writer stores those before.
func TestImportReadsOn(t *testing.T) {
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	im, err := db.Import(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	busy, free := make(chan bool), make(chan bool)
	go db.submit(t.Context(), &job{do: func(*writeTx) error { close(busy); <-free; return nil }})
	<-busy
	group := slices.Repeat([]flow.Flow{{Request: flow.Request{Method: "GET", Authority: "a", Path: "/"}, Done: true}}, groupFlows)
	if err := im.Append(t.Context(), group...); err != nil {
		t.Fatal(err)
	}
	close(free)
	if err := im.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st, err := db.Stat(t.Context()); err != nil || st.Flows != groupFlows {
		t.Errorf("%d flows, %v", st.Flows, err)
	}
}

// TestImportBuffersOneGroup checks that an import passes its flows on as soon as they are a group, by
// number or by bytes.
func TestImportBuffersOneGroup(t *testing.T) {
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	small := flow.Flow{Request: flow.Request{Method: "GET", Authority: "a", Path: "/"}, Done: true}
	large := func(n int) flow.Flow {
		f, body := small, make([]byte, groupBytes/4)
		rand.NewChaCha8([32]byte{byte(n)}).Read(body) // so that it cannot be compressed
		f.Request.Body = flow.Body{Data: body, Size: int64(len(body))}
		return f
	}
	for name, tt := range map[string]struct {
		flow func(n int) flow.Flow
		want int // flows of a group
	}{
		"small flows": {func(int) flow.Flow { return small }, groupFlows},
		"large flows": {large, 4},
	} {
		t.Run(name, func(t *testing.T) {
			im, err := db.Import(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer im.Abort()
			for n := 1; n <= 2*tt.want; n++ {
				if err := im.Append(t.Context(), tt.flow(n)); err != nil {
					t.Fatal(err)
				}
				if got := len(im.(*staging).batch); got != n%tt.want {
					t.Fatalf("after %d flows, %d are buffered, want %d", n, got, n%tt.want)
				}
			}
		})
	}
}

// TestImportCopies checks that the caller of Append may use the memory of the bodies again although the
// import is not committed yet.
func TestImportCopies(t *testing.T) {
	db := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	defer db.Close()
	im, err := db.Import(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	reused := noise(100_000) // cannot be compressed
	for range 3 {
		rand.NewChaCha8([32]byte{byte(len(want))}).Read(reused)
		want = append(want, string(reused))
		body := flow.Body{Data: reused, Size: int64(len(reused))}
		f := flow.Flow{Done: true, Request: flow.Request{Authority: "a", Path: "/", Body: body}, Response: &flow.Response{Status: 200, Body: body}}
		if err := im.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	clear(reused)
	if err := im.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for f, err := range db.Scan(t.Context(), Query{}) {
		if err != nil || string(f.Request.Body.Data) != want[n] || string(f.Response.Body.Data) != want[n] {
			t.Fatalf("the bodies of flow %d are not those that were appended, %v", f.Last, err)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d flows", n)
	}
}

// TestGather checks which of the waiting jobs share a commit: small ones up to either limit, and
// never one with a transaction of its own.
func TestGather(t *testing.T) {
	small := func(flows, weight int) *job { return &job{flows: make([]*incoming, flows), weight: weight} }
	own := func() *job { return &job{do: func(*writeTx) error { return nil }} }
	many := func(n int, j func() *job) (list []*job) {
		for range n {
			list = append(list, j())
		}
		return list
	}
	for _, tt := range []struct {
		name    string
		waiting []*job
		closed  bool // no more jobs will come
		group   int  // jobs in the group
		rest    bool // the next job was taken from the queue, for the next group
	}{
		{name: "alone", waiting: []*job{small(1, 10)}, group: 1},
		{name: "several", waiting: many(5, func() *job { return small(1, 10) }), group: 5},
		{name: "as many flows as the limit", waiting: many(groupFlows+1, func() *job { return small(1, 10) }), group: groupFlows},
		{name: "jobs of several flows", waiting: many(5, func() *job { return small(groupFlows/2, 10) }), group: 2},
		{name: "as many bytes as the limit", waiting: many(5, func() *job { return small(1, groupBytes/4) }), group: 4},
		{name: "one byte more than the limit", waiting: []*job{small(1, groupBytes/2), small(1, groupBytes/2+1), small(1, 1)}, group: 1, rest: true},
		{name: "one job above the limit", waiting: []*job{small(1, groupBytes+1), small(1, 1)}, group: 1},
		{name: "own transaction first", waiting: []*job{own(), small(1, 10)}, group: 1},
		{name: "own transaction second", waiting: []*job{small(1, 10), own(), small(1, 10)}, group: 1, rest: true},
		{name: "closed", waiting: many(2, func() *job { return small(1, 10) }), closed: true, group: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := &DB{jobs: make(chan *job, len(tt.waiting))}
			for _, j := range tt.waiting[1:] {
				db.jobs <- j
			}
			if tt.closed {
				close(db.jobs)
			}
			group, rest := db.gather(tt.waiting[0])
			if len(group) != tt.group || (rest != nil) != tt.rest {
				t.Fatalf("%d jobs, rest %t; want %d, %t", len(group), rest != nil, tt.group, tt.rest)
			}
			for i, j := range group {
				if j != tt.waiting[i] {
					t.Errorf("job %d is out of order", i)
				}
			}
			if rest != nil && rest != tt.waiting[len(group)] {
				t.Error("the rest is not the job after the group")
			}
			taken := len(group)
			if tt.rest {
				taken++
			}
			if left := len(db.jobs); left != len(tt.waiting)-taken {
				t.Errorf("%d jobs wait for the next group, want %d", left, len(tt.waiting)-taken)
			}
		})
	}
}

// TestPauseAfterFull checks that a store refuses writes for a while after the disk was full, except
// for those that only delete, and that a deletion ends the pause.
func TestPauseAfterFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openWithClock(t)
		room := func(weight int) (err error) {
			db.view(func(tx *bolt.Tx) error {
				err = db.checkRoom(tx, weight)
				return nil
			})
			return err
		}
		adding, deleting := &job{weight: 1}, &job{}
		check := func(when string, refused bool) {
			t.Helper()
			if err := room(1); (err != nil) != refused {
				t.Errorf("%s: %v, want refused: %t", when, err, refused)
			}
			if err := room(0); err != nil {
				t.Errorf("%s: a deletion is refused: %v", when, err)
			}
		}
		check("before", false)
		db.after(adding, ErrStale)
		check("after another error", false)
		db.after(adding, ErrFull)
		check("after the disk was full", true)
		time.Sleep(fullPause / 2)
		db.after(adding, ErrFull) // does not prolong the pause
		check("in the pause", true)
		time.Sleep(fullPause/2 + 1)
		check("after the pause", false)
		db.after(adding, ErrFull)
		check("full again", true)
		db.after(adding, nil)
		check("after another write", true)
		db.after(deleting, nil)
		check("after a deletion", false)
	})
}

// TestRoom checks that a store with a limit takes what fits, that a byte more is refused, with the
// limit, and that a store without a limit takes everything.
func TestRoom(t *testing.T) {
	const limit = 8 << 20
	db, err := Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true, MaxSize: limit})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	<-db.indexed
	if err := db.view(func(tx *bolt.Tx) error {
		used := db.usedBytes(tx)
		free := int(limit-limit/8-int64(files.GrowStep(limit))-used) * 8 / 9 // an eighth more than the bytes is needed
		for (free+1)*9/8+int(used) <= limit-limit/8-files.GrowStep(limit) {
			free++
		}
		if err := db.checkRoom(tx, free); err != nil {
			t.Errorf("%d bytes: %v", free, err)
		}
		want := fmt.Sprintf("store is full: %d of %d bytes are used", used, limit)
		if err := db.checkRoom(tx, free+1); !errors.Is(err, ErrFull) || err.Error() != want {
			t.Errorf("%d bytes: %v, want %q", free+1, err, want)
		}
		if err := db.checkRoom(tx, 0); err != nil {
			t.Errorf("a deletion: %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	unlimited := openWithClock(t)
	if err := unlimited.view(func(tx *bolt.Tx) error { return unlimited.checkRoom(tx, 1<<40) }); err != nil {
		t.Error(err)
	}
}
