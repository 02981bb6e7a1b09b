package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// follower follows a store that others write: through its owner, or in the file while there is
// none. The store need not exist yet.
type follower struct {
	p     *program
	lease *control.Lease
	told  bool // that the store does not exist yet
	seen  store.Stat
}

// followPoll is the time between looks at what nobody announces. Tests shorten it.
var followPoll = time.Second

// follow returns a follower of the store of the command line. The caller closes it.
func (p *program) follow() *follower {
	return &follower{p: p, lease: control.NewLease(p.open)}
}

func (f *follower) close() { f.lease.Close() }

// start waits until the store exists. --session last stays the session that it is now.
func (f *follower) start(ctx context.Context) error {
	if _, err := f.stat(ctx); err != nil || f.p.global.session != lastSession {
		return err
	}
	all, err := f.lease.Sessions(ctx)
	if err != nil {
		return err
	}
	f.p.global.session = strconv.FormatUint(all[0].Number, 10)
	return nil
}

// stat returns the state of the store. It waits while the store does not exist, or while a process
// that does not serve it holds the file.
func (f *follower) stat(ctx context.Context) (store.Stat, error) {
	for {
		st, err := f.lease.Stat(ctx)
		switch {
		case ctx.Err() != nil:
			return st, ctx.Err()
		case errors.Is(err, store.ErrNotExist):
			if !f.told {
				f.told = true
				fmt.Fprintf(f.p.stderr, "spectap: waiting for %s, which does not exist yet; to record to it: spectap proxy --db %s\n",
					f.p.dbPath(), quoteArg(f.p.dbPath()))
			}
		case !errors.Is(err, store.ErrLocked):
			return st, err
		}
		if pause.For(ctx, followPoll) != nil {
			return st, ctx.Err()
		}
	}
}

// changed reports whether the store has changed since the last call that said so; at first it has.
func (f *follower) changed(ctx context.Context) (bool, error) {
	st, err := f.stat(ctx)
	if err != nil || st.Last == f.seen.Last && st.Deletions == f.seen.Deletions && st.Flows == f.seen.Flows {
		return false, err
	}
	f.seen = st
	return true, nil
}

// wait returns when a record follows after, or after followPoll.
func (f *follower) wait(ctx context.Context, after flow.Seq) error {
	quiet, cancel := context.WithTimeout(ctx, followPoll)
	defer cancel()
	for _, err := range f.lease.Watch(quiet, after) {
		if err != nil && quiet.Err() == nil && !errors.Is(err, store.ErrNotExist) {
			return err
		}
		if err != nil {
			<-quiet.Done()
		}
		break
	}
	return ctx.Err()
}

// each calls f for the records after a number, as they come, until ctx ends, which is an error. It
// calls look before each, and every followPoll.
func (f *follower) each(ctx context.Context, after flow.Seq, look func(), do func(*flow.Flow) error) error {
	for ctx.Err() == nil {
		look()
		quiet, cancel := context.WithTimeout(ctx, followPoll)
		for fl, err := range f.lease.Watch(quiet, after) {
			if err != nil {
				if quiet.Err() == nil {
					cancel()
					return err
				}
				break
			}
			look()
			if err := do(&fl); err != nil {
				cancel()
				return err
			}
			after = fl.Last
		}
		cancel()
	}
	return ctx.Err()
}
