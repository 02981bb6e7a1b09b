package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// How a learner shares the machine with what it learns from.
const (
	// learnSlice is how long it works before it looks whether anybody else wants to.
	learnSlice = 2 * time.Millisecond
	// learnShare is its share of a core while exchanges are under way but none ends: one part in so many. They do not
	// stop it, since a stream may be open all day. While some end, it takes a fifth of that.
	learnShare = 20
	// learnSave is how often the model is saved while there is news.
	learnSave = 30 * time.Second
	// learnLook is how often it looks for news.
	learnLook = time.Second
)

// learner keeps the model up to date while a proxy records, in the time that the proxy leaves: so that what is dropped
// for its age was learnt from before, and a document can be had at once. Answers never wait for it; it may lag behind,
// and says by how much.
type learner struct {
	catalog *catalog
	log     *slog.Logger
	// activity is a number that grows with each exchange, and how many are under way.
	activity func() (n, active int64)
	// tight says that the store does not keep up with what is recorded: memory and disk are needed elsewhere.
	tight func() bool

	at atomic.Uint64 // the number of the record up to which all was looked at

	// What follows is the goroutine's.
	worked time.Duration // since the last rest
	seen   int64         // of activity
	saved  time.Time
}

// run learns until ctx is done, and saves what it learnt.
func (l *learner) run(ctx context.Context) {
	err := l.begin(ctx)
	for err == nil {
		if err = l.catchUp(ctx); errors.Is(err, store.ErrStale) {
			err = l.begin(ctx) // without what was deleted
		}
		if err == nil {
			err = sleep(ctx, learnLook)
		}
	}
	if ctx.Err() == nil {
		l.log.Error("learn from the flows: it stops until the proxy is started again", "err", err)
	}
	l.flush(context.WithoutCancel(ctx))
}

// begin loads what was learnt before.
func (l *learner) begin(ctx context.Context) error {
	c := l.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	l.at.Store(0)
	l.saved = time.Now()
	if err := c.load(ctx); err != nil {
		return err
	}
	if covers := c.rests.Covers; len(covers) > 0 && covers[0].First == 1 {
		l.at.Store(uint64(covers[0].Last))
	}
	return nil
}

// catchUp learns from what is there and was not learnt from.
func (l *learner) catchUp(ctx context.Context) error {
	st, err := l.catalog.store.Stat(ctx)
	if err != nil {
		return err
	}
	c := l.catalog
	c.mu.Lock()
	covers, stale := c.rests.Covers, c.model == nil || st.Deletions != c.rests.Deletions
	c.mu.Unlock()
	at := flow.Seq(l.at.Load())
	if stale {
		return store.ErrStale
	}
	if st.Last <= at {
		return nil
	}
	for f, err := range c.store.Scan(ctx, store.Query{After: at, Until: st.Last, Except: covers}) {
		if err != nil {
			return fmt.Errorf("read flows: %w", err)
		}
		if err := l.learn(&f); err != nil {
			return err
		}
		if err := l.rest(ctx); err != nil {
			return err
		}
		if time.Since(l.saved) > learnSave {
			l.saved = time.Now()
			l.flush(ctx)
		}
	}
	l.at.Store(uint64(st.Last))
	return nil
}

func (l *learner) learn(f *flow.Flow) error {
	start := time.Now()
	c := l.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.model == nil {
		return store.ErrStale
	}
	if f.Done {
		c.model.Add(f)
		c.rests.Covers = c.rests.Covers.Add(f.Seq).Add(f.Last)
		c.news++
	}
	l.at.Store(uint64(f.Last))
	l.worked += time.Since(start)
	return nil
}

// rest leaves the machine to the proxy, if that has work.
func (l *learner) rest(ctx context.Context) error {
	if l.worked < learnSlice {
		return nil
	}
	n, active := l.activity()
	pause := l.worked * (learnShare - 1)
	switch {
	case n != l.seen:
		pause *= 5
	case active == 0:
		pause = 0
	}
	l.seen, l.worked = n, 0
	if pause == 0 {
		return ctx.Err()
	}
	err := sleep(ctx, pause)
	for err == nil && l.tight() {
		err = sleep(ctx, learnLook)
	}
	return err
}

// flush saves what was learnt, for who asks for the model now or later. What cannot be saved is learnt anew.
func (l *learner) flush(ctx context.Context) {
	c := l.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.model == nil {
		return
	}
	switch err := c.save(ctx); {
	case errors.Is(err, store.ErrStale):
		c.model = nil
	case err != nil:
		l.log.Warn("save what was learnt", "err", err)
	}
}

// sleep returns ctx's error when that is done first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
