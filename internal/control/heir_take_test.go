package control

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// newGone returns a store whose owner has ended.
func newGone() Store { return goneStore{&brokenStore{Memory: storetest.NewMemory()}} }

// TestHeirAdopts checks that an heir hands over the file that it has opened itself, and no other store:
// nobody else can serve the file from then on.
func TestHeirAdopts(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	createStore(t, path)
	file := func() (Store, error) { return Open(t.Context(), path, store.Options{}) }
	var adopted []*store.DB
	adopt := func(db *store.DB) { adopted = append(adopted, db) }
	for _, tt := range []struct {
		name  string
		open  func() (Store, error)
		adopt func(*store.DB)
		want  int
	}{
		{"the file", file, adopt, 1},
		{"the file, which nobody serves", file, nil, 0},
		{"the next owner", func() (Store, error) { return newSoundStore(t), nil }, adopt, 0},
	} {
		adopted = nil
		h, err := NewHeir(t.Context(), newGone(), tt.open, tt.adopt)
		if err != nil {
			t.Fatal(err)
		}
		f := sample("/1")
		f.ID = flow.NewID()
		if _, err := h.Append(t.Context(), f); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if len(adopted) != tt.want || tt.want == 1 && Store(adopted[0]) != h.now() {
			t.Errorf("%s: adopted %d stores", tt.name, len(adopted))
		}
		if err := h.Close(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestHeirTriesAgain checks that an heir looks for the next store until there is one, and ends at once
// if the file cannot be opened.
func TestHeirTriesAgain(t *testing.T) {
	for first, want := range map[error]struct {
		opens int
		err   error
	}{
		store.ErrLocked:  {3, nil},
		store.ErrClosed:  {3, nil},
		ErrNoOwner:       {3, nil},
		ErrOwnerGone:     {3, nil},
		store.ErrDamaged: {1, store.ErrDamaged},
		ErrForeign:       {1, ErrForeign},
	} {
		t.Run(first.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opens := 0
				h, err := NewHeir(t.Context(), newGone(), func() (Store, error) {
					if opens++; opens < 3 {
						return nil, first
					}
					return newSoundStore(t), nil
				}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := h.Append(t.Context(), sample("/2")); !errors.Is(err, want.err) || opens != want.opens {
					t.Errorf("%v after %d attempts, want %v after %d", err, opens, want.err, want.opens)
				}
			})
		})
	}
}

// TestHeirInheritsOnce checks which calls that lost their store open another one: not if a call before
// has replaced it, if the heir had the file itself, or if the heir was closed.
func TestHeirInheritsOnce(t *testing.T) {
	own, err := store.Open(filepath.Join(folder(t), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	gone := newGone()
	for _, tt := range []struct {
		name      string
		old, now  Store
		closed    bool
		wantOpens int
		want      error
	}{
		{"the owner has ended", gone, gone, false, 1, nil},
		{"it was replaced", gone, newGone(), false, 0, nil},
		{"it was replaced and closed", gone, newGone(), true, 0, nil},
		{"the file was its own", own, own, false, 0, store.ErrClosed},
		{"the heir was closed", gone, gone, true, 0, store.ErrClosed},
	} {
		opens := 0
		h := &Heir{store: tt.now, closed: tt.closed, open: func() (Store, error) { opens++; return newGone(), nil }}
		err := h.inherit(t.Context(), tt.old)
		if opens != tt.wantOpens || err != tt.want || opens == 0 && h.now() != tt.now {
			t.Errorf("%s: opened %d stores, %v", tt.name, opens, err)
		}
	}
}

// TestHeirClosedMeanwhile checks that a store which an heir opens while it is closed is closed again.
func TestHeirClosedMeanwhile(t *testing.T) {
	next := &counted{&brokenStore{Memory: storetest.NewMemory()}, 0}
	var h *Heir
	h, err := NewHeir(t.Context(), newGone(), func() (Store, error) { return next, h.Close() }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Append(t.Context(), sample("/1")); !errors.Is(err, store.ErrClosed) || next.closed != 1 {
		t.Errorf("%v, and the store was closed %d times", err, next.closed)
	}
}

// endsAfter is a store whose owner ends after some appends.
type endsAfter struct {
	*brokenStore
	left int
}

func (e *endsAfter) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	if e.left--; e.left < 0 {
		return 0, ErrOwnerGone
	}
	return e.Memory.Append(ctx, fs...)
}

// TestHeirStoresTheNextState checks that an earlier state of a flow, which the owner has stored and
// confirmed, does not count as the state whose answer was lost.
func TestHeirStoresTheNextState(t *testing.T) {
	m := storetest.NewMemory()
	first := &endsAfter{&brokenStore{Memory: m}, 1}
	h, err := NewHeir(t.Context(), first, func() (Store, error) { return soundStore{m}, nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := sample("/begun")
	f.ID, f.Done = flow.NewID(), false
	for _, path := range []string{"/begun", "/redirected"} {
		f.Request.Path = path
		last, err := h.Append(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Get(t.Context(), last); err != nil || got.Request.Path != path {
			t.Errorf("%s: record %d has %s, %v", path, last, got.Request.Path, err)
		}
	}
}

// TestHeirReadsNothing checks that an append whose owner answers does not look for its flows, which may
// be many.
func TestHeirReadsNothing(t *testing.T) {
	st := unreadable{newSoundStore(t)}
	h, err := NewHeir(t.Context(), st, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last, err := h.Append(t.Context(), sample("/2")); err != nil || last != 2 {
		t.Errorf("appended up to %d, %v", last, err)
	}
}
