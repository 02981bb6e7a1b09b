package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/egress/otlp"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// Tap is a running proxy with its CA, queue, store and background tasks.
type Tap struct {
	CA       *certs.Authority
	store    control.Store
	control  atomic.Pointer[control.Server] // nil if this process does not own the store
	session  uint64                         // 0 for a proxy that records no session
	guarded  bool                           // by --guard
	exit     int                            // status of the session's command
	programs []bypassProgram                // that connected, of a run
	queue    *capture.Queue
	proxy    *capture.Proxy
	Listener net.Listener
	served   chan error    // receives the error that ended the proxy
	dropped  atomic.Int64  // flows dropped by retention
	reported atomic.Uint64 // the newest record that Stat reported to a reader
	rules    tapRules
	learner  *catalog.Learner // nil if this process does not learn
	redact   *redact.Redactor
	hub      *hub.Forwarding    // or nil
	traces   *otlp.Tracer       // or nil
	cancel   context.CancelFunc // ends the background tasks
	tasks    sync.WaitGroup     // background tasks
	ended    atomic.Bool        // the store is being closed
}

// StartTap opens the store and the CA, and serves. The caller calls stop.
func StartTap(p *cli.Program, o *TapOptions) (_ *Tap, err error) {
	log, err := p.Logger()
	if err != nil {
		return nil, err
	}
	if err := SetAddress(p, o); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	cfg, err := o.Config()
	if err != nil {
		return nil, err
	}
	if cfg.Skip, err = Skipping(p, o); err != nil {
		return nil, err
	}
	// Set the limit near the budget. While memory use is low, collections are rarer than by
	// default. Still rarer collections saved nothing measurable (docs/performance.md).
	const overhead = 25 << 20 // memory of the process in addition to the budget
	p.TuneGC(100, int64(o.Budget)+overhead)
	t := &Tap{served: make(chan error, 1), rules: tapRules{log: log}, guarded: cfg.Guard != nil}
	defer func() {
		if err != nil {
			t.abandon()
		}
	}()
	if err := t.open(p, o, cfg, log); err != nil {
		return nil, err
	}
	go func() { t.served <- t.proxy.Serve(t.Listener) }()
	t.startTasks(p, o, log)
	return t, nil
}

// open opens everything that the tap uses. On an error, the caller closes what was opened.
func (t *Tap) open(p *cli.Program, o *TapOptions, cfg capture.Config, log *slog.Logger) (err error) {
	if t.Listener, err = o.ListenRule().Listen(o.Listen); err != nil {
		return err
	}
	if t.CA, err = loadCA(p); err != nil {
		return err
	}
	so := store.Options{Create: true}
	if o.hub.On() {
		so.MaxSize = int64(o.retention.Size) // limit of the spool: unsent flows are never dropped
	}
	st, err := p.Open(so)
	if err != nil {
		return err
	}
	t.store = st
	if _, owned := st.(*store.DB); !owned { // used once the proxy serves: then the tap is whole
		reopen := func() (control.Store, error) { return p.Open(store.Options{}) } // after the owner has ended
		t.store, err = control.NewFailover(context.Background(), st, reopen, func(db *store.DB) { t.serve(p, db, log) })
		if err != nil {
			return err
		}
	}
	if cfg.Tags = o.tags; o.session != nil {
		s := store.Session{Command: o.session, Tags: o.tags, Started: time.Now()}
		if t.session, err = st.BeginSession(context.Background(), s); err != nil {
			return err
		}
		cfg.Session = t.session
	}
	red, err := p.Redactor(context.Background(), t.store)
	if err != nil {
		return err
	}
	t.redact = red
	q := o.queue(t.store, log)
	var tell []func([]flow.Flow)
	if o.Dump != nil {
		o.Dump.redact = red.Flow
		tell = append(tell, o.Dump.add)
	}
	if t.traces = otlp.Start(cli.Version(), p.Stderr, log); t.traces != nil {
		tell = append(tell, t.trace)
	}
	if tell != nil {
		q.Store = tellingStore{t.store, tell}
	}
	if t.queue, err = capture.NewQueue(q); err != nil {
		return err
	}
	if err := t.forward(p, o, st, log); err != nil {
		return err
	}
	cfg.Unrecorded, cfg.Upstream.Dial = o.unread, o.dial
	cfg.Sink, cfg.Certificates, cfg.CA, cfg.Logger = t.queue, t.CA, t.CA.CertPEM(), log
	t.rules.load(context.Background(), st)
	if n := t.rules.live.Counts().Rules; n > 0 { // rules persist: they may have been set long ago
		fmt.Fprintf(p.Stderr, "spectap: %s of the store may change or block traffic "+
			"(spectap rules ls, spectap rules off)\n", cli.Plural(n, "rule"))
	}
	cfg.Changer = ruleChanger{&t.rules.live, red, &t.control}
	t.proxy, err = capture.New(cfg)
	return err
}

// forward starts to send flows to a hub, if the options name one.
func (t *Tap) forward(p *cli.Program, o *TapOptions, st control.Store, log *slog.Logger) error {
	if !o.hub.On() {
		return nil
	}
	db, owned := st.(*store.DB)
	if !owned {
		return cli.WithHint(fmt.Errorf("another process records to %s", o.hub.Spool), "--spool FILE   # a spool for each process")
	}
	if err := o.hub.Start(p, db, o.session != nil, flushedStore{db, t}.flush, log); err != nil {
		return err
	}
	t.hub = &o.hub
	return nil
}

// startTasks starts the background tasks: the status line, rules, retention, the learner and the
// control socket.
func (t *Tap) startTasks(p *cli.Program, o *TapOptions, log *slog.Logger) {
	var ctx context.Context
	ctx, t.cancel = context.WithCancel(context.Background())
	db, owner := t.store.(*store.DB)
	if owner && t.hub == nil { // before any task reads it
		t.learner = t.newLearner(p, db, log)
	}
	if o.live {
		if p.LogRows {
			go flows.Live(ctx, p, t.store, t.redact) // no task: a terminal that nobody reads must not hold up the end
		} else {
			t.tasks.Go(func() { t.ShowStatus(ctx, p.NewStatusLine()) })
		}
		t.tasks.Go(func() { t.togglePause(ctx, p.Stderr) })
	}
	if !owner {
		t.tasks.Go(func() { t.rules.follow(ctx, t.store) })
		return
	}
	if t.hub == nil { // the hub decides how long flows stay, and learns from them
		t.tasks.Go(func() { flagset.Retain(ctx, db, o.retention.Limits(), log, &t.dropped) })
		t.tasks.Go(func() { t.learner.Run(ctx) })
	}
	t.serve(p, db, log)
}

// serve lets other processes use the store that this process owns.
func (t *Tap) serve(p *cli.Program, db *store.DB, log *slog.Logger) {
	s, err := control.Start(control.Config{
		Store: flushedStore{db, t}, Path: p.DBPath(), Status: func() any { return t.status() }, Logger: log,
	})
	if err != nil { // recording works without it
		log.Warn("other commands cannot use the store while this one runs", "err", err)
		return
	}
	t.control.Store(s)
}

func (t *Tap) newLearner(p *cli.Program, db *store.DB, log *slog.Logger) *catalog.Learner {
	return catalog.NewLearner(catalog.LearnerConfig{
		Catalog: p.NewCatalog(db, catalog.SaveAlways), Congested: t.queue.IsCongested, Redact: t.redact, Logger: log,
		Activity: func() (int64, int64) {
			s := t.proxy.Stats()
			return s.Flows, s.Active
		},
	})
}

// Stop ends open exchanges, stores the queue and closes the store.
func (t *Tap) Stop() (Losses, error) {
	t.cancel()
	t.tasks.Wait()
	t.rules.live.StopHolding()
	ctx, cancel := context.WithTimeout(context.Background(), DrainTimeout)
	defer cancel()
	t.proxy.Shutdown(ctx) // exchanges that are cut off are recorded as failed
	ctx, cancel = context.WithTimeout(context.Background(), DrainTimeout)
	defer cancel()
	err := t.queue.Close(ctx)
	if err != nil {
		err = fmt.Errorf("store the queue: %w", err)
	}
	ps, qs := t.proxy.Stats(), t.queue.Stats()
	l := Losses{
		Recorded: ps.Flows - qs.Lost, Flows: ps.Lost + qs.Lost, bodies: ps.BodiesLost + qs.BodiesLost,
		tunnels: ps.Tunnels - ps.OutOfScope - ps.Pinned, outOfScope: ps.OutOfScope, handshakes: ps.Handshakes,
		pinned: ps.Pinned, pinnedHosts: t.proxy.PassedThrough(),
		Unwanted: ps.Unwanted, Skipped: ps.Skipped, fronted: ps.Fronted, refused: ps.Refused,
	}
	if t.session != 0 {
		ctx, cancel := context.WithTimeout(context.Background(), DrainTimeout)
		defer cancel()
		if eerr := t.store.EndSession(ctx, t.session, time.Now(), t.exit); eerr != nil {
			err = errors.Join(err, fmt.Errorf("note the end of session %d: %w", t.session, eerr))
		}
	}
	t.traces.Close()
	if t.hub != nil {
		err = errors.Join(err, t.hub.Stop(context.Background()))
	}
	if s := t.control.Load(); s != nil {
		s.Close()
	}
	t.ended.Store(true)
	if cerr := t.store.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("close store: %w", cerr))
	}
	return l, err
}

// abandon closes everything that StartTap opened before it failed.
func (t *Tap) abandon() {
	if t.Listener != nil {
		t.Listener.Close()
	}
	if t.queue != nil {
		t.queue.Close(context.Background())
	}
	t.traces.Close()
	if t.hub != nil && t.hub.Cancel != nil {
		t.hub.Cancel()
		<-t.hub.Ended
	}
	if t.store != nil {
		t.store.Close()
	}
}
