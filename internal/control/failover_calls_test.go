package control

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// soundStore is a store in memory that can be verified.
type soundStore struct{ *storetest.Memory }

func (s soundStore) Reader() store.Reader { return s }

func (soundStore) Verify(context.Context) (*store.Report, error) { return &store.Report{}, nil }

// newSoundStore returns a store with one flow and one session.
func newSoundStore(t *testing.T) soundStore {
	t.Helper()
	m := storetest.NewMemory()
	must(m.Append(t.Context(), sample("/1")))
	must(m.BeginSession(t.Context(), store.Session{Command: []string{"npm"}, Started: time.Unix(1, 0)}))
	return soundStore{m}
}

// TestFailoverConformance runs the conformance tests of a store with a Failover.
func TestFailoverConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return must(NewFailover(t.Context(), soundStore{storetest.NewMemory()}, nil, nil))
	})
}

// TestFailoverCalls checks that every method goes on with the next store when the owner has ended, but
// those that end with the owner, and that other errors are returned as they are.
func TestFailoverCalls(t *testing.T) {
	ends := map[string]bool{"Scan": true, "Watch": true, "Snapshot": true, "Verify": true}
	for name, call := range methods() {
		t.Run(name, func(t *testing.T) {
			opened := 0
			open := func() (Store, error) { opened++; return newSoundStore(t), nil }
			h := &Failover{turn: make(chan struct{}, 1), store: &brokenStore{storetest.NewMemory(), ErrOwnerGone}, open: open}
			err := call(t.Context(), h)
			switch {
			case ends[name]:
				if !errors.Is(err, ErrOwnerGone) || opened != 0 {
					t.Errorf("got %v, and opened %d stores", err, opened)
				}
			case err != nil || opened != 1:
				t.Errorf("got %v, and opened %d stores", err, opened)
			}
			h = &Failover{turn: make(chan struct{}, 1), store: &brokenStore{storetest.NewMemory(), store.ErrFull}, open: open}
			opened = 0
			if err := call(t.Context(), h); !errors.Is(err, store.ErrFull) || opened != 0 {
				t.Errorf("a full disk: %v, and opened %d stores", err, opened)
			}
		})
	}
}
