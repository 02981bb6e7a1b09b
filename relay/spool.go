package relay

import (
	"context"
	"fmt"
	"iter"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Spool is a store whose flows are sent.
type Spool interface {
	Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error]
	Stat(ctx context.Context) (store.Stat, error)
	Sessions(ctx context.Context) ([]store.Session, error)
	// Release allows the spool to drop the records up to a number.
	Release(ctx context.Context, upTo uint64) error
	// Released returns the largest number that was ever passed to Release. It survives the process.
	Released(ctx context.Context) (uint64, error)
}

// SpoolStore is what a spool needs of a store. store.DB is one.
type SpoolStore interface {
	Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error]
	Stat(ctx context.Context) (store.Stat, error)
	Sessions(ctx context.Context) ([]store.Session, error)
	SetSent(ctx context.Context, last flow.Seq) error
	Retain(ctx context.Context, r store.Retention) (store.Retained, error)
}

// NewSpool returns a spool that drops released flows from a store, or keeps them if keep is set.
// Then no other code may drop any.
func NewSpool(st SpoolStore, keep bool) Spool { return &storeSpool{st, keep} }

type storeSpool struct {
	SpoolStore
	keep bool
}

// Release implements [Spool]. The number is recorded before anything is dropped, so that a missing
// record is known to be released.
func (s *storeSpool) Release(ctx context.Context, upTo uint64) error {
	if s.keep {
		return nil
	}
	if err := s.SetSent(ctx, flow.Seq(upTo)); err != nil {
		return fmt.Errorf("note what is released: %w", err)
	}
	if _, err := s.Retain(ctx, store.Retention{Sent: true}); err != nil {
		return fmt.Errorf("drop released flows: %w", err)
	}
	return nil
}

// Released implements [Spool].
func (s *storeSpool) Released(ctx context.Context) (uint64, error) {
	st, err := s.Stat(ctx)
	if s.keep {
		return 0, err
	}
	return uint64(st.Sent), err
}
