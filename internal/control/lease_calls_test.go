package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// leaving is a store whose owner ends after some flows of each scan.
type leaving struct {
	*brokenStore
	flows int
}

func (l *leaving) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		n := 0
		for f, err := range l.Memory.Scan(ctx, q) {
			if n++; n > l.flows {
				yield(flow.Flow{}, ErrOwnerGone)
				return
			}
			if !yield(f, err) {
				return
			}
		}
		if n == l.flows {
			yield(flow.Flow{}, ErrOwnerGone)
		}
	}
}

// TestLeaseScanContinues checks that a scan whose owner ends continues behind the last flow, within
// its limit, and is tried once more only.
func TestLeaseScanContinues(t *testing.T) {
	m := storetest.NewMemory()
	for _, path := range []string{"1", "2", "3", "4", "5"} {
		if _, err := m.Append(t.Context(), sample("/"+path)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name  string
		query store.Query
		first int // flows of the first owner
		next  int // and of those after it
		stop  int // flows after which the reader stops, or 0
		want  string
		opens int
		err   error
	}{
		{"oldest first", store.Query{}, 2, 9, 0, "/1/2/3/4/5", 2, nil},
		{"newest first", store.Query{Newest: true}, 2, 9, 0, "/5/4/3/2/1", 2, nil},
		{"all but the first flow", store.Query{Newest: true}, 4, 9, 0, "/5/4/3/2/1", 2, nil},
		{"limit in the second", store.Query{Limit: 3}, 2, 9, 0, "/1/2/3", 2, nil},
		{"limit at the end of the first", store.Query{Limit: 2}, 2, 9, 0, "/1/2", 1, nil},
		{"behind the last flow", store.Query{}, 5, 9, 0, "/1/2/3/4/5", 2, nil},
		{"behind the last flow, newest first", store.Query{Newest: true}, 5, 9, 0, "/5/4/3/2/1", 1, nil},
		{"no flow of the first", store.Query{}, 0, 9, 0, "/1/2/3/4/5", 2, nil},
		{"both end", store.Query{}, 1, 1, 0, "/1/2", 2, ErrOwnerGone},
		{"both end before the first flow", store.Query{}, 0, 0, 0, "", 2, ErrOwnerGone},
		{"reader stops", store.Query{}, 9, 9, 2, "/1/2", 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opens := 0
			l := NewLease(func(o store.Options) (Store, error) {
				if !o.ReadOnly {
					t.Error("opened for writing")
				}
				if opens++; opens == 1 {
					return &leaving{&brokenStore{m, nil}, tt.first}, nil
				}
				return &leaving{&brokenStore{m, nil}, tt.next}, nil
			})
			defer l.Close()
			var got strings.Builder
			var last error
			n := 0
			for f, err := range l.Scan(t.Context(), tt.query) {
				if last = err; err != nil {
					continue
				}
				got.WriteString(f.Request.Path)
				if n++; n == tt.stop {
					break
				}
			}
			if got.String() != tt.want || opens != tt.opens || !errors.Is(last, tt.err) {
				t.Errorf("got %s, %v after %d owners, want %s, %v after %d", &got, last, opens, tt.want, tt.err, tt.opens)
			}
		})
	}
}

// TestLeaseCalls checks that every method of a lease reads the store, without and with an owner.
func TestLeaseCalls(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(folder(t), "flows.db")
	createStore(t, path, sample("/1"))
	l := NewLease(func(o store.Options) (Store, error) { return Open(ctx, path, o) })
	defer l.Close()
	check := func(t *testing.T) {
		if f, err := l.Get(ctx, 1); err != nil || f.Request.Path != "/1" {
			t.Errorf("get: %v, %v", f.Request.Path, err)
		}
		if s, err := l.Stat(ctx); err != nil || s.Flows != 1 {
			t.Errorf("stat: %d flows, %v", s.Flows, err)
		}
		var b strings.Builder
		if err := l.Snapshot(ctx, &b); err != nil || b.Len() == 0 {
			t.Errorf("snapshot: %d bytes, %v", b.Len(), err)
		}
		_, basis, err := l.LoadModel(ctx, "m")
		if err != nil {
			t.Errorf("load: %v", err)
		}
		if err := l.SaveModel(ctx, "m", []byte("data"), basis); err != nil {
			t.Errorf("save: %v", err)
		}
		if data, _, err := l.LoadModel(ctx, "m"); err != nil || string(data) != "data" {
			t.Errorf("load: %q, %v", data, err)
		}
		if key, err := l.Secret(ctx); err != nil || len(key) != 32 {
			t.Errorf("secret: %d bytes, %v", len(key), err)
		}
	}
	t.Run("file", check)
	_, owner := ownBesideLease(t, path)
	defer owner.Close()
	t.Run("owner", check)
}

// noSecret is a brokenStore that does not tell its secret either.
type noSecret struct{ *brokenStore }

func (n *noSecret) Secret(context.Context) ([]byte, error) { return nil, n.err }

// TestLeaseErrors checks that errors of opening and of the store reach the caller, each tried once
// unless the owner has ended.
func TestLeaseErrors(t *testing.T) {
	damaged := errors.New("damaged")
	for _, tt := range []struct {
		name   string
		open   error
		use    error
		opens  int
		writer bool
	}{
		{"open", damaged, nil, 1, true},
		{"use", nil, damaged, 1, true},
		{"owner is gone", nil, ErrOwnerGone, 2, false},
		{"no owner", nil, ErrNoOwner, 2, false},
		{"closed", nil, store.ErrClosed, 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opens := 0
			l := NewLease(func(store.Options) (Store, error) {
				opens++
				return &noSecret{&brokenStore{storetest.NewMemory(), tt.use}}, tt.open
			})
			want := errors.Join(tt.open, tt.use)
			for name, call := range map[string]func() error{
				"get":      func() error { _, err := l.Get(t.Context(), 1); return err },
				"stat":     func() error { _, err := l.Stat(t.Context()); return err },
				"snapshot": func() error { return l.Snapshot(t.Context(), io.Discard) },
				"load":     func() error { _, _, err := l.LoadModel(t.Context(), "m"); return err },
				"sessions": func() error { _, err := l.Sessions(t.Context()); return err },
				"secret":   func() error { _, err := l.Secret(t.Context()); return err },
			} {
				l.Close()
				opens = 0
				if err := call(); !strings.Contains(fmt.Sprint(err), want.Error()) || opens != tt.opens {
					t.Errorf("%s: %v after %d tries, want %v after %d", name, err, opens, want, tt.opens)
				}
			}
			if !tt.writer {
				return
			}
			if err := l.SaveModel(t.Context(), "m", nil, store.Basis{}); !strings.Contains(err.Error(), want.Error()) {
				t.Errorf("save: %v, want %v", err, want)
			}
			var last error
			for _, err := range l.Watch(t.Context(), 0) {
				last = err
			}
			if !strings.Contains(fmt.Sprint(last), want.Error()) {
				t.Errorf("watch: %v, want %v", last, want)
			}
		})
	}
}

// cut is a store whose owner ends in the middle of a copy.
type cut struct{ *brokenStore }

func (c cut) Snapshot(_ context.Context, w io.Writer) error {
	io.WriteString(w, "half")
	return ErrOwnerGone
}

// TestLeaseSnapshotIsNotJoined checks that the rest of a copy is never the beginning of another one.
func TestLeaseSnapshotIsNotJoined(t *testing.T) {
	opens := 0
	l := NewLease(func(store.Options) (Store, error) {
		if opens++; opens == 1 {
			return cut{&brokenStore{Memory: storetest.NewMemory()}}, nil
		}
		return &brokenStore{Memory: storetest.NewMemory()}, nil
	})
	defer l.Close()
	var b strings.Builder
	if err := l.Snapshot(t.Context(), &b); !errors.Is(err, ErrOwnerGone) || b.Len() != len("half") {
		t.Errorf("the copy has %d bytes, %v", b.Len(), err)
	}
}

// TestLeaseOutlivesSuspensions checks that a scan goes on after each flow, though the store is
// closed after each of them.
func TestLeaseOutlivesSuspensions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	var fs []flow.Flow
	for i := range 5 {
		f := sample(fmt.Sprint("/", i))
		f.Request.Body.Data = make([]byte, 1<<20) // more than is read at once
		fs = append(fs, f)
	}
	createStore(t, path, fs...)
	l := NewLease(func(o store.Options) (Store, error) { return Open(t.Context(), path, o) })
	defer l.Close()
	n := 0
	for _, err := range l.Scan(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatalf("after %d flows: %v", n, err)
		}
		n++
		if err := l.SaveModel(t.Context(), "m", []byte{byte(n)}, store.Basis{Revision: uint64(n - 1)}); err != nil {
			t.Fatal(err)
		}
	}
	if n != len(fs) {
		t.Errorf("%d flows, want %d", n, len(fs))
	}
}
