package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/certs"
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
its CA. Prints one line with its address when it is ready. Exits with 3 if something could not be recorded.`,
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
			fmt.Fprintf(p.stderr, "%d flows recorded in %s\n", l.recorded, p.dbPath())
			return l.report(p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the loopback `address` to listen on; port 0 takes a free one")
	o.addFlags(cmd)
	return cmd
}

// tapOptions are the flags of a recording proxy.
type tapOptions struct {
	listen  string
	maxBody sizeFlag
	budget  sizeFlag
	maxWait time.Duration
	lossy   bool
	// upstreamCAs are files of further CAs for upstreams.
	upstreamCAs []string
}

func (o *tapOptions) addFlags(cmd *cobra.Command) {
	o.maxBody, o.budget = capture.DefaultMaxBody, capture.DefaultBudget
	f := cmd.Flags()
	f.Var(&o.maxBody, "max-body", "record at most this `size` of each body; clients get all of it")
	f.Var(&o.budget, "budget", "let bodies and flows that wait to be stored take this `size` of memory at most")
	f.DurationVar(&o.maxWait, "max-wait", capture.DefaultMaxWait, "hold an exchange up for this `time` at most while the budget is used up, then drop its body")
	f.StringArrayVar(&o.upstreamCAs, "upstream-ca", nil, "also trust upstreams that a CA in this PEM `file` signed; may be repeated")
	f.BoolVar(&o.lossy, "lossy", false, "never hold an exchange up: drop its body at once")
}

// tap is a proxy at work, with all that is behind it.
type tap struct {
	ca       *certs.Authority
	store    store.Store
	queue    *capture.Queue
	proxy    *capture.Proxy
	listener net.Listener
	served   chan error // gets what ended the proxy
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
	t := &tap{served: make(chan error, 1)}
	defer func() {
		if err != nil {
			t.abandon()
		}
	}()
	if t.listener, err = listen(o.listen); err != nil {
		return nil, err
	}
	if t.ca, err = p.loadCA(); err != nil {
		return nil, err
	}
	st, err := p.openStore(true)
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
	cfg := capture.Config{Sink: t.queue, Certificates: t.ca, MaxBody: int64(o.maxBody), Logger: log}
	if cfg.Roots, err = o.roots(); err != nil {
		return nil, err
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = -1 // none
	}
	if t.proxy, err = capture.New(cfg); err != nil {
		return nil, err
	}
	go func() { t.served <- t.proxy.Serve(t.listener) }()
	return t, nil
}

func (o *tapOptions) check() error {
	if o.maxWait < 0 {
		return &misuse{fmt.Errorf("--max-wait %s: must not be negative", o.maxWait)}
	}
	if o.budget < 1<<20 {
		return &misuse{fmt.Errorf("--budget %s: must be 1MiB at least", &o.budget)}
	}
	if o.maxBody > o.budget {
		return &misuse{fmt.Errorf("--max-body %s: must not exceed --budget %s", &o.maxBody, &o.budget)}
	}
	return nil
}

// roots are the CAs that upstreams are verified against, nil for the system's alone.
func (o *tapOptions) roots() (*x509.CertPool, error) {
	if len(o.upstreamCAs) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("load the system's CAs: %w", err)
	}
	for _, file := range o.upstreamCAs {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--upstream-ca: %w", err)
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, &hint{fmt.Errorf("--upstream-ca %s: there is no certificate in it", file), "openssl x509 -in " + quoteArg(file) + " -noout -text"}
		}
	}
	return pool, nil
}

// stop ends the exchanges under way, stores what is queued and closes the store.
func (t *tap) stop() (losses, error) {
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
		tunnels: ps.Tunnels, handshakes: ps.Handshakes,
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
	recorded, flows, bodies, tunnels, handshakes int64
}

// report tells of losses, and returns the exit status for them.
func (l losses) report(p *program) error {
	if l.tunnels > 0 {
		fmt.Fprintf(p.stderr, "%d connections passed through unrecorded: neither TLS nor HTTP\n", l.tunnels)
	}
	if l.handshakes > 0 {
		fmt.Fprintf(p.stderr, "%d TLS handshakes failed: do the clients trust the CA?\n", l.handshakes)
	}
	if l.flows == 0 && l.bodies == 0 {
		return nil
	}
	fmt.Fprintf(p.stderr, "lost: %d flows, and the bodies of %d others\n", l.flows, l.bodies)
	return exitStatus(exitFound)
}

// listen opens a listener on a loopback address.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &misuse{fmt.Errorf("--listen %q: must be HOST:PORT", addr)}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &hint{
			&misuse{fmt.Errorf("--listen %q: must be a loopback address, since the proxy asks nobody for a password", addr)},
			"spectap proxy --listen 127.0.0.1:8080",
		}
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &hint{fmt.Errorf("listen on %s: the port is in use", addr), "spectap proxy --listen 127.0.0.1:0"}
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}

// sizeFlag is a number of bytes, such as 512, 64K, 10MB or 1GiB. Units are powers of 1024.
type sizeFlag int64

func (s *sizeFlag) Type() string { return "size" }

func (s *sizeFlag) String() string {
	n, unit := int64(*s), ""
	for _, u := range []string{"KiB", "MiB", "GiB"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, u
	}
	return strconv.FormatInt(n, 10) + unit
}

func (s *sizeFlag) Set(v string) error {
	const max = 1 << 40
	number := strings.TrimRight(v, "KMGiBkmgb")
	shift, ok := map[string]int{"": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30}[strings.ToLower(v[len(number):])]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || n < 0 || n > max>>shift {
		return fmt.Errorf("%q is no size such as 512, 64K or 10MiB", v)
	}
	*s = sizeFlag(n << shift)
	return nil
}
