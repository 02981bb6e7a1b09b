package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// open creates a store in a temporary folder. When the test ends, the file is verified.
func open(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	o.Create = true
	db := must(store.Open(filepath.Join(t.TempDir(), "flows.db"), o))
	t.Cleanup(func() {
		db.Close()
		if t, ok := t.(*testing.T); ok && !t.Failed() {
			checkSound(t, db.Path())
		}
	})
	return db
}

// checkSound verifies the store at path, including its pages.
func checkSound(t *testing.T, path string) {
	t.Helper()
	db, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	report, err := db.Verify(context.Background())
	if err != nil || !report.OK() || !report.Pages {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// sample returns a flow that is determined by i, except for its ID.
func sample(i int) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Source: "proxy", Started: time.Unix(1_700_000_000+int64(i), 5).UTC(),
		Took: time.Millisecond, Done: true,
		Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: fmt.Sprintf("h%d.example", i%3),
			Path:  fmt.Sprintf("/items/%d", i),
			Proto: "HTTP/1.1", Header: flow.Header{{Name: "Accept", Value: "*/*"}},
			Body: flow.Body{Data: []byte(fmt.Sprintf(`{"n":%d}`, i)), Size: 9},
		},
		Response: &flow.Response{Status: 200,
			Body: flow.Body{Data: bytes.Repeat([]byte(fmt.Sprint(i, ",")), 30000), Size: 1 << 20, Truncated: true}},
	}
}

// collect returns the flows of a query.
func collect(t testing.TB, r store.Reader, q store.Query) []flow.Flow {
	t.Helper()
	var out []flow.Flow
	for f, err := range r.Scan(t.Context(), q) {
		noError(t, err)
		out = append(out, f)
	}
	return out
}

// TestOpenErrors checks the errors for files that do not exist or are not stores.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	noError(t, os.WriteFile(text, bytes.Repeat([]byte("not a store "), 9000), 0o600))
	empty := filepath.Join(dir, "empty.db")
	noError(t, os.WriteFile(empty, nil, 0o600))
	for _, tt := range []struct {
		name, path string
		o          store.Options
		want       error
	}{
		{"missing", filepath.Join(dir, "none.db"), store.Options{}, store.ErrNotExist},
		{"missing, read-only", filepath.Join(dir, "none.db"), store.Options{ReadOnly: true}, store.ErrNotExist},
		{"folder", dir, store.Options{Create: true}, store.ErrNotStore},
		{"text", text, store.Options{Create: true}, store.ErrNotStore},
		{"text, read-only", text, store.Options{ReadOnly: true}, store.ErrNotStore},
		{"empty", empty, store.Options{Create: true}, store.ErrNotStore},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := store.Open(tt.path, tt.o)
			if !errors.Is(err, tt.want) || !bytes.Contains([]byte(err.Error()), []byte(tt.path)) {
				t.Errorf("got %v, want %v with the path", err, tt.want)
			}
		})
	}
}

// TestReopen checks that flows, counters and file modes are kept when a store is closed and opened
// again, and that a second writer is refused.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "flows.db")
	db := must(store.Open(path, store.Options{Create: true}))
	ctx := context.Background()
	for i := range 700 {
		must(db.Append(ctx, sample(i)))
	}
	if _, err := store.Open(path, store.Options{ReadOnly: true, Timeout: -1}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second open: %v, want ErrLocked", err)
	}
	noError(t, db.Close())
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700,
		filepath.Dir(filepath.Dir(path)): 0o700} {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	db = must(store.Open(path, store.Options{ReadOnly: true}))
	defer db.Close()
	all := collect(t, db, store.Query{})
	if len(all) != 700 || len(all[699].Response.Body.Data) < 60000 {
		t.Errorf("%d flows", len(all))
	}
	st, err := db.Stat(ctx)
	if err != nil || st.Flows != 700 || st.First != 1 || st.Last != 700 {
		t.Errorf("stat %+v, %v", st, err)
	}
	if _, err := db.Append(ctx, sample(1)); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("append: %v, want ErrReadOnly", err)
	}
}

// TestStaleModel checks that a model is not saved if flows that it covers were deleted by another
// process, also if the store was compacted in between.
func TestStaleModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	visit := func(o store.Options, f func(*store.DB) error) {
		t.Helper()
		db, err := store.Open(path, o)
		if err == nil {
			err = errors.Join(f(db), db.Close())
		}
		noError(t, err)
	}
	var basis store.Basis
	visit(store.Options{Create: true}, func(db *store.DB) error {
		_, err := db.Append(t.Context(), sample(0), sample(1))
		return err
	})
	visit(store.Options{ReadOnly: true}, func(db *store.DB) (err error) {
		_, basis, err = db.LoadModel(t.Context(), "m")
		basis.Covers = store.Ranges{{First: 1, Last: 2}}
		return err
	})
	visit(store.Options{}, func(db *store.DB) error { return db.SaveModel(t.Context(), "m", []byte("learned"), basis) })
	visit(store.Options{}, func(db *store.DB) error {
		_, err := db.Delete(t.Context(), store.Query{Until: 1})
		return err
	})
	for _, between := range []func() error{
		func() error { return nil },
		func() error { _, err := store.Compact(t.Context(), path, store.Options{}, nil); return err },
	} {
		noError(t, between())
		visit(store.Options{}, func(db *store.DB) error {
			if err := db.SaveModel(t.Context(), "m", []byte("learned"), basis); !errors.Is(err, store.ErrStale) {
				t.Errorf("saved a model of deleted flows: %v, want ErrStale", err)
			}
			if data, again, err := db.LoadModel(t.Context(), "m"); data != nil ||
				again.Deletions == basis.Deletions || err != nil {
				t.Errorf("loaded a model of %d bytes, %+v, %v", len(data), again, err)
			}
			return nil
		})
	}
}

// TestMemory runs the conformance tests of a store with the one in memory, which other tests use.
func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewMemory() })
}

// TestDB runs the conformance tests of a store.
func TestDB(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, store.Options{}) })
}

// TestCreateRace creates one store from several goroutines. Each must open it in turn and append
// its flow.
func TestCreateRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := store.Open(path, store.Options{Create: true, Timeout: time.Minute})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if _, err := db.Append(t.Context(), sample(1)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	checkSound(t, path)
	db := must(store.Open(path, store.Options{ReadOnly: true}))
	defer db.Close()
	if n := len(collect(t, db, store.Query{})); n != 8 {
		t.Errorf("%d flows, want 8", n)
	}
}

// TestReplaced replaces the file of a store while Open waits for its lock, as Compact does. Open
// must open the new file.
func TestReplaced(t *testing.T) {
	old, other := open(t, store.Options{}), open(t, store.Options{})
	must(other.Append(t.Context(), sample(1)))
	other.Close()
	if err := os.Link(other.Path(), old.Path()+".new"); err != nil {
		t.Skip(err)
	}
	synctest.Test(t, func(t *testing.T) {
		opened := make(chan error)
		go func() {
			db, err := store.Open(old.Path(), store.Options{Timeout: time.Minute})
			if err == nil {
				if st, serr := db.Stat(context.Background()); serr != nil || st.Flows != 1 {
					err = fmt.Errorf("the old file was opened: %+v, %w", st, serr)
				}
				db.Close()
			}
			opened <- err
		}()
		synctest.Wait() // until it has the old file and waits for the lock
		noError(t, os.Rename(old.Path()+".new", old.Path()))
		old.Close()
		if err := <-opened; err != nil {
			t.Error(err)
		}
	})
}
