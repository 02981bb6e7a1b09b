package capture

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/spectap/spectap/flow"
)

// Appender stores flows durably, all or none. It must not keep the flows.
type Appender interface {
	Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error)
	// NoteLoss records that flows were lost between since and until, after the newest stored flow.
	NoteLoss(ctx context.Context, flows int64, since, until time.Time) error
}

// Defaults of QueueConfig.
const (
	DefaultBudget  = 40 << 20
	DefaultMaxWait = 2 * time.Second
)

// Errors of recording.
var (
	// ErrNoRoom means that the budget was used up for longer than MaxWait.
	ErrNoRoom = errors.New("no room to record")
	// ErrQueueClosed means that the queue is closed.
	ErrQueueClosed = errors.New("the queue is closed")
)

// QueueConfig configures a Queue. Store is required.
type QueueConfig struct {
	Store Appender
	// Budget bounds the bytes of bodies that are being recorded and of flows that wait to be
	// stored. 0 means DefaultBudget.
	Budget int64
	// MaxWait bounds how long one exchange may be delayed while the budget is full. 0 means
	// DefaultMaxWait; a negative time means no delay. After that its body is dropped, or the whole
	// flow if even that does not fit.
	MaxWait time.Duration
	// Settle is how long a request waits in memory for its response before it is stored by itself.
	// 0 means 250 ms; a negative time means no wait. Most responses arrive earlier and share one
	// record with their request.
	Settle time.Duration
	// Logger gets failures of the store. Nil discards.
	Logger *slog.Logger
}

// Queue is a Sink in front of a store. One goroutine appends the queued flows in groups. While the
// store fails, or after it made no progress for MaxWait, no exchange waits for it.
type Queue struct {
	cfg     QueueConfig
	log     *slog.Logger
	room    *semaphore.Weighted
	buffers bufferPool

	noWait atomic.Bool // no exchange waits for room, because the store fails or makes no progress
	noRoom atomic.Bool // an exchange found no room since the last group

	mu         sync.Mutex // guards the fields below
	done       []complete
	bytes      int64     // weight of done
	last       time.Time // time when the last group was taken from done
	pace       time.Duration
	unanswered []*pending // oldest first
	byID       map[flow.ID]*pending
	spare      []*pending // for reuse
	closed     bool
	in         int64         // complete flows accepted
	out        int64         // of these, stored or lost
	moved      chan struct{} // closed when out grows; nil if no caller waits
	wake       chan struct{} // wakes run; has a buffer of one
	ended      chan struct{} // closed when run returns

	failing bool // the last group was refused; used by the goroutine only

	losses lossCounter

	stored, lost, bodiesLost atomic.Int64
}

// pending is a request without a response so far.
type pending struct {
	f     flow.Flow
	since time.Time
	over  bool // the complete flow has arrived
}

// complete is a flow whose exchange has ended.
type complete struct {
	f      flow.Flow
	pooled bool // the buffers of its bodies are from the queue's pool
}

// QueueStats are the counters of a Queue.
type QueueStats struct {
	Stored     int64 // records stored
	Queued     int64 // flows waiting to be stored
	Lost       int64 // flows dropped: no room in Record, or the store failed
	BodiesLost int64 // bodies dropped because the budget was used up
}

const (
	defaultSettle = 250 * time.Millisecond
	maxGroup      = 512     // flows in one Append
	maxGroupBytes = 4 << 20 // and their bytes

	// pace is the interval at which groups that are not full are stored: short for a person who
	// watches, and long enough to cost little.
	pace = 25 * time.Millisecond
	// busyPace is that interval after a group of at least busyGroup. No person follows that many
	// flows, and the writer syncs a quarter as often.
	busyPace  = 100 * time.Millisecond
	busyGroup = 64
)

// NewQueue starts a queue. Close stops it.
func NewQueue(cfg QueueConfig) (*Queue, error) {
	if cfg.Store == nil {
		return nil, errors.New("a queue needs a store")
	}
	cfg.Budget = cmp.Or(cfg.Budget, DefaultBudget)
	cfg.MaxWait = cmp.Or(cfg.MaxWait, DefaultMaxWait)
	cfg.Settle = cmp.Or(cfg.Settle, defaultSettle)
	q := &Queue{
		cfg: cfg, log: cfg.Logger, room: semaphore.NewWeighted(cfg.Budget),
		byID: make(map[flow.ID]*pending), wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	q.log = cmp.Or(q.log, slog.New(slog.DiscardHandler))
	go q.run()
	return q, nil
}

// Record implements Sink.
func (q *Queue) Record(_ context.Context, f flow.Flow) error {
	if !f.Done {
		return q.addPending(f)
	}
	patience := q.patience()
	if !q.reserve(flowWeight(&f), &patience) {
		q.bodiesLost.Add(1)
		dropBodies(&f)
		if !q.reserve(flowWeight(&f), &patience) {
			q.lost.Add(1)
			q.countLost(1)
			return ErrNoRoom
		}
	}
	return q.add(f, false)
}

// addPending keeps a request in memory for the settle time.
func (q *Queue) addPending(f flow.Flow) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrQueueClosed
	}
	if old := q.byID[f.ID]; old != nil {
		old.f = f
		return nil
	}
	e := new(pending)
	if n := len(q.spare); n > 0 {
		e, q.spare = q.spare[n-1], q.spare[:n-1]
	}
	*e = pending{f: f, since: time.Now()}
	q.byID[f.ID] = e
	q.unanswered = append(q.unanswered, e)
	if len(q.unanswered) == 1 {
		q.wakeWriter()
	}
	return nil
}

// commit implements reserver: it queues a complete flow.
func (q *Queue) commit(f flow.Flow) error { return q.add(f, true) }

// add queues a complete flow whose weight is reserved. If pooled is set, the buffers of its bodies
// return to the pool once it is stored.
func (q *Queue) add(f flow.Flow, pooled bool) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.release(flowWeight(&f))
		q.losses.add(1) // noted only if the last group is still being stored
		return ErrQueueClosed
	}
	if e := q.byID[f.ID]; e != nil {
		e.over = true
		e.f = flow.Flow{}
		delete(q.byID, f.ID)
	}
	q.in++
	q.done = append(q.done, complete{f, pooled})
	w := flowWeight(&f)
	q.bytes += w
	if n := len(q.done); n == 1 || n == maxGroup || q.bytes >= maxGroupBytes && q.bytes-w < maxGroupBytes {
		q.wakeWriter()
	}
	return nil
}

// wakeWriter makes run check the queue now.
func (q *Queue) wakeWriter() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *Queue) patience() time.Duration { return q.cfg.MaxWait }

// reserve implements reserver: it takes n bytes of the budget.
func (q *Queue) reserve(n int64, patience *time.Duration) bool {
	if n <= 0 || q.room.TryAcquire(n) {
		return true
	}
	q.noRoom.Store(true) // the queued flows must not wait for more
	q.wakeWriter()
	if q.noWait.Load() || *patience <= 0 || n > q.cfg.Budget {
		return false
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), *patience)
	defer cancel()
	err := q.room.Acquire(ctx, n)
	*patience -= time.Since(start)
	if err != nil {
		q.noWait.Store(true) // until the store moves again
		q.log.Warn("the store does not keep up: recording drops bodies and flows")
	}
	return err == nil
}

// IsCongested reports whether more than half of the budget is used, because the store is slow. Work
// that is not urgent should wait.
func (q *Queue) IsCongested() bool {
	half := q.cfg.Budget / 2
	if !q.room.TryAcquire(half) {
		return true
	}
	q.room.Release(half)
	return false
}

func (q *Queue) buffer(n int) []byte { return q.buffers.get(n) }

func (q *Queue) release(n int64) {
	if n > 0 {
		q.room.Release(n)
	}
}

// Flush waits until all complete flows recorded so far are stored or lost.
func (q *Queue) Flush(ctx context.Context) error {
	q.mu.Lock()
	target := q.in
	q.mu.Unlock()
	for {
		q.mu.Lock()
		if q.out >= target {
			q.mu.Unlock()
			return nil
		}
		if q.moved == nil {
			q.moved = make(chan struct{})
			q.wakeWriter()
		}
		moved := q.moved
		q.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Stats returns the counters.
func (q *Queue) Stats() QueueStats {
	q.mu.Lock()
	queued := q.in - q.out
	q.mu.Unlock()
	return QueueStats{
		Stored: q.stored.Load(), Queued: queued, Lost: q.lost.Load(),
		BodiesLost: q.bodiesLost.Load(),
	}
}

// Close accepts no more flows, stores the queued ones and waits for the store. If ctx is done
// first, Close returns its error, and queued flows may be lost.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wakeWriter()
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func dropBodies(f *flow.Flow) {
	drop := func(b *flow.Body) {
		if len(b.Data) > 0 {
			b.Data, b.Truncated, b.Dropped = nil, true, true
		}
	}
	drop(&f.Request.Body)
	if f.Response != nil {
		r := *f.Response
		drop(&r.Body)
		if len(f.Messages) > 0 {
			r.Body.Truncated, r.Body.Dropped = true, true
		}
		f.Response = &r
	}
	f.Messages = nil
}
