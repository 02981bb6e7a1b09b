package control

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// lostAnswer is a store whose owner ends after it has saved a model, before it answers.
type lostAnswer struct{ *brokenStore }

func (lostAnswer) SaveModel(context.Context, string, []byte, store.Basis) error { return ErrOwnerGone }

// savedBy is the store of the next owner, with the model that was saved.
type savedBy struct {
	*brokenStore
	data []byte
	now  store.Basis
}

func (savedBy) SaveModel(context.Context, string, []byte, store.Basis) error {
	return store.ErrOutdated
}

func (s savedBy) LoadModel(context.Context, string) ([]byte, store.Basis, error) {
	return bytes.Clone(s.data), s.now, nil
}

// TestHeirSavesOnce checks that a model whose saving was not answered counts as saved if the next
// owner's store has it, and only then.
func TestHeirSavesOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		data     string
		revision uint64
		want     error
	}{
		"saved":                 {"learned", 8, nil},
		"another process's":     {"other", 8, store.ErrOutdated},
		"saved again meanwhile": {"learned", 9, store.ErrOutdated},
	} {
		next := savedBy{&brokenStore{Memory: storetest.NewMemory()}, []byte(tt.data), store.Basis{Revision: tt.revision}}
		first := lostAnswer{&brokenStore{Memory: storetest.NewMemory()}}
		h, err := NewHeir(t.Context(), first, func() (Store, error) { return next, nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.SaveModel(t.Context(), "m", []byte("learned"), store.Basis{Revision: 7}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		// Not lost: another process was first.
		if err := h.SaveModel(t.Context(), "m", []byte("learned"), store.Basis{Revision: 7}); !errors.Is(err, store.ErrOutdated) {
			t.Errorf("%s, with an answer: %v", name, err)
		}
	}
}
