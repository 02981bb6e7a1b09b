package relay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/refusallog"
	"github.com/spectap/spectap/store"
)

// Store is what a follower needs of a store.
type Store interface {
	store.Receiver
	store.Models
	store.Pruner
	Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error]
	// ImportFrom begins an import that records a mark when it is committed; see store.DB.
	ImportFrom(ctx context.Context, mark store.Mark) (store.Import, error)
}

// positionName is the key of a follower's position among the models of its store. The position is
// a hint, which saves reading the log from its beginning: the marks decide what is applied.
const positionName = "relay/position"

// FollowerConfig configures a follower. Store and Log are required.
type FollowerConfig struct {
	Store Store
	Log   Log
	// Ask is the time between the first two requests for flows that are missing; 0 means five
	// seconds.
	Ask time.Duration
	// Start, unless nil, gives a follower of an empty store the models of the workers.
	Start *Start
	// Logger gets what goes wrong; nil discards it.
	Logger *slog.Logger
}

// Follower applies a log to a store. It only reads the log, except that it may ask sources for
// flows that the log has lost. Methods must not be called at the same time, except for Status.
type Follower struct {
	cfg   FollowerConfig
	codec *Codec
	bad   *refusallog.Log // of what sources send

	mu     sync.Mutex
	status FollowerStatus // guarded by mu

	have     *archive
	deleted  *tombstones
	position Position
	staged   stagings // before position
	saved    Position
	basis    store.Basis // of the saved position
	late     bool        // the log no longer has its first entries
	started  bool        // [Start] has nothing more to do
	// met, unless nil, are the sources that were seen since entries expired that were not read.
	met     map[string]bool
	expired Position  // the first entry that the log had then
	live    bool      // Run follows the end of the log
	looked  time.Time // last check whether the missing numbers can still come
	rescans rescans
	asker   *asker
}

// FollowerStatus is what a follower has done.
type FollowerStatus struct {
	Bytes int64 // of the entries read since the start
	// Gaps are the sources of which numbers are missing in the log, and the number after which they
	// are.
	Gaps map[string]uint64
	// Partial are sources of which flows are missing for good, and the number up to which they are:
	// the log no longer had their first blocks, or lost blocks that nobody has any more.
	Partial map[string]uint64
	// Newer are sources of which a newer version of this program sent entries.
	Newer map[string]bool
}

// NewFollower returns a follower that continues where the store ends.
func NewFollower(ctx context.Context, cfg FollowerConfig) (_ *Follower, err error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Ask = cmp.Or(cfg.Ask, 5*time.Second)
	f := &Follower{cfg: cfg, codec: NewCodec(), bad: refusallog.New(cfg.Logger), asker: newAsker(cfg.Log, cfg.Ask)}
	f.status = FollowerStatus{Gaps: map[string]uint64{}, Partial: map[string]uint64{}, Newer: map[string]bool{}}
	if f.have, err = newArchive(ctx, cfg.Store); err != nil {
		return nil, err
	}
	if f.deleted, err = loadTombstones(ctx, cfg.Store); err != nil {
		return nil, err
	}
	return f, f.load(ctx)
}

// place is the saved position of a follower.
type place struct {
	Position Position           `json:"position"`
	Staged   stagings           `json:"staged,omitempty"`
	Gaps     map[string]openGap `json:"gaps,omitempty"` // missing numbers before it, by source
}

// load reads the position, and the gaps before it. An unreadable position is 0: the marks decide
// what is applied.
func (f *Follower) load(ctx context.Context) error {
	data, basis, err := f.cfg.Store.LoadModel(ctx, positionName)
	if err != nil {
		return fmt.Errorf("read the position in the log: %w", err)
	}
	f.basis = basis
	var at place
	if json.Unmarshal(data, &at) == nil {
		f.position, f.saved, f.staged = at.Position, at.Position, at.Staged
	}
	if f.staged == nil {
		f.staged = stagings{}
	}
	for source, g := range at.Gaps {
		if f.have.marks[source] == g.After {
			f.asker.missing(source, g.After, g.Next)
			f.status.Gaps[source] = g.After
		}
	}
	return nil
}

// Status returns what was done so far.
func (f *Follower) Status() FollowerStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.status
	s.Gaps, s.Partial, s.Newer = maps.Clone(s.Gaps), maps.Clone(s.Partial), maps.Clone(s.Newer)
	return s
}

// Marks returns the largest number applied of each source.
func (f *Follower) Marks() map[string]uint64 { return maps.Clone(f.have.marks) }

// maxGiveUps bounds how often one CatchUp gives up lost flows, and reads the log again for later
// ones. The rest is given up the next time.
const maxGiveUps = 5

// CatchUp applies the present entries of the log. Errors of the connection end it; it can be called
// again, except after [ErrExpired].
func (f *Follower) CatchUp(ctx context.Context) error {
	if err := f.rejoin(ctx); err != nil {
		return err
	}
	if err := f.start(ctx); err != nil {
		return errors.Join(err, f.save(ctx))
	}
	first, last, err := f.cfg.Log.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the end of the log: %w", err)
	}
	f.late = first > 1
	if f.position > last { // the log lost its end, and will give these positions to others
		f.position, f.staged = 0, stagings{}
	}
	for again, n := true, 0; again && n < maxGiveUps; n++ {
		err := f.advance(ctx, last)
		if err == nil {
			again, err = f.giveUp(ctx)
		}
		if err != nil {
			return errors.Join(err, f.save(ctx))
		}
	}
	return errors.Join(f.asker.ask(ctx, time.Now()), f.save(ctx))
}

// advance applies the entries up to a position, which the log has or had.
func (f *Follower) advance(ctx context.Context, until Position) error {
	for f.position < until {
		if err := f.follow(ctx, until); err != nil && !errors.Is(err, errRescan) {
			return err
		}
	}
	return nil
}

// Run applies the log until ctx is done. It returns an error if it can never work: [ErrVersion],
// [ErrDenied], [ErrExpired], or an error of the store. Others are logged and tried again.
func (f *Follower) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go f.keepAsking(ctx)
	delay := firstPause
	for {
		before := f.position
		err := f.CatchUp(ctx)
		if err == nil {
			f.live = true
			err = f.follow(ctx, 0)
			f.live = false
		}
		if errors.Is(err, errLook) {
			continue
		}
		if ctx.Err() != nil {
			return f.save(context.WithoutCancel(ctx))
		}
		if IsFinal(err) {
			return err
		}
		f.cfg.Logger.Debug("follow the log; tried again", "err", err)
		if f.position > before {
			delay = firstPause
		}
		if pause.For(ctx, delay) != nil {
			return nil
		}
		delay = min(2*delay, longestPause)
	}
}

// keepAsking asks for missing flows until ctx is done.
func (f *Follower) keepAsking(ctx context.Context) {
	for pause.For(ctx, f.cfg.Ask/2) == nil {
		if err := f.asker.ask(ctx, time.Now()); err != nil {
			f.cfg.Logger.Debug("ask for missing flows", "err", err)
		}
	}
}

// IsFinal reports whether trying again cannot help after an error of a follower.
func IsFinal(err error) bool {
	return errors.Is(err, ErrVersion) || errors.Is(err, ErrDenied) || errors.Is(err, ErrExpired) || errors.As(err, new(*storeError))
}

// saveEvery is the number of positions after which the position is saved.
const saveEvery = 256

// follow applies entries as they come, until an error, or up to a position unless it is 0.
func (f *Follower) follow(ctx context.Context, until Position) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for e, err := range f.cfg.Log.Entries(ctx, -1, f.position) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if err := f.take(ctx, &e); err != nil {
			return err
		}
		if until != 0 && e.Position >= until { // the entry there may be lost
			return nil
		}
		if f.position >= f.saved+saveEvery {
			if err := f.save(ctx); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// storeError is an error of the follower's own store.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// save saves the position.
func (f *Follower) save(ctx context.Context) error {
	if f.position == f.saved {
		return nil
	}
	data, err := json.Marshal(place{f.position, f.staged, f.asker.open()})
	if err != nil {
		return err
	}
	if err := f.cfg.Store.SaveModel(context.WithoutCancel(ctx), positionName, data, f.basis); err != nil {
		return &storeError{fmt.Errorf("save the position in the log: %w", err)}
	}
	f.saved = f.position
	f.basis.Revision++
	return nil
}
