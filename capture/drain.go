package capture

import (
	"context"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
)

// A beginner is an Appender that takes the next flows while it still stores those before. store.DB is one.
type beginner interface {
	// Begin returns when the flows have their place behind those of earlier calls, wait when they are stored. They must
	// not change before.
	Begin(ctx context.Context, fs ...flow.Flow) (wait func() (flow.Seq, error), err error)
}

// batch is what is appended at a time. Its arrays are used again.
type batch struct {
	flows []flow.Flow
	ours  []int // the numbers in flows of those whose buffers are ours
	wait  func() (flow.Seq, error)
}

// run is the queue's one goroutine. It appends what has gathered while the last group was written, and makes a group
// ready while the one before is being written.
func (q *Queue) run() {
	defer close(q.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var before *batch
	next := new(batch)
	for {
		wait, closed := q.next(next, time.Now())
		full := len(next.flows) > 0
		over := full && q.begin(next)
		if before != nil {
			q.finish(before, full)
			q.note(false)
		}
		if over {
			q.finish(next, false)
		}
		switch {
		case over:
			before = nil
		case full && before != nil:
			before, next = next, before
		case full:
			before, next = next, new(batch)
		case before != nil:
			before, next = nil, before
		case closed:
			q.note(true)
			return
		default:
			wait = min(wait, q.note(false))
			timer.Reset(wait)
			select {
			case <-q.wake:
			case <-timer.C:
				if wait == idle {
					q.buffers.drop()
				}
			}
			continue
		}
		q.note(false)
	}
}

// idle is how long nothing happens before memory that is kept to be used again is let go.
const idle = 5 * time.Second

// next gathers what is to be stored now. If that is nothing, it returns how long that stays so.
func (q *Queue) next(b *batch, now time.Time) (wait time.Duration, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b.flows, b.ours = b.flows[:0], b.ours[:0]
	if wait = q.rest(now); wait > 0 {
		return wait, q.closed
	}
	wait = idle
	for len(q.young) > 0 && len(b.flows) < maxGroup {
		e := q.young[0]
		age := now.Sub(e.since)
		if !e.over && !q.closed && age < q.cfg.Settle {
			wait = min(wait, q.cfg.Settle-age)
			break
		}
		if !e.over {
			b.flows = append(b.flows, e.f)
			delete(q.byID, e.f.ID)
		}
		q.young[0] = nil
		q.young = q.young[1:]
		if e.f = (flow.Flow{}); len(q.spare) < maxGroup {
			q.spare = append(q.spare, e)
		}
	}
	var bytes int64
	n := 0
	for ; n < len(q.done) && len(b.flows) < maxGroup && bytes < maxGroupBytes; n++ {
		bytes += weight(&q.done[n].f)
		b.flows = append(b.flows, q.done[n].f)
		if q.done[n].ours {
			b.ours = append(b.ours, len(b.flows)-1)
		}
	}
	left := copy(q.done, q.done[n:])
	clear(q.done[left:])
	q.bytes -= bytes
	if q.done = q.done[:left]; left == 0 && cap(q.done) > 8*maxGroup {
		q.done = nil // what a burst took
	}
	if len(b.flows) > 0 {
		q.last = now
	}
	return wait, q.closed
}

// rest is how long flows are left to gather: each group costs a commit, which for a few flows is more than what they
// cost themselves. Nobody waits for it: a group that is full goes at once, and so does one that somebody is waiting
// for, and the first after a while. The caller holds mu.
func (q *Queue) rest(now time.Time) time.Duration {
	hurry := q.closed || q.moved != nil || q.pressed.Load() || len(q.done) >= maxGroup || q.bytes >= maxGroupBytes
	q.pressed.Store(false)
	if hurry || len(q.done) == 0 {
		return 0
	}
	return pace - now.Sub(q.last)
}

// begin hands a group to the store. over says that there is nothing to wait for.
func (q *Queue) begin(b *batch) (over bool) {
	var err error
	s, ok := q.cfg.Store.(beginner)
	if ok && !q.failing {
		b.wait, err = s.Begin(context.Background(), b.flows...)
		over = err != nil
	} else {
		_, err = q.cfg.Store.Append(context.Background(), b.flows...)
		over = true
	}
	if over {
		b.wait = func() (flow.Seq, error) { return 0, err }
	}
	return over
}

// finish waits until a group is stored and gives back its room. overtaken says that another was begun after it.
func (q *Queue) finish(b *batch, overtaken bool) {
	if err := q.outcome(b, overtaken); err != nil {
		if !q.failing { // once, not for each group
			q.log.Error("store flows: they are lost until it works again", "flows", len(b.flows), "err", err)
		}
		q.failing = true
		q.hurry.Store(true)
	} else {
		if q.failing {
			q.log.Warn("flows are stored again", "lost", q.lost.Load())
		}
		q.failing = false
		q.hurry.Store(false)
	}
	var n, complete int64
	for i := range b.flows {
		if b.flows[i].Done {
			n += weight(&b.flows[i])
			complete++
		}
	}
	for _, i := range b.ours {
		q.recycle(&b.flows[i])
	}
	clear(b.flows)
	q.release(n)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out += complete
	if q.moved != nil {
		close(q.moved)
		q.moved = nil
	}
}

// recycle gives back the buffers of a flow that is over. Its earlier states were stored before it, or never.
func (q *Queue) recycle(f *flow.Flow) {
	q.buffers.put(f.Request.Body.Data)
	if f.Response != nil {
		q.buffers.put(f.Response.Body.Data)
	}
}

// outcome waits for a group. If it is refused, half of it may still do: one flow that the store cannot take does
// not cost the others. An error says that nothing was stored.
func (q *Queue) outcome(b *batch, overtaken bool) error {
	_, err := b.wait()
	if q.count(len(b.flows), err) == nil {
		return nil
	}
	if len(b.flows) == 1 || q.failing {
		q.lose(b.flows)
		return err
	}
	group := b.flows
	if overtaken { // a request must not be stored behind its answer
		group = slices.DeleteFunc(slices.Clone(group), func(f flow.Flow) bool { return !f.Done })
	}
	return q.halves(group)
}

// halves appends what can be appended of a group of several that was refused.
func (q *Queue) halves(group []flow.Flow) error {
	if len(group) == 0 {
		return nil
	}
	mid := len(group) / 2
	left, right := q.append(group[:mid]), q.append(group[mid:])
	switch {
	case left != nil && right != nil:
		q.lose(group)
		return left
	case left != nil:
		q.narrow(group[:mid])
	case right != nil:
		q.narrow(group[mid:])
	}
	return nil
}

// narrow goes on in the half that was refused while the other was not.
func (q *Queue) narrow(group []flow.Flow) {
	if len(group) == 1 {
		q.lose(group)
		return
	}
	if q.halves(group) != nil {
		q.log.Error("store flows: some cannot be stored", "flows", len(group))
	}
}

func (q *Queue) append(group []flow.Flow) error {
	if len(group) == 0 {
		return nil
	}
	_, err := q.cfg.Store.Append(context.Background(), group...)
	return q.count(len(group), err)
}

// count notes what came of storing n records.
func (q *Queue) count(n int, err error) error {
	if err != nil {
		q.failures.Add(1)
		return err
	}
	q.stored.Add(int64(n))
	return nil
}

func (q *Queue) lose(group []flow.Flow) {
	var n int64
	for i := range group {
		if group[i].Done {
			n++
		}
	}
	q.lost.Add(n)
	q.missed.add(n)
}
