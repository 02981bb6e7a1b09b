package control

import (
	"context"
	"path/filepath"
	"testing"

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
