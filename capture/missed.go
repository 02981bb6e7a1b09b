package capture

import (
	"context"
	"sync"
	"time"
)

// missed counts the flows that were lost and are not noted in the store yet. The zero value is ready.
type missed struct {
	mu           sync.Mutex // guards what follows
	flows        int64
	since, until time.Time

	noted time.Time // when the store was told last; it belongs to the queue's goroutine
}

func (m *missed) add(n int64) {
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

// take returns what was missed since the last time.
func (m *missed) take() (flows int64, since, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	flows, m.flows = m.flows, 0
	return flows, m.since, m.until
}

// back undoes a take.
func (m *missed) back(flows int64, since, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.flows == 0 {
		m.until = until
	}
	m.flows += flows
	m.since = since
}

// noteEvery bounds how often the store is told of losses: it is busy enough when there are any.
const noteEvery = time.Second

// miss implements reserver.
func (q *Queue) miss(flows int64) {
	q.missed.add(flows)
	q.poke()
}

// note tells the store of losses, now or at its time. A store that cannot take the note is told later. It returns when
// to call it again.
func (q *Queue) note(now bool) time.Duration {
	m := &q.missed
	if wait := noteEvery - time.Since(m.noted); !now && wait > 0 {
		return wait
	}
	n, since, until := m.take()
	if n == 0 {
		return time.Hour
	}
	m.noted = time.Now()
	if err := q.cfg.Store.NoteLoss(context.Background(), n, since, until); err != nil {
		m.back(n, since, until)
		q.log.Debug("note lost flows", "flows", n, "err", err)
	}
	return noteEvery
}
