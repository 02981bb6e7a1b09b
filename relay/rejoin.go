package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrExpired means that the log has lost deletions that a follower has not read, or may have: its
// store was closed for longer than the log keeps entries. The store may have flows that were
// deleted, so it must be replaced by a new one.
var ErrExpired = errors.New("the log no longer has all that came since this copy was used last")

// rejoin continues with a store that was closed while entries expired that it has not read. If no
// deletion was among them, it continues with the rest of the log, and with the models of the
// workers, which have the facts of the expired entries.
func (f *Follower) rejoin(ctx context.Context) error {
	first, last, err := f.cfg.Log.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the end of the log: %w", err)
	}
	if f.position == 0 || first <= max(f.position+1, f.expired) {
		return nil
	}
	switch missed, err := f.missedDeletions(ctx, first, last); {
	case err != nil:
		return err
	case missed:
		return ErrExpired
	}
	f.expired, f.met, f.started = first, map[string]bool{}, false
	return nil
}

// missedDeletions reports whether deletions may have expired that were not read. Each says which
// one was before it, unless that had expired by then.
func (f *Follower) missedDeletions(ctx context.Context, first, last Position) (bool, error) {
	known, _ := f.deleted.newest()
	if first <= last {
		for e, err := range f.cfg.Log.Entries(ctx, OnlyDeletions, first-1) {
			if err != nil {
				return false, fmt.Errorf("read deletions: %w", err)
			}
			if e.Source == Deletions && e.Last > known {
				return e.After == 0 || e.After != known, nil
			}
			if e.Position >= last {
				break
			}
		}
	}
	heads, err := Heads(ctx, f.cfg.Log)
	if err != nil && !isUnreadable(err) {
		return false, err
	}
	if slices.ContainsFunc(heads, func(h *Head) bool { return h.deleted > known }) {
		return true, nil
	}
	return len(heads) == 0, ctx.Err()
}
