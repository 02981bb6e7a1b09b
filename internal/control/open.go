package control

import (
	"context"
	"errors"

	"github.com/spectap/spectap/store"
)

// Store is what both ways to a store have.
type Store interface {
	store.Store
	// Reader returns a view that can only read.
	Reader() store.Reader
	// Verify reads everything and says what is wrong.
	Verify(ctx context.Context) (*store.Report, error)
}

// Open opens the store at path: through its owner if there is one, else the file itself, as o says. Through an owner
// o counts for nothing but ReadOnly, which is kept: then only what reads works. The errors are those of
// store.Open.
func Open(ctx context.Context, path string, o store.Options) (Store, error) {
	c, err := Dial(ctx, path)
	if err == nil {
		return wrapClient(c, o), nil
	}
	if !errors.Is(err, ErrNoOwner) {
		return nil, err
	}
	db, err := store.Open(path, o)
	if err == nil {
		return db, nil
	}
	if errors.Is(err, store.ErrLocked) {
		// An owner may have come meanwhile.
		if c, derr := Dial(ctx, path); derr == nil {
			return wrapClient(c, o), nil
		}
	}
	return nil, err
}

func wrapClient(c *Client, o store.Options) Store {
	if o.ReadOnly {
		return readOnly{c}
	}
	return c
}
