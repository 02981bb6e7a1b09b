package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

func guestFlow(path string) flow.Flow {
	return flow.Flow{ID: flow.NewID(), Done: true, Started: time.Now(), Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path}}
}

// A guest is in nobody's way: recording begins and ends while it reads, and it misses nothing.
func TestGuest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Append(t.Context(), guestFlow("/1"), guestFlow("/2")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	g := newGuest(func(o store.Options) (control.Store, error) { return control.Open(t.Context(), path, o) })
	defer g.Close()
	count := func() (n int) {
		t.Helper()
		for _, err := range g.Scan(t.Context(), store.Query{Newest: true}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if n := count(); n != 2 {
		t.Fatalf("%d flows, want 2", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := make(chan string, 10)
	go func() {
		defer close(heard)
		for f, err := range g.Watch(ctx, 2) {
			if err != nil {
				return
			}
			heard <- f.Request.Path
		}
	}()
	for i, next := range []string{"/3", "/4"} {
		// The guest lets go of the file within the time that opening waits.
		db, err := store.Open(path, store.Options{Timeout: 10 * time.Second})
		if err != nil {
			t.Fatalf("the guest keeps the file: %v", err)
		}
		owner, err := control.Start(control.Config{Store: db, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Append(t.Context(), guestFlow(next)); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-heard:
			if got != next {
				t.Errorf("heard of %s, not %s", got, next)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s was not heard of", next)
		}
		if n := count(); n != 3+i {
			t.Errorf("%d flows through the owner, want %d", n, 3+i)
		}
		owner.Close()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 3+i {
			t.Errorf("%d flows after the owner's end, want %d", n, 3+i)
		}
	}
	cancel()
	for range heard {
	}
}
