package relay

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Spool is a store whose flows are sent.
type Spool interface {
	Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error]
	Stat(ctx context.Context) (store.Stat, error)
	Sessions(ctx context.Context) ([]store.Session, error)
	// Release lets the spool drop the records up to a number.
	Release(ctx context.Context, upTo uint64) error
	// Released returns the largest number that was ever passed to Release. It survives the process.
	Released(ctx context.Context) (uint64, error)
}

// SpoolStore is what a spool needs of a store.
type SpoolStore interface {
	Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error]
	Stat(ctx context.Context) (store.Stat, error)
	Sessions(ctx context.Context) ([]store.Session, error)
	store.Pruner
	store.Models
}

// releasedName is the key of the released number among the models of a spool.
const releasedName = "relay/released"

// NewSpool returns a spool that drops released flows from a store, or keeps them if keep is set.
func NewSpool(st SpoolStore, keep bool) Spool { return &storeSpool{SpoolStore: st, keep: keep} }

type storeSpool struct {
	SpoolStore
	keep bool
	mu   sync.Mutex // held by Release
}

// Release implements [Spool]. It notes the number before it deletes, so that what is missing is
// known to be released.
func (s *storeSpool) Release(ctx context.Context, upTo uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch old, err := s.Released(ctx); {
	case err != nil:
		return err
	case upTo <= old || s.keep:
		return nil
	}
	if err := s.SaveModel(ctx, releasedName, strconv.AppendUint(nil, upTo, 10), store.Basis{}); err != nil {
		return fmt.Errorf("note what is released: %w", err)
	}
	if _, err := s.Delete(ctx, store.Query{Until: flow.Seq(upTo)}); err != nil {
		return fmt.Errorf("drop released flows: %w", err)
	}
	return nil
}

// Released implements [Spool].
func (s *storeSpool) Released(ctx context.Context) (uint64, error) {
	data, _, err := s.LoadModel(ctx, releasedName)
	if err != nil || len(data) == 0 {
		return 0, err
	}
	n, err := strconv.ParseUint(string(data), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read what is released: %w", err)
	}
	return n, nil
}
