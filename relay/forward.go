package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// ErrForeignSpool means that the log has flows of a source that its spool does not have: the spool
// is an old copy, or two spools use one name. Nothing is sent, because numbers would mean two
// flows.
var ErrForeignSpool = errors.New("the log has newer flows of this source than the spool")

// ForwarderConfig configures a forwarder. Spool, Log and Source are required.
type ForwarderConfig struct {
	Spool  Spool
	Log    Log
	Source string
	// Prepare, unless nil, changes a flow before it is sent, for example to redact it. The flow is
	// a copy, but shares its slices with the spool's. Equal flows must become equal.
	Prepare func(*flow.Flow)
	// PrepareSession, unless nil, changes a session before it is sent.
	PrepareSession func(*store.Session)
	// Flush, unless nil, waits until all recorded flows are in the spool. It is called before a
	// reader is told their number.
	Flush func(context.Context)
	// Linger is how long a block waits for more flows; at most a second, 0 means 200 ms.
	Linger time.Duration
	// Poll is the interval between reads of the mark; 0 means a second.
	Poll time.Duration
	// Logger gets what goes wrong; nil discards it.
	Logger *slog.Logger
}

// Forwarder sends the flows of a spool to a log. It never delays the writer of the spool: without a
// connection, flows stay there and are sent later.
type Forwarder struct {
	cfg   ForwarderConfig
	codec *Codec

	mu      sync.Mutex
	status  SourceStatus  // guarded by mu
	changed chan struct{} // closed at the next change of status; guarded by mu
	asked   uint64        // revision of the last request that was seen; guarded by mu
	cut     func()        // ends send, nil if it does not run; guarded by mu
	wasCut  bool          // guarded by mu
	waits   uint64        // calls of Wait; guarded by mu
	waited  uint64        // the last call since which sessions were sent; guarded by mu

	nudge        chan struct{}     // a call of Wait
	sessionsSent map[uint64]string // sessions that the log has, by number; used by send only
	spare        []byte            // for the next block; used by send only
}

// NewForwarder returns a forwarder that has sent nothing.
func NewForwarder(cfg ForwarderConfig) *Forwarder {
	cfg.Linger = cmp.Or(cfg.Linger, 200*time.Millisecond)
	cfg.Linger = min(cfg.Linger, time.Second)
	cfg.Poll = cmp.Or(cfg.Poll, time.Second)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	return &Forwarder{
		cfg: cfg, codec: NewCodec(), changed: make(chan struct{}), nudge: make(chan struct{}, 1), sessionsSent: map[uint64]string{},
		status: SourceStatus{Source: cfg.Source},
	}
}

// Status returns what was sent so far.
func (f *Forwarder) Status() SourceStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *Forwarder) update(change func(*SourceStatus)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.status)
	close(f.changed)
	f.changed = make(chan struct{})
}

// Wait waits until all flows that the spool has now are sent and, if released is set, until a
// worker has them.
func (f *Forwarder) Wait(ctx context.Context, released bool) error {
	st, err := f.cfg.Spool.Stat(ctx)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	f.mu.Lock()
	f.waits++
	wait := f.waits
	f.mu.Unlock()
	f.poke()
	for {
		f.mu.Lock()
		sessionsSent := f.waited >= wait
		done := f.status.Sent
		if released {
			done = f.status.Released
		}
		changed, why := f.changed, f.status.Err
		f.mu.Unlock()
		if done >= uint64(st.Last) && sessionsSent {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if why != "" {
				return fmt.Errorf("%w: %s", ctx.Err(), why)
			}
			return ctx.Err()
		}
	}
}

// poke makes send check the sessions.
func (f *Forwarder) poke() {
	select {
	case f.nudge <- struct{}{}:
	default:
	}
}

// Run sends until ctx is done. It returns an error only if sending can never work:
// [ErrForeignSpool], [ErrDenied], or a damaged or closed spool. Other errors are logged and tried
// again.
func (f *Forwarder) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var side sync.WaitGroup
	side.Go(func() {
		f.report(ctx)
		f.watchMark(ctx)
		f.update(func(s *SourceStatus) { s.Ended = true })
		f.report(context.WithoutCancel(ctx))
	})
	defer side.Wait()
	defer cancel()
	delay, said, saidAt := firstPause, "", time.Time{} // the last log entry
	for {
		sent := f.Status().Sent
		err := f.send(ctx)
		if ctx.Err() != nil {
			return nil
		}
		f.update(func(s *SourceStatus) { s.Err = errText(err) })
		if errors.Is(err, ErrForeignSpool) || errors.Is(err, ErrDenied) || errors.Is(err, store.ErrClosed) {
			return err
		}
		if f.Status().Sent > sent || err == nil {
			delay = firstPause
		} else {
			level := slog.LevelDebug
			if text := errText(err); text != said || time.Since(saidAt) > time.Minute {
				said, saidAt, level = text, time.Now(), slog.LevelWarn
			}
			f.cfg.Logger.Log(ctx, level, "send flows to the hub; tried again", "source", f.cfg.Source, "err", err)
		}
		if pause.For(ctx, delay) != nil {
			return nil
		}
		delay = min(2*delay, longestPause)
	}
}

// Pauses between attempts.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
)

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// send finds out where the log is, and sends what follows until an error. Nil means that a worker
// asked for numbers again.
func (f *Forwarder) send(ctx context.Context) error {
	newest, err := f.cfg.Log.Newest(ctx, f.cfg.Source)
	if err != nil {
		return fmt.Errorf("read the newest block of %s: %w", f.cfg.Source, err)
	}
	mark, err := getMark(ctx, f.cfg.Log, f.cfg.Source)
	if err != nil {
		return fmt.Errorf("read the mark of %s: %w", f.cfg.Source, err)
	}
	req, asked, err := getRequest(ctx, f.cfg.Log, f.cfg.Source)
	if err != nil {
		return fmt.Errorf("read the requests to %s: %w", f.cfg.Source, err)
	}
	st, err := f.cfg.Spool.Stat(ctx)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	if known := max(newest.Last, mark.Last); known > uint64(st.Last) {
		return fmt.Errorf("%w: %d of %s, the spool ends at %d", ErrForeignSpool, known, f.cfg.Source, st.Last)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from := newest.Last
	if req.After == nothing {
		asked = 0 // watchMark answers it
	}
	if asked != 0 {
		from = min(from, req.After)
	}
	// Flows that the log lost are sent again, but only those after the released ones. A worker has
	// the released ones, and a block that began before them would claim to hold them.
	released, err := f.cfg.Spool.Released(ctx)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	from = max(from, released)
	f.begin(from, asked, st, cancel)
	clear(f.sessionsSent) // the log may have lost it
	pos := newest.Position
	for b, err := range f.blocks(ctx, from) {
		if err != nil {
			return f.interrupted(err)
		}
		e := &Entry{Source: f.cfg.Source, After: b.after, Last: b.last}
		if e.Data, err = f.codec.seal(b.sessions, b.n, b.raw); err != nil {
			return f.interrupted(err)
		}
		if pos, err = f.cfg.Log.Append(ctx, e, pos); err != nil {
			return f.interrupted(fmt.Errorf("send %v: %w", e, err))
		}
		f.sent(b)
		if asked != 0 {
			f.settle(ctx, asked)
			asked = 0
		}
	}
	return f.interrupted(ctx.Err())
}

// begin notes the start of sending after a number.
func (f *Forwarder) begin(from, asked uint64, st store.Stat, cancel func()) {
	f.mu.Lock()
	f.cut, f.wasCut = cancel, false
	f.asked = max(f.asked, asked)
	f.mu.Unlock()
	f.update(func(s *SourceStatus) {
		s.Sent, s.Recorded = from, uint64(st.Last)
		if asked != 0 {
			s.Resent++
		}
	})
}

// sent notes that the log has a block.
func (f *Forwarder) sent(b *block) {
	for i := range b.sessions {
		f.sessionsSent[b.sessions[i].Number] = sessionText(&b.sessions[i])
	}
	f.mu.Lock()
	f.waited = max(f.waited, b.nudge)
	f.mu.Unlock()
	f.update(func(s *SourceStatus) { s.Sent, s.Recorded, s.Err = b.last, max(s.Recorded, b.last), "" })
}

func sessionText(s *store.Session) string { return fmt.Sprintf("%+v", *s) }

// settle removes a request that is being met. If that fails, it is met once more.
func (f *Forwarder) settle(ctx context.Context, asked uint64) {
	if _, err := f.cfg.Log.Put(ctx, keyAsks+f.cfg.Source, asked, nil); err != nil {
		f.cfg.Logger.Debug("remove a request", "source", f.cfg.Source, "err", err)
	}
}

// interrupted returns nil instead of err if a worker asked.
func (f *Forwarder) interrupted(err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = nil
	if f.wasCut {
		return nil
	}
	return err
}

// watchMark polls the mark of the source and the requests, and reports the status.
func (f *Forwarder) watchMark(ctx context.Context) {
	for pause.For(ctx, f.cfg.Poll) == nil {
		mark, err := getMark(ctx, f.cfg.Log, f.cfg.Source)
		req, asked, aerr := getRequest(ctx, f.cfg.Log, f.cfg.Source)
		sent := f.Status().Sent
		newest, nerr := f.cfg.Log.Newest(ctx, f.cfg.Source)
		if err = errors.Join(err, aerr, nerr); err != nil {
			f.cfg.Logger.Debug("read the mark", "source", f.cfg.Source, "err", err)
			continue
		}
		f.mu.Lock()
		if (asked > f.asked && req.After != nothing || newest.Last < sent) && f.cut != nil { // the log lost its end
			f.wasCut = true
			f.cut()
		}
		f.mu.Unlock()
		if err := f.release(ctx, mark.Last); err != nil {
			f.cfg.Logger.Error("release flows of the spool", "err", err)
			continue
		}
		f.answer(ctx, req, asked)
		f.report(ctx)
	}
}

// release lets the spool drop flows that a worker has, up to a number. Flows that are being sent
// again stay until they are in the log: readers give up flows that a spool has dropped, and would
// skip them.
func (f *Forwarder) release(ctx context.Context, upTo uint64) error {
	st := f.Status()
	if upTo = min(upTo, st.Sent); upTo <= st.Released {
		return nil
	}
	if err := f.cfg.Spool.Release(ctx, upTo); err != nil {
		return err
	}
	f.update(func(s *SourceStatus) { s.Released = upTo })
	return nil
}

// answer notes what a reader asked, for the next report, and removes a request for nothing else.
func (f *Forwarder) answer(ctx context.Context, req request, asked uint64) {
	if req.Ping == "" || req.Ping == f.Status().Pong {
		return
	}
	if f.cfg.Flush != nil {
		f.cfg.Flush(ctx)
	}
	f.update(func(s *SourceStatus) { s.Pong = req.Ping })
	if req.After == nothing {
		f.settle(ctx, asked)
	}
}

// report writes the status to the log. If that fails, the next one may succeed.
func (f *Forwarder) report(ctx context.Context) {
	st, err := f.cfg.Spool.Stat(ctx)
	if err != nil {
		return
	}
	var lost int64
	for _, l := range st.Losses {
		lost += l.Flows
	}
	dropped, err := f.cfg.Spool.Released(ctx)
	if err != nil {
		return
	}
	s := f.Status()
	s.Dropped = dropped
	s.Recorded, s.Lost, s.At = uint64(st.Last), s.Lost+lost, time.Now().UTC().Truncate(time.Second)
	if err := put(ctx, f.cfg.Log, keySources+f.cfg.Source, s); err != nil {
		f.cfg.Logger.Debug("report the status", "source", f.cfg.Source, "err", err)
	}
}
