package capture

import (
	"context"
	"time"

	"github.com/spectap/spectap/flow"
)

// run is the queue's one goroutine. It appends whatever has gathered while the last group was written, so
// that groups are as large as the load asks for.
func (q *Queue) run() {
	defer close(q.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		group, next, closed := q.next(time.Now())
		if len(group) > 0 {
			q.store(group)
			continue
		}
		if closed {
			return
		}
		timer.Reset(next)
		select {
		case <-q.wake:
		case <-timer.C:
		}
	}
}

// next returns what is to be stored now and, if that is nothing, how long that stays so.
func (q *Queue) next(now time.Time) (group []flow.Flow, wait time.Duration, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wait, group = time.Hour, q.group[:0]
	q.ours = q.ours[:0]
	for len(q.young) > 0 && len(group) < maxGroup {
		e := q.young[0]
		age := now.Sub(e.since)
		if !e.over && !q.closed && age < q.cfg.Settle {
			wait = q.cfg.Settle - age
			break
		}
		if !e.over {
			group = append(group, e.f)
			delete(q.byID, e.f.ID)
		}
		q.young[0] = nil
		q.young = q.young[1:]
	}
	var bytes int64
	n := 0
	for ; n < len(q.done) && len(group) < maxGroup && bytes < maxGroupBytes; n++ {
		bytes += weight(&q.done[n].f)
		group = append(group, q.done[n].f)
		if q.done[n].ours {
			q.ours = append(q.ours, len(group)-1)
		}
	}
	left := copy(q.done, q.done[n:])
	clear(q.done[left:])
	if q.done = q.done[:left]; left == 0 && cap(q.done) > 8*maxGroup {
		q.done = nil // what a burst took
	}
	q.group = group
	return group, wait, q.closed
}

// store appends a group and gives back its room.
func (q *Queue) store(group []flow.Flow) {
	if err := q.put(group); err != nil {
		if !q.failing { // once, not for each group
			q.log.Error("store flows: they are lost until it works again", "flows", len(group), "err", err)
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
	for i := range group {
		if group[i].Done {
			n += weight(&group[i])
			complete++
		}
	}
	for _, i := range q.ours {
		q.recycle(&group[i])
	}
	clear(group)
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

// put appends a group. If it is refused, half of it may still do: one flow that the store cannot take does
// not cost the others. An error says that nothing was stored.
func (q *Queue) put(group []flow.Flow) error {
	err := q.append(group)
	if err == nil {
		return nil
	}
	if len(group) == 1 || q.failing {
		q.lose(group)
		return err
	}
	return q.halves(group)
}

// halves appends what can be appended of a group of several that was refused.
func (q *Queue) halves(group []flow.Flow) error {
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
	_, err := q.cfg.Store.Append(context.Background(), group...)
	if err != nil {
		q.failures.Add(1)
		return err
	}
	q.stored.Add(int64(len(group)))
	return nil
}

func (q *Queue) lose(group []flow.Flow) {
	for i := range group {
		if group[i].Done {
			q.lost.Add(1)
		}
	}
}
