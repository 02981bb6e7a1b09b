package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// tap is a proxy at work, with all that is behind it.
type tap struct {
	ca       *certs.Authority
	store    control.Store
	control  *control.Server // nil for none
	queue    *capture.Queue
	proxy    *capture.Proxy
	listener net.Listener
	served   chan error // gets what ended the proxy
	dropped  atomic.Int64
	rules    tapRules
	learner  *catalog.Learner   // nil for none
	cancel   context.CancelFunc // ends what goes on beside
	beside   sync.WaitGroup
}

// startTap opens store and CA and serves. The caller calls stop.
func (p *program) startTap(o *tapOptions) (_ *tap, err error) {
	log, err := p.logger()
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	cfg, err := o.config()
	if err != nil {
		return nil, err
	}
	o.tuneMemory()
	t := &tap{served: make(chan error, 1), rules: tapRules{log: log}}
	defer func() {
		if err != nil {
			t.abandon()
		}
	}()
	if t.listener, err = o.open(); err != nil {
		return nil, err
	}
	if t.ca, err = p.loadCA(); err != nil {
		return nil, err
	}
	st, err := p.open(store.Options{Create: true})
	if err != nil {
		return nil, err
	}
	t.store = st
	q := capture.QueueConfig{Store: st, Budget: int64(o.budget), MaxWait: o.maxWait, Logger: log}
	if o.lossy {
		q.MaxWait = -1
	}
	if t.queue, err = capture.NewQueue(q); err != nil {
		return nil, err
	}
	cfg.Sink, cfg.Certificates, cfg.CA, cfg.Logger = t.queue, t.ca, t.ca.CertPEM(), log
	t.rules.load(context.Background(), st)
	if n := t.rules.live.Counts().Rules; n > 0 { // an agent may have left them, long ago
		fmt.Fprintf(p.stderr, "spectap: %s of the store may change or block what passes (list_rules and clear_rules of spectap mcp --allow rules)\n", plural(n, "rule"))
	}
	cfg.Changer = ruleChanger{&t.rules.live}
	if t.proxy, err = capture.New(cfg); err != nil {
		return nil, err
	}
	if db, owner := st.(*store.DB); owner && !o.private {
		t.learner = catalog.NewLearner(catalog.LearnerConfig{
			Catalog: p.newCatalog(db, catalog.SaveAlways), Congested: t.queue.Tight, Logger: log,
			Activity: func() (int64, int64) {
				s := t.proxy.Stats()
				return s.Flows, s.Active
			},
		})
	}
	var ctx context.Context
	ctx, t.cancel = context.WithCancel(context.Background())
	go func() { t.served <- t.proxy.Serve(t.listener) }()
	if o.live {
		t.beside.Go(func() { t.show(ctx, p.stderr) })
		t.beside.Go(func() { t.heed(ctx, p.stderr) })
	}
	db, owner := st.(*store.DB)
	if !owner {
		t.beside.Go(func() { t.rules.follow(ctx, st) })
	}
	if owner && !o.private {
		t.beside.Go(func() { t.retain(ctx, db, o.keep.retention(), log) })
		t.beside.Go(func() { t.learner.Run(ctx) })
		t.control, err = control.Start(control.Config{Store: current{db, t}, Path: p.dbPath(), Status: func() any { return t.status() }, Logger: log})
		if err != nil { // recording works without
			log.Warn("other commands cannot use the store while this one runs", "err", err)
			err = nil
		}
	}
	return t, nil
}

// stop ends the exchanges under way, stores what is queued and closes the store.
func (t *tap) stop() (losses, error) {
	t.cancel()
	t.beside.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	t.proxy.Shutdown(ctx) // an error says that exchanges were cut off; they are recorded as such
	ctx, cancel = context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := t.queue.Close(ctx)
	if err != nil {
		err = fmt.Errorf("store what is queued: %w", err)
	}
	ps, qs := t.proxy.Stats(), t.queue.Stats()
	l := losses{
		recorded: ps.Flows - qs.Lost, flows: ps.Lost + qs.Lost, bodies: ps.BodiesLost + qs.BodiesLost,
		tunnels: ps.Tunnels - ps.OutOfScope - ps.Pinned, outOfScope: ps.OutOfScope, handshakes: ps.Handshakes,
		pinned: ps.Pinned, pinnedHosts: t.proxy.PassedThrough(), unwanted: ps.Unwanted, fronted: ps.Fronted, refused: ps.Refused,
	}
	if t.control != nil {
		t.control.Close()
	}
	if cerr := t.store.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("close store: %w", cerr))
	}
	return l, err
}

// abandon closes what startTap opened before it failed.
func (t *tap) abandon() {
	if t.listener != nil {
		t.listener.Close()
	}
	if t.queue != nil {
		t.queue.Close(context.Background())
	}
	if t.store != nil {
		t.store.Close()
	}
}
