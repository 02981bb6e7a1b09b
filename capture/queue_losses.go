package capture

import (
	"context"
	"sync"
	"time"
)

// missed counts lost flows that are not noted in the store yet. The zero value is ready.
type missed struct {
	mu           sync.Mutex // guards what follows
	flows        int64
	since, until time.Time

	noted time.Time // time of the last note; used by the queue's goroutine only
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

// take returns the flows missed since the last call.
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

// noteEvery is the least time between two notes of losses, because a store that loses flows is
// busy.
const noteEvery = time.Second

// miss implements reserver by counting flows that were not recorded.
func (q *Queue) miss(flows int64) {
	q.missed.add(flows)
	q.poke()
}

// note stores a note of losses, now or when it is due. If the store cannot take the note, it is
// tried again later. note returns when to call it again.
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
