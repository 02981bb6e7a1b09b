package control

import (
	"context"
	"errors"

	"github.com/spectap/spectap/store"
)

// Store is a store in a file or at its owner: a [store.DB] or a [Client].
type Store interface {
	store.Store
	// Reader returns a view whose type has only methods that read.
	Reader() store.Reader
	// Verify reads everything and reports errors of the store.
	Verify(ctx context.Context) (*store.Report, error)
}

// Open opens the store at path: through its owner if there is one, and otherwise the file. With an
// owner, only o.ReadOnly applies: methods that write return [store.ErrReadOnly]. Errors are those
// of [store.Open] and [Dial]. The caller closes the store.
func Open(ctx context.Context, path string, o store.Options) (Store, error) {
	c, err := Dial(ctx, path)
	if err == nil {
		c.readOnly = o.ReadOnly
		return c, nil
	}
	if !errors.Is(err, ErrNoOwner) {
		return nil, err
	}
	db, err := store.Open(path, o)
	if err == nil {
		return db, nil
	}
	if errors.Is(err, store.ErrLocked) {
		// An owner may have started meanwhile.
		if c, derr := Dial(ctx, path); derr == nil {
			c.readOnly = o.ReadOnly
			return c, nil
		}
	}
	return nil, err
}
