package capture

import (
	"context"
	"sync"
	"time"
)

// lossCounter counts lost flows until the store has recorded the loss. The zero value is ready.
type lossCounter struct {
	mu           sync.Mutex // guards the fields below
	flows        int64
	since, until time.Time

	lastNote time.Time // time of the last note; used by the queue's goroutine only
}

func (m *lossCounter) add(n int64) {
	if n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.until = time.Now()
	if m.flows == 0 {
		m.since = m.until
	}
	m.flows += n
}

// take returns the flows that were lost since the last call.
func (m *lossCounter) take() (flows int64, since, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	flows, m.flows = m.flows, 0
	return flows, m.since, m.until
}

// restore undoes a take.
func (m *lossCounter) restore(flows int64, since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flows += flows
	m.since = since
}

// noteInterval is the least time between two calls of NoteLoss, because the store is busy when
// flows are lost.
const noteInterval = time.Second

// countLost implements reserver by counting flows that were not recorded.
func (q *Queue) countLost(flows int64) {
	q.losses.add(flows)
	q.wakeWriter()
}

// noteLosses calls NoteLoss if losses are due, or with now in any case. If the store fails, the
// losses are noted by a later call. The result is how long to wait before the next call.
func (q *Queue) noteLosses(now bool) time.Duration {
	m := &q.losses
	if wait := noteInterval - time.Since(m.lastNote); !now && wait > 0 {
		return wait
	}
	n, since, until := m.take()
	if n == 0 {
		return time.Hour
	}
	m.lastNote = time.Now()
	if err := q.cfg.Store.NoteLoss(context.Background(), n, since, until); err != nil {
		m.restore(n, since)
		q.log.Debug("note lost flows", "flows", n, "err", err)
	}
	return noteInterval
}
