package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/refusallog"
	"github.com/spectap/spectap/relay/days"
)

// Model learns from flows. infer.Model is one.
type Model = days.Model

// WorkerConfig configures a worker. The first four fields are required.
type WorkerConfig struct {
	Log      Log
	Store    Store  // gets the flows of the sources that the worker learns from
	Name     string // unique among the workers
	NewModel func() Model
	// Commit is the least time between two commits of a partition; 0 means a second. A commit that
	// takes long makes the next ones rarer.
	Commit time.Duration
	// Beat is the time between two renewals of the leases; 0 means 500 ms. A worker that did not
	// renew for four of them has lost its leases.
	Beat time.Duration
	// Forget is how long the mark of a source stays that sends nothing; 0 means 30 days. It must be
	// longer than the log keeps entries.
	Forget time.Duration
	// KeepDays is the number of days whose facts are kept apart, for documents since a day; 0 means
	// [days.Keep]. Older ones are kept together.
	KeepDays int
	// Quiet is how long a day gets no flows before its facts get a place of their own; 0 means an
	// hour.
	Quiet  time.Duration
	Logger *slog.Logger // nil discards
}

// Worker learns from a share of the partitions of a log, and commits the models to it. Several
// workers divide the partitions among them. If one is killed, another learns its uncommitted flows
// again.
type Worker struct {
	cfg     WorkerConfig
	codec   *Codec
	bad     *refusallog.Log // of what sources send
	deleted *tombstones     // set by Run
	enc     *zstd.Encoder
	dec     *zstd.Decoder
	mu      sync.Mutex
	status  WorkerStatus // guarded by mu
	holding map[int]*holding
	errs    chan error // errors that end the worker
}

// WorkerStatus is what a worker has done.
type WorkerStatus struct {
	Partitions []int // those it has
	Flows      int64 // records learned from or passed over since the start
	Bytes      int64 // of the entries read since the start
	Commits    int64
	Lost       int64             // commits that another worker made void
	Relearned  int64             // days of partitions that were learned again because flows were deleted
	Gaps       map[string]uint64 // sources of which numbers after the given one are missing
}

// NewWorker returns a worker.
func NewWorker(cfg WorkerConfig) *Worker {
	cfg.Commit = cmp.Or(cfg.Commit, time.Second)
	cfg.Beat = cmp.Or(cfg.Beat, 500*time.Millisecond)
	cfg.Forget = cmp.Or(cfg.Forget, 30*24*time.Hour)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	// Only wrong options are an error.
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	dec, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxHead))
	return &Worker{
		cfg: cfg, codec: NewCodec(), bad: refusallog.New(cfg.Logger), enc: enc, dec: dec,
		status:  WorkerStatus{Gaps: map[string]uint64{}},
		holding: map[int]*holding{}, errs: make(chan error, Partitions),
	}
}

// Status returns what was done so far.
func (w *Worker) Status() WorkerStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.status
	s.Partitions, s.Gaps = slices.Clone(s.Partitions), maps.Clone(s.Gaps)
	return s
}

// facts returns how facts are kept.
func (w *Worker) facts() days.Config {
	return days.Config{NewModel: w.cfg.NewModel, Keep: w.cfg.KeepDays, Quiet: w.cfg.Quiet}
}

func (w *Worker) note(change func(*WorkerStatus)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.status)
}

// holding is the goroutine of one partition.
type holding struct {
	stop func()
	done chan struct{}
}

// leaveTime limits how long a worker takes to commit and to give up its leases at the end.
const leaveTime = 5 * time.Second

// Run works until ctx is done; then it commits, and gives up its leases. It returns an error if it
// can never work: [ErrVersion], [ErrDenied], or an error of the store.
func (w *Worker) Run(ctx context.Context) (err error) {
	switch w.deleted, err = loadTombstones(ctx, w.cfg.Store); {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return &storeError{err}
	}
	keeper := newLeaseKeeper(w.cfg.Log, w.cfg.Name, minLooks*w.cfg.Beat)
	defer func() {
		w.release(slices.Collect(maps.Keys(w.holding)))
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer cancel()
		if err := keeper.leave(ctx); err != nil {
			w.cfg.Logger.Warn("give up the leases", "err", err)
		}
	}()
	for {
		bounded, cancel := context.WithTimeout(ctx, 8*w.cfg.Beat)
		mine, err := keeper.renew(bounded, time.Now(), w.release)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrDenied):
			return err
		case errors.Is(err, ErrConflict):
		case err != nil:
			w.cfg.Logger.Debug("renew the leases; tried again", "err", err)
		default:
			w.hold(ctx, mine)
		}
		select {
		case err := <-w.errs:
			return err
		case <-time.After(w.cfg.Beat):
		case <-ctx.Done():
			return nil
		}
	}
}

// hold starts and stops goroutines, so that there is one for each partition of a list.
func (w *Worker) hold(ctx context.Context, list []int) {
	var extra []int
	for p := range w.holding {
		if !slices.Contains(list, p) {
			extra = append(extra, p)
		}
	}
	w.release(extra)
	for _, p := range list {
		if w.holding[p] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(ctx)
		h := &holding{cancel, make(chan struct{})}
		w.holding[p] = h
		go func() {
			defer close(h.done)
			if err := w.partition(ctx, p); err != nil {
				w.errs <- err
			}
		}()
	}
	w.note(func(s *WorkerStatus) { s.Partitions = slices.Clone(list) })
}

// release stops the goroutines of partitions, which commit first.
func (w *Worker) release(list []int) {
	for _, p := range list {
		if h := w.holding[p]; h != nil {
			h.stop()
		}
	}
	for _, p := range list {
		if h := w.holding[p]; h != nil {
			<-h.done
			delete(w.holding, p)
		}
	}
}

// partition learns from a partition until ctx is done.
func (w *Worker) partition(ctx context.Context, p int) error {
	delay := firstPause
	for ctx.Err() == nil {
		l, err := w.load(ctx, p)
		if err == nil {
			err = l.run(ctx)
			if l.commits > 0 {
				delay = firstPause
			}
		}
		if IsFinal(err) {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("learn from partition %d: %w", p, err)
		}
		if err != nil && ctx.Err() == nil {
			w.cfg.Logger.Debug("learn from a partition; tried again", "partition", p, "err", err)
		}
		if pause.For(ctx, delay) != nil {
			return nil
		}
		delay = min(2*delay, longestPause)
	}
	return nil
}
