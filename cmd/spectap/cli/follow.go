package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// Follower follows a store that others write: through its owner, or in the file while there is
// none. The store need not exist yet.
type Follower struct {
	p     *Program
	Lease *control.Lease
	told  bool // that the store does not exist yet
	Seen  store.Stat
}

// FollowPoll is the time between looks at what nobody announces. Tests shorten it.
var FollowPoll = time.Second

// Follow returns a follower of the store of the command line. The caller closes it.
func (p *Program) Follow() *Follower {
	return &Follower{p: p, Lease: control.NewLease(p.Open)}
}

func (f *Follower) Close() { f.Lease.Close() }

// Start waits until the store exists. --session last stays the session that it is now.
func (f *Follower) Start(ctx context.Context) error {
	if _, err := f.Stat(ctx); err != nil || f.p.Global.Session != lastSession {
		return err
	}
	all, err := f.Lease.Sessions(ctx)
	if err != nil {
		return err
	}
	f.p.Global.Session = strconv.FormatUint(all[0].Number, 10)
	return nil
}

// Stat returns the state of the store. It waits while the store does not exist, or while a process
// that does not serve it holds the file.
func (f *Follower) Stat(ctx context.Context) (store.Stat, error) {
	for {
		st, err := f.Lease.Stat(ctx)
		switch {
		case ctx.Err() != nil:
			return st, ctx.Err()
		case errors.Is(err, store.ErrNotExist):
			if !f.told {
				f.told = true
				fmt.Fprintf(f.p.Stderr, "spectap: waiting for %s, which does not exist yet; to record to it: spectap proxy --db %s\n",
					f.p.DBPath(), QuoteArg(f.p.DBPath()))
			}
		case !errors.Is(err, store.ErrLocked):
			return st, err
		}
		if pause.For(ctx, FollowPoll) != nil {
			return st, ctx.Err()
		}
	}
}

// Changed reports whether the store has changed since the last call that said so; at first it has.
func (f *Follower) Changed(ctx context.Context) (bool, error) {
	st, err := f.Stat(ctx)
	if err != nil || st.Last == f.Seen.Last && st.Deletions == f.Seen.Deletions && st.Flows == f.Seen.Flows {
		return false, err
	}
	f.Seen = st
	return true, nil
}

// Wait returns when a record follows after, or after FollowPoll.
func (f *Follower) Wait(ctx context.Context, after flow.Seq) error {
	quiet, cancel := context.WithTimeout(ctx, FollowPoll)
	defer cancel()
	for _, err := range f.Lease.Watch(quiet, after) {
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

// Each calls f for the records after a number, as they come, until ctx ends, which is an error. It
// calls look before each, and every FollowPoll.
func (f *Follower) Each(ctx context.Context, after flow.Seq, look func(), do func(*flow.Flow) error) error {
	for ctx.Err() == nil {
		look()
		quiet, cancel := context.WithTimeout(ctx, FollowPoll)
		for fl, err := range f.Lease.Watch(quiet, after) {
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

// WatchInterval is the time between checks of a file that is read again when it changes, such as a
// document or a policy. Tests shorten it.
var WatchInterval = time.Second

// FileState detects changes of a file.
type FileState struct {
	size  int64
	Mtime time.Time
	mode  fs.FileMode
}

// FileStateOf returns the state of a file, the zero value if it cannot be read.
func FileStateOf(path string) FileState {
	info, err := os.Stat(path)
	if err != nil {
		return FileState{}
	}
	return FileState{info.Size(), info.ModTime(), info.Mode()}
}
