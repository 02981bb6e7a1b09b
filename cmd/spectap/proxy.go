package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

const proxyExample = `  spectap proxy                                    # on 127.0.0.1:8080, until interrupted
  spectap proxy --db shop.db --listen 127.0.0.1:0  # on a free port, which is printed
  curl --cacert "$(spectap ca path)" -x http://127.0.0.1:8080 https://example.com/`

// drainTimeout bounds what is left to do after an interrupt.
const drainTimeout = 10 * time.Second

func newProxyCmd(p *program) *cobra.Command {
	var o tapOptions
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Record what passes through a proxy, until interrupted",
		Long: `Record what passes through a proxy, until interrupted. Clients have to use it as their proxy and to trust
its CA. Prints one line with its address when it is ready. Exits with 3 if something could not be recorded.

While it runs, other commands use the same store through it, and it applies the rules that are kept there. SIGUSR1 pauses recording, and resumes it.`,
		Example: proxyExample,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := p.startTap(&o)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "listening on %s\n", t.listener.Addr())
			fmt.Fprintf(p.stderr, "recording to %s\nclients have to trust %s\n", p.dbPath(), t.ca.CertPath())
			select {
			case <-cmd.Context().Done():
			case err = <-t.served:
				err = fmt.Errorf("serve %s: %w", t.listener.Addr(), err)
			}
			l, serr := t.stop()
			if err = errors.Join(err, serr); err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "%s recorded in %s\n", plural(int(l.recorded), "flow"), p.dbPath())
			return l.report(p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the loopback `address` to listen on; port 0 takes a free one")
	f.StringVar(&o.reverse, "reverse", "", "pass requests to the proxy itself on to this `URL`; their clients need no CA")
	f.BoolVar(&o.allowRemote, "allow-remote", false, "let other machines in, with the credentials in "+proxyAuthEnv+"=USER:PASSWORD")
	o.addFlags(cmd)
	o.keep.addFlags(cmd)
	o.live = true
	return cmd
}

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

// losses says how complete a capture is.
type losses struct {
	recorded, flows, bodies                                             int64
	tunnels, outOfScope, unwanted, pinned, handshakes, fronted, refused int64
	pinnedHosts                                                         []string
}

// report tells of losses, and returns the exit status for them.
func (l losses) report(p *program) error {
	for _, x := range []struct {
		n    int64
		what string
	}{
		{l.unwanted, "requests out of scope were passed on unrecorded"},
		{l.outOfScope, "connections to hosts out of scope were passed through"},
		{l.tunnels, "connections were passed through unrecorded: not HTTP"},
		{l.pinned, "connections were passed through unrecorded: their clients refused our certificate"},
		{l.refused, "proxy requests were refused: not with the credentials of " + proxyAuthEnv},
		{l.fronted, "requests named another host in their Host header than they connected to"},
		{l.handshakes, "TLS handshakes failed: do the clients trust the CA?"},
	} {
		if x.n > 0 {
			fmt.Fprintf(p.stderr, "%d %s\n", x.n, x.what)
		}
	}
	if len(l.pinnedHosts) > 0 {
		fmt.Fprintf(p.stderr, "refused for: %s\n", strings.Join(l.pinnedHosts, ", "))
	}
	if l.flows == 0 && l.bodies == 0 {
		return nil
	}
	fmt.Fprintf(p.stderr, "lost: %d flows, and the bodies of %d others\n", l.flows, l.bodies)
	return exitStatus(exitFound)
}
