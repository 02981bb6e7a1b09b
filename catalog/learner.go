package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// The learner's share of the machine, which it has in common with the proxy.
const (
	// workSlice is the time it works before it checks whether the proxy needs the machine.
	workSlice = 2 * time.Millisecond
	// busyShare limits it to 1/busyShare of a core while exchanges are open but none of them ends.
	// Open exchanges do not stop it, since a stream may stay open all day. While exchanges end, the
	// limit is a fifth of that.
	busyShare = 20
	// saveInterval is the time between saves while flows arrive.
	saveInterval = 30 * time.Second
	// pollInterval is the time between checks for new flows.
	pollInterval = time.Second
)

// LearnerConfig configures a learner. Catalog is required.
type LearnerConfig struct {
	// Catalog gets the flows. Its SavePolicy applies.
	Catalog *Catalog
	// Activity returns a number that grows with each exchange that ends, and the number of open
	// exchanges. While neither shows work, the learner runs at full speed. Nil means no exchanges.
	Activity func() (ended, open int64)
	// Congested reports whether the store falls behind with recording. The learner pauses
	// meanwhile. Nil means never.
	Congested func() bool
	// Redact, unless nil, learns the credentials of the flows, which are saved with the model. It
	// comes from [Redactor].
	Redact *redact.Redactor
	// Logger gets what goes wrong; nil discards it.
	Logger *slog.Logger
}

// Learner keeps the model of a catalog up to date while a proxy records, in the time that the proxy
// leaves. So flows are learned from before retention drops them, and a document is ready at once.
// The proxy never waits for the learner, which may fall behind: see [Learner.Backlog].
//
// Run is called once. The other methods are safe for concurrent use with it.
type Learner struct {
	cfg LearnerConfig

	reached atomic.Uint64 // every record up to this number was read

	// Only the goroutine of Run uses the fields below.
	worked time.Duration // since the last pause
	ended  int64         // last number that Activity returned
	saved  time.Time
}

// NewLearner returns a learner that has read nothing.
func NewLearner(cfg LearnerConfig) *Learner {
	if cfg.Activity == nil {
		cfg.Activity = func() (int64, int64) { return 0, 0 }
	}
	if cfg.Congested == nil {
		cfg.Congested = func() bool { return false }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Learner{cfg: cfg}
}

// Run learns until ctx is done, and saves the model before it returns. An error of the store ends
// it early and is logged.
func (l *Learner) Run(ctx context.Context) {
	err := l.begin(ctx)
	for err == nil {
		if err = l.catchUp(ctx); errors.Is(err, store.ErrStale) {
			err = l.begin(ctx) // without the flows that were deleted
		}
		if err == nil {
			err = pause.For(ctx, pollInterval)
		}
	}
	if ctx.Err() == nil {
		l.cfg.Logger.Error("learning from flows has stopped; restart the proxy to resume it", "err", err)
	}
	l.Save(context.WithoutCancel(ctx))
}

// Backlog returns the number of records that the learner has not read.
func (l *Learner) Backlog(ctx context.Context) (int64, error) {
	st, err := l.cfg.Catalog.cfg.Store.Stat(ctx)
	if err != nil {
		return 0, err
	}
	return max(0, int64(st.Last)-int64(l.reached.Load())), nil
}

// Save saves the model, so that other processes and later ones can load it. An error is logged:
// flows that are not saved are learned again.
func (l *Learner) Save(ctx context.Context) {
	c := l.cfg.Catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.model == nil {
		return
	}
	switch err := c.save(ctx); {
	case isSuperseded(err):
		c.model = nil
	case err != nil:
		l.cfg.Logger.Warn("save the model", "err", err)
	}
	if r := l.cfg.Redact; r != nil {
		if err := SaveCredentials(ctx, c.cfg.Store, r.Used()); err != nil {
			l.cfg.Logger.Warn("save credentials", "err", err)
		}
	}
}

// begin loads the saved model.
func (l *Learner) begin(ctx context.Context) error {
	c := l.cfg.Catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	l.reached.Store(0)
	l.saved = time.Now()
	if err := c.load(ctx); err != nil {
		return err
	}
	if covers := c.basis.Covers; len(covers) > 0 && covers[0].First == 1 {
		l.reached.Store(uint64(covers[0].Last))
	}
	return nil
}

// catchUp learns from the flows that the model does not cover. It returns ErrStale if flows were
// deleted.
func (l *Learner) catchUp(ctx context.Context) error {
	c := l.cfg.Catalog
	st, err := c.cfg.Store.Stat(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	covers, stale := slices.Clone(c.basis.Covers), c.model == nil || st.Deletions != c.basis.Deletions
	c.mu.Unlock()
	reached := flow.Seq(l.reached.Load())
	if stale {
		return store.ErrStale
	}
	if st.Last <= reached {
		return nil
	}
	if r := l.cfg.Redact; r != nil { // the model may have learned more than redaction
		known := reached
		for _, c := range covers {
			known = max(known, c.Last)
		}
		if err := r.Used().LearnUpTo(known); err != nil {
			return fmt.Errorf("read credentials: %w", err)
		}
	}
	for f, err := range c.cfg.Store.Scan(ctx, store.Query{After: reached, Until: st.Last, Except: covers}) {
		if err != nil {
			return fmt.Errorf("read flows: %w", err)
		}
		if err := l.learn(&f); err != nil {
			return err
		}
		if err := l.pause(ctx); err != nil {
			return err
		}
		if time.Since(l.saved) > saveInterval {
			l.saved = time.Now()
			l.Save(ctx)
		}
	}
	l.reached.Store(uint64(st.Last))
	return nil
}

// learn adds one flow to the model.
func (l *Learner) learn(f *flow.Flow) error {
	start := time.Now()
	c := l.cfg.Catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.model == nil {
		return store.ErrStale
	}
	if l.cfg.Redact != nil {
		l.cfg.Redact.Learn(*f)
	}
	if f.Done {
		c.model.Add(f)
		c.basis.Covers = c.basis.Covers.Add(f.Seq).Add(f.Last)
		c.unsaved++
	}
	l.reached.Store(uint64(f.Last))
	l.worked += time.Since(start)
	return nil
}

// pause leaves the machine to the proxy after each slice of work, if the proxy is busy.
func (l *Learner) pause(ctx context.Context) error {
	if l.worked < workSlice {
		return nil
	}
	ended, open := l.cfg.Activity()
	rest := l.worked * (busyShare - 1)
	switch {
	case ended != l.ended:
		rest *= 5
	case open == 0:
		rest = 0
	}
	l.ended, l.worked = ended, 0
	if rest == 0 {
		return ctx.Err()
	}
	err := pause.For(ctx, rest)
	for err == nil && l.cfg.Congested() {
		err = pause.For(ctx, pollInterval)
	}
	return err
}
