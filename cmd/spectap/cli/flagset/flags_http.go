package flagset

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcp/front"
)

// HTTPFlags are the flags of commands that serve MCP over stdio or HTTP.
type HTTPFlags struct {
	Addr           string
	TokenFile      string
	NoToken        bool
	AllowRemote    bool
	sse            bool
	hosts, origins []string
	Metrics        string // the address of metrics
	TLSFlags
}

// Register adds the flags of a server of MCP over HTTP.
func (f *HTTPFlags) Register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadHTTP, "http")()
	fl.StringVar(&f.Addr, "http", "", "serve MCP over HTTP at this `address`, such as 127.0.0.1:8090, instead of stdio")
	fl.StringVar(&f.TokenFile, "token-file", "",
		"with --http: `file` of the bearer token, created if it does not exist (default: a new token, printed once)")
	fl.BoolVar(&f.NoToken, "no-token", false, "with --http: accept every program of this machine; loopback only")
	fl.BoolVar(&f.AllowRemote, "allow-remote", false, "with --http: accept an address that other machines reach")
	f.TLSFlags.Register(cmd)
	fl.StringSliceVar(&f.hosts, "allow-host", nil,
		"with --http: also accept this `host` in requests, such as that of a reverse proxy (repeatable)")
	fl.StringSliceVar(&f.origins, "allow-origin", nil,
		"with --http: accept requests of web pages of this `origin` (repeatable)")
}

// RegisterSSE registers the flag of the old transport.
func (f *HTTPFlags) RegisterSSE(cmd *cobra.Command) {
	defer cli.Under(cmd.Flags(), cli.HeadHTTP)()
	cmd.Flags().BoolVar(&f.sse, "sse", false,
		"with --http: also serve the old HTTP+SSE transport (protocol 2024-11-05), at /mcp/sse")
}

// RegisterMetrics registers --metrics.
func (f *HTTPFlags) RegisterMetrics(cmd *cobra.Command) {
	defer cli.Under(cmd.Flags(), cli.HeadHTTP)()
	cmd.Flags().StringVar(&f.Metrics, "metrics", "",
		"serve metrics for Prometheus at this `address`, such as 127.0.0.1:9464, at /metrics, without a token")
}

// Check refuses flags that need --http.
func (f *HTTPFlags) Check(cmd *cobra.Command) error {
	if f.Addr != "" {
		return f.TLSFlags.Check(cmd)
	}
	rules := []Rule{Need("token-file no-token sse tls-cert tls-key allow-origin", "http", "")}
	if f.Metrics == "" {
		rules = append(rules, Need("allow-remote allow-host", "http", ""))
	}
	return Check(cmd, rules...)
}

// ServeHTTP serves MCP servers by path until the context ends. It prints their URLs on stderr.
func ServeHTTP(
	ctx context.Context, p *cli.Program, f *HTTPFlags, servers map[string]front.Server, log *slog.Logger,
) error {
	return ServeFront(ctx, p, f, front.Config{SSE: f.sse, Log: log}, slices.Collect(maps.Keys(servers)),
		func(c front.Config) (*front.Front, error) { return front.New(c, servers) })
}

// ServeFront serves the handlers that build returns at the paths until the context ends. It prints
// their URLs on stderr.
func ServeFront(
	ctx context.Context, p *cli.Program, f *HTTPFlags, c front.Config, paths []string, build func(front.Config) (*front.Front, error),
) error {
	token := ""
	if c.Authenticate == nil {
		var err error
		if token, err = f.token(); err != nil {
			return err
		}
	}
	secure, err := f.TLS()
	if err != nil {
		return err
	}
	rule := ListenRule{
		Flag: "--http", Remote: f.AllowRemote, RemoteFlag: "--allow-remote", AnyPort: "--http 127.0.0.1:0, which selects a free port",
		ToRemote: "--http 127.0.0.1:8090, or --allow-remote with --tls-cert and --tls-key",
	}
	l, err := rule.Listen(f.Addr)
	if err != nil {
		return err
	}
	c.Addr, c.Token, c.NoToken, c.TLS, c.Hosts, c.Origins = l.Addr(), token, f.NoToken, secure, f.hosts, f.origins
	fr, err := build(c)
	if err != nil {
		l.Close()
		return cli.Misusef("--http: %w", err)
	}
	slices.Sort(paths)
	for _, path := range paths {
		fmt.Fprintf(p.Stderr, "spectap: MCP at %s://%s%s\n", f.Scheme(), l.Addr(), path)
		if f.sse {
			fmt.Fprintf(p.Stderr, "spectap: MCP for clients of the old transport at %s://%s%s/sse\n", f.Scheme(), l.Addr(), path)
		}
	}
	if secure == nil && !address.IsLoopback(HostOf(l.Addr())) {
		fmt.Fprintln(p.Stderr, "spectap: warning: without TLS, the network can read the token and all calls "+
			"(--tls-cert, --tls-key)")
	}
	switch {
	case c.Authenticate != nil: // each client has its own token
	case f.NoToken:
		fmt.Fprintln(p.Stderr, "spectap: every program of this machine may call the tools (--no-token)")
	case f.TokenFile != "":
		fmt.Fprintf(p.Stderr, "spectap: the bearer token is in %s\n", f.TokenFile)
	default:
		fmt.Fprintf(p.Stderr, "spectap: bearer token, printed once: %s\n", token)
	}
	return fr.Serve(ctx, l)
}

// HostOf returns the host of an address.
func HostOf(a net.Addr) string {
	host, _, _ := net.SplitHostPort(a.String())
	return host
}

// token reads the token file, or creates one that only the user can read.
func (f *HTTPFlags) token() (string, error) {
	switch {
	case f.NoToken && f.TokenFile != "":
		return "", cli.Misusef("--no-token and --token-file exclude each other")
	case f.NoToken:
		return "", nil
	case f.TokenFile == "":
		return front.NewToken(), nil
	}
	data, err := cli.ReadFile(f.TokenFile, cli.MaxSettings)
	if err == nil {
		token := strings.TrimSpace(string(data))
		info, serr := os.Stat(f.TokenFile)
		switch {
		case serr == nil && safefile.IsWritableByAll(info):
			err = fmt.Errorf("token file %s is writable by all users: it has mode %04o", f.TokenFile, info.Mode().Perm())
			return "", cli.WithHint(err, "chmod 600 "+cli.QuoteArg(f.TokenFile)+"   # another user may have set the token: write a new one")
		case len(token) < front.MinToken:
			err = fmt.Errorf("token file %s: the token has fewer than %d characters", f.TokenFile, front.MinToken)
			return "", cli.WithHint(err, "rm "+cli.QuoteArg(f.TokenFile)+"   # the next start writes a new token there")
		}
		return token, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := front.NewToken()
	w, err := os.OpenFile(f.TokenFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("save the token: %w", err)
	}
	if _, err = w.WriteString(token + "\n"); err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		os.Remove(f.TokenFile)
		return "", fmt.Errorf("save the token: %w", err)
	}
	return token, nil
}

// ServeMetrics serves metrics until end is called, if --metrics is set. It prints the URL on
// stderr.
func ServeMetrics(
	ctx context.Context, p *cli.Program, f *HTTPFlags, page func(*slog.Logger) *metrics.Page, log *slog.Logger,
) (end func(), err error) {
	if f.Metrics == "" {
		return func() {}, nil
	}
	secure, err := f.TLS()
	if err != nil {
		return nil, err
	}
	const remote = "--allow-remote"
	rule := ListenRule{
		Flag: "--metrics", Remote: f.AllowRemote, RemoteFlag: remote, AnyPort: "--metrics 127.0.0.1:0, which selects a free port",
		ToRemote: "--metrics 127.0.0.1:9464, or " + remote,
	}
	l, err := rule.Listen(f.Metrics)
	if err != nil {
		return nil, err
	}
	r, err := httpserver.NewReach(httpserver.ReachConfig{Addr: l.Addr(), TLS: secure, Hosts: f.hosts})
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	fmt.Fprintf(p.Stderr, "spectap: metrics at %s://%s%s\n", f.Scheme(), l.Addr(), metricsPath)
	if !r.IsLoopback() {
		fmt.Fprintln(p.Stderr, "spectap: warning: everyone who reaches that address can read the metrics")
	}
	h := metricsHandler(r, func() *metrics.Page { return page(log) })
	return ServeBeside(l, secure, h, log.With("of", "metrics")), nil
}

// ServeBeside serves an additional handler of a command until end is called, with TLS unless secure
// is nil.
func ServeBeside(l net.Listener, secure *tls.Config, h http.Handler, log *slog.Logger) (end func()) {
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Warn("an address is no longer served", "address", l.Addr(), "error", err)
		}
	}()
	return func() { s.Close() }
}

// metricsPath is the path of the metrics.
const metricsPath = "/metrics"

// metricsHandler answers scrapes. It builds one page at a time; slow readers do not delay others.
func metricsHandler(r *httpserver.Reach, page func() *metrics.Page) http.Handler {
	var one sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case !r.HostAllowed(req.Host):
			http.Error(w, "this server does not answer to this Host", http.StatusForbidden)
			return
		case !r.OriginAllowed(req):
			http.Error(w, "pages of this origin may not call this server", http.StatusForbidden)
			return
		case req.URL.Path != metricsPath:
			http.Error(w, "metrics are at "+metricsPath, http.StatusNotFound)
			return
		case req.Method != http.MethodGet && req.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "metrics are read with GET", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", metrics.ContentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		one.Lock()
		p := page()
		one.Unlock()
		_, _ = p.WriteTo(w) // an error means that the client is gone
	})
}

// ListenRule decides where a listener may listen, and provides the hint if it may not.
type ListenRule struct {
	Flag       string // the flag with the address
	Remote     bool   // other machines are allowed
	RemoteFlag string // the flag that allows them
	AnyPort    string // the flag that selects a free port
	ToRemote   string // the flags to serve this machine, or others
}

// Check returns the address to listen on. It must be a loopback address unless others are allowed.
// Without a host it is loopback, or all interfaces if others are allowed.
func (r ListenRule) Check(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		hint := r.AnyPort
		if _, err := strconv.ParseUint(addr, 10, 16); err == nil {
			hint, _, _ = strings.Cut(strings.Replace(hint, "127.0.0.1:0", "127.0.0.1:"+addr, 1), ",")
		}
		return "", cli.WithHint(cli.Misusef("%s %q: must be HOST:PORT", r.Flag, addr), hint)
	}
	if host == "" && !r.Remote {
		host = "127.0.0.1"
	}
	if !r.Remote && !address.IsLoopback(host) {
		return "", cli.WithHint(cli.Misusef("%s %q: must be a loopback address without %s", r.Flag, addr, r.RemoteFlag), r.ToRemote)
	}
	return net.JoinHostPort(host, port), nil
}

// Listen opens the listener for an address.
func (r ListenRule) Listen(addr string) (net.Listener, error) {
	addr, err := r.Check(addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, cli.WithHint(fmt.Errorf("listen on %s: the port is in use", addr), r.AnyPort)
	}
	if err != nil {
		return nil, cli.WithHint(fmt.Errorf("listen on %s: %w", addr, err), r.AnyPort)
	}
	return l, nil
}
