package relay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spectap/spectap/flow"
)

// item is a flow of the spool, or why there are no more.
type item struct {
	flow flow.Flow
	err  error
}

// blocks yields blocks of the flows after a number. A block that is not full waits for Linger.
func (f *Forwarder) blocks(ctx context.Context, after uint64) iter.Seq2[*block, error] {
	return func(yield func(*block, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		items := f.watchSpool(ctx, after)
		b := &block{after: after, last: after}
		var linger <-chan time.Time
		f.poke()
		for {
			var next *block
			select {
			case it, ok := <-items:
				if !ok {
					return
				}
				err := it.err
				if err == nil {
					next, err = f.collect(b, &it.flow)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if linger == nil {
					linger = time.After(f.cfg.Linger)
				}
				if next == nil && !b.full() {
					continue
				}
			case <-f.nudge:
			case <-linger:
			}
			if !f.closeBlock(ctx, b, yield) {
				return
			}
			if f.spare = b.raw[:0]; cap(f.spare) > maxSpare {
				f.spare = nil
			}
			if linger = nil; next != nil {
				linger = time.After(f.cfg.Linger)
			} else {
				next = f.nextBlock(b)
			}
			b = next
		}
	}
}

// nextBlock returns an empty block that follows b.
func (f *Forwarder) nextBlock(b *block) *block {
	next := &block{after: b.last, last: b.last, raw: f.spare}
	f.spare = nil
	return next
}

// closeBlock yields a block, unless it is empty.
func (f *Forwarder) closeBlock(ctx context.Context, b *block, yield func(*block, error) bool) bool {
	f.mu.Lock()
	b.nudge = f.waits
	waiting := f.waits > f.waited
	f.mu.Unlock()
	if b.inSession || waiting || b.last == b.after {
		if err := f.tell(ctx, b); err != nil {
			return yield(nil, err)
		}
		if b.last == b.after && len(b.sessions) == 0 {
			f.sent(b)
			return true
		}
	}
	return yield(b, nil)
}

// watchSpool passes on the flows of the spool after a number.
func (f *Forwarder) watchSpool(ctx context.Context, after uint64) <-chan item {
	items := make(chan item, MaxFlows)
	go func() {
		defer close(items)
		for fl, err := range f.cfg.Spool.Watch(ctx, flow.Seq(after)) {
			if err != nil {
				err = fmt.Errorf("read the spool: %w", err)
			}
			select {
			case items <- item{fl, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return items
}

// collect adds a flow to b, or to a new block that follows b, which it returns.
func (f *Forwarder) collect(b *block, fl *flow.Flow) (next *block, err error) {
	if f.cfg.Prepare != nil {
		f.cfg.Prepare(fl)
	}
	ok, err := b.add(fl)
	if err == nil && !ok {
		next = f.nextBlock(b)
		_, err = next.add(fl)
		b = next
	}
	if errors.Is(err, ErrTooLarge) {
		b.skip(fl)
		f.update(func(s *SourceStatus) { s.Lost++ })
		f.cfg.Logger.Error("a flow is not sent", "err", err)
		err = nil
	}
	return next, err
}

// tell adds to a block the sessions that the log does not know. The end of one is sent after all of
// its flows: a store ignores an earlier end. A call of Wait waits for it.
func (f *Forwarder) tell(ctx context.Context, b *block) error {
	list, err := f.cfg.Spool.Sessions(ctx)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	for i := range list {
		if s := &list[i]; uint64(s.Until) > b.last {
			s.Ended, s.Status, s.Until = time.Time{}, 0, 0
			b.nudge = 0
		}
		if f.cfg.PrepareSession != nil {
			f.cfg.PrepareSession(&list[i])
		}
		if f.sessionsSent[list[i].Number] != sessionText(&list[i]) {
			b.sessions = append(b.sessions, list[i])
		}
	}
	return nil
}
