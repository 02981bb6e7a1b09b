package capture

import (
	"context"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
)

// pipelinedAppender is an Appender that accepts the next flows while it still stores earlier ones,
// such as a store.DB.
type pipelinedAppender interface {
	// Begin returns once the flows are ordered after those of earlier calls. wait returns once they
	// are stored. The flows must not change before that.
	Begin(ctx context.Context, fs ...flow.Flow) (wait func() (flow.Seq, error), err error)
}

// batch is a group of flows that is appended at once. Its arrays are reused.
type batch struct {
	flows  []flow.Flow
	pooled []int // indexes of flows whose buffers are from the queue's pool
	wait   func() (flow.Seq, error)
}

// run is the queue's only goroutine. It prepares a group of the queued flows while the previous
// group is written, and then appends it.
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
			q.noteLosses(true)
			return
		default:
			wait = min(wait, q.noteLosses(false))
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
		q.noteLosses(false)
	}
}

// idle is the time without flows after which memory kept for reuse is released.
const idle = 5 * time.Second

// next gathers the flows to store now. If there are none, it returns how long to wait.
func (q *Queue) next(b *batch, now time.Time) (wait time.Duration, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b.flows, b.pooled = b.flows[:0], b.pooled[:0]
	if wait = q.groupDelay(now); wait > 0 {
		return wait, q.closed
	}
	wait = idle
	for len(q.unanswered) > 0 && len(b.flows) < maxGroup {
		e := q.unanswered[0]
		age := now.Sub(e.since)
		if !e.over && !q.closed && age < q.cfg.Settle {
			wait = min(wait, q.cfg.Settle-age)
			break
		}
		if !e.over {
			b.flows = append(b.flows, e.f)
			delete(q.byID, e.f.ID)
		}
		q.unanswered[0] = nil
		q.unanswered = q.unanswered[1:]
		if e.f = (flow.Flow{}); len(q.spare) < maxGroup {
			q.spare = append(q.spare, e)
		}
	}
	var bytes int64
	n := 0
	for ; n < len(q.done) && len(b.flows) < maxGroup && bytes < maxGroupBytes; n++ {
		bytes += flowWeight(&q.done[n].f)
		b.flows = append(b.flows, q.done[n].f)
		if q.done[n].pooled {
			b.pooled = append(b.pooled, len(b.flows)-1)
		}
	}
	left := copy(q.done, q.done[n:])
	clear(q.done[left:])
	q.bytes -= bytes
	if q.done = q.done[:left]; left == 0 && cap(q.done) > 8*maxGroup {
		q.done = nil // release the memory of a burst
	}
	if len(b.flows) > 0 {
		q.last, q.pace = now, pace
		if len(b.flows) >= busyGroup {
			q.pace = busyPace
		}
	}
	return wait, q.closed
}

// groupDelay returns how long to wait for more flows. Each group costs a commit, which is more than
// a few flows cost themselves. A group does not wait if it is full, if a caller waits for it, or if
// it is the first after a pause. The caller holds mu.
func (q *Queue) groupDelay(now time.Time) time.Duration {
	immediately := q.closed || q.moved != nil || q.noRoom.Load() || len(q.done) >= maxGroup || q.bytes >= maxGroupBytes
	q.noRoom.Store(false)
	if immediately || len(q.done) == 0 {
		return 0
	}
	return q.pace - now.Sub(q.last)
}

// begin passes a group to the store. over reports whether the store is done with the group already.
func (q *Queue) begin(b *batch) (over bool) {
	var err error
	s, ok := q.cfg.Store.(pipelinedAppender)
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

// finish waits until a group is stored and releases its budget. overtaken reports that a later
// group has begun.
func (q *Queue) finish(b *batch, overtaken bool) {
	if err := q.awaitGroup(b, overtaken); err != nil {
		if !q.failing { // only once, not for each group
			q.log.Error("store flows: flows are lost until the store works again", "flows", len(b.flows), "err", err)
		}
		q.failing = true
		q.noWait.Store(true)
	} else {
		if q.failing {
			q.log.Warn("flows are stored again", "lost", q.lost.Load())
		}
		q.failing = false
		q.noWait.Store(false)
	}
	var n, complete int64
	for i := range b.flows {
		if b.flows[i].Done {
			n += flowWeight(&b.flows[i])
			complete++
		}
	}
	for _, i := range b.pooled {
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

// recycle returns the buffers of a completed flow to the pool. Earlier states of the flow were
// stored before it, or never will be.
func (q *Queue) recycle(f *flow.Flow) {
	q.buffers.put(f.Request.Body.Data)
	if f.Response != nil {
		q.buffers.put(f.Response.Body.Data)
	}
}

// awaitGroup waits for a group. If the store refuses the group, awaitGroup appends halves of it, so
// that the others are stored if one flow cannot be. An error means that nothing was stored.
func (q *Queue) awaitGroup(b *batch, overtaken bool) error {
	_, err := b.wait()
	if q.count(len(b.flows), err) == nil {
		return nil
	}
	if len(b.flows) == 1 || q.failing {
		q.lose(b.flows)
		return err
	}
	group := b.flows
	if overtaken { // a request must not be stored after its response
		group = slices.DeleteFunc(slices.Clone(group), func(f flow.Flow) bool { return !f.Done })
	}
	return q.appendHalves(group)
}

// appendHalves appends the flows of a refused group that the store accepts.
func (q *Queue) appendHalves(group []flow.Flow) error {
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
		q.bisect(group[:mid])
	case right != nil:
		q.bisect(group[mid:])
	}
	return nil
}

// bisect continues with the half that was refused while the other was not.
func (q *Queue) bisect(group []flow.Flow) {
	if len(group) == 1 {
		q.lose(group)
		return
	}
	if q.appendHalves(group) != nil {
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

// count records the result of storing n records.
func (q *Queue) count(n int, err error) error {
	if err == nil {
		q.stored.Add(int64(n))
	}
	return err
}

func (q *Queue) lose(group []flow.Flow) {
	var n int64
	for i := range group {
		if group[i].Done {
			n++
		}
	}
	q.lost.Add(n)
	q.losses.add(n)
}
