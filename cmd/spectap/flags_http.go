package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/fileperm"
	"github.com/spectap/spectap/mcptools/front"
)

// httpFlags are the flags of commands that serve MCP over stdio or HTTP.
type httpFlags struct {
	addr           string
	tokenFile      string
	noToken        bool
	allowRemote    bool
	sse            bool
	hosts, origins []string
	metrics        string // the address of metrics
	tlsFlags
}

func (f *httpFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "http", "", "serve MCP over HTTP at this `address`, such as 127.0.0.1:8090, instead of stdio")
	fl.StringVar(&f.tokenFile, "token-file", "",
		"with --http: `file` of the bearer token, created if it does not exist (default: a new token, printed once)")
	fl.BoolVar(&f.noToken, "no-token", false, "with --http: accept every program of this machine; loopback only")
	fl.BoolVar(&f.allowRemote, "allow-remote", false,
		"with --http: accept an address that other machines reach")
	f.tlsFlags.register(cmd)
	fl.StringSliceVar(&f.hosts, "allow-host", nil,
		"with --http: also accept this `host` in requests, such as that of a reverse proxy (repeatable)")
	fl.StringSliceVar(&f.origins, "allow-origin", nil,
		"with --http: accept requests of web pages of this `origin` (repeatable)")
}

// registerSSE registers the flag of the old transport.
func (f *httpFlags) registerSSE(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.sse, "sse", false,
		"with --http: also serve the old HTTP+SSE transport (protocol 2024-11-05), at /mcp/sse")
}

// registerMetrics registers the flag of what has metrics.
func (f *httpFlags) registerMetrics(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.metrics, "metrics", "",
		"serve metrics for Prometheus at this `address`, such as 127.0.0.1:9464, at /metrics, without a token")
}

// check refuses flags that need --http.
func (f *httpFlags) check(cmd *cobra.Command) error {
	if f.addr != "" {
		return f.tlsFlags.check(cmd)
	}
	for _, name := range []string{
		"token-file", "no-token", "allow-remote", "sse", "tls-cert", "tls-key", "allow-host", "allow-origin",
	} {
		if f.metrics != "" && (name == "allow-remote" || name == "allow-host") {
			continue
		}
		if cmd.Flags().Changed(name) {
			return usagef(cmd, "--%s needs --http", name)
		}
	}
	return nil
}

// serveHTTP serves MCP servers by path until the context ends. It prints their URLs on stderr.
func (p *program) serveHTTP(
	ctx context.Context, f *httpFlags, servers map[string]*server.MCPServer, log *slog.Logger,
) error {
	return p.serveFront(ctx, f, front.Config{SSE: f.sse, Log: log}, slices.Collect(maps.Keys(servers)),
		func(c front.Config) (*front.Front, error) { return front.New(c, servers) })
}

// serveFront serves what build returns at the paths until the context ends. It prints their URLs on
// stderr.
func (p *program) serveFront(
	ctx context.Context, f *httpFlags, c front.Config, paths []string, build func(front.Config) (*front.Front, error),
) error {
	token := ""
	if c.Authenticate == nil {
		var err error
		if token, err = f.token(); err != nil {
			return err
		}
	}
	secure, err := f.tls()
	if err != nil {
		return err
	}
	rule := listenRule{
		flag: "--http", remote: f.allowRemote, remoteFlag: "--allow-remote", anyPort: "--http 127.0.0.1:0, which selects a free port",
		toRemote: "--http 127.0.0.1:8090, or --allow-remote with --tls-cert and --tls-key",
	}
	l, err := rule.listen(f.addr)
	if err != nil {
		return err
	}
	c.Addr, c.Token, c.NoToken, c.TLS, c.Hosts, c.Origins = l.Addr(), token, f.noToken, secure, f.hosts, f.origins
	fr, err := build(c)
	if err != nil {
		l.Close()
		return &misuse{fmt.Errorf("--http: %w", err)}
	}
	slices.Sort(paths)
	for _, path := range paths {
		fmt.Fprintf(p.stderr, "spectap: MCP at %s://%s%s\n", f.scheme(), l.Addr(), path)
		if f.sse {
			fmt.Fprintf(p.stderr, "spectap: MCP for clients of the old transport at %s://%s%s/sse\n", f.scheme(), l.Addr(), path)
		}
	}
	if secure == nil && !isLoopback(hostOf(l.Addr())) {
		fmt.Fprintln(p.stderr, "spectap: warning: without TLS, the network can read the token and all calls "+
			"(--tls-cert, --tls-key)")
	}
	switch {
	case c.Authenticate != nil: // each client has a token of its own
	case f.noToken:
		fmt.Fprintln(p.stderr, "spectap: every program of this machine may call the tools (--no-token)")
	case f.tokenFile != "":
		fmt.Fprintf(p.stderr, "spectap: the bearer token is in %s\n", f.tokenFile)
	default:
		fmt.Fprintf(p.stderr, "spectap: bearer token, printed once: %s\n", token)
	}
	return fr.Serve(ctx, l)
}

// hostOf returns the host of an address.
func hostOf(a net.Addr) string {
	host, _, _ := net.SplitHostPort(a.String())
	return host
}

// token reads the token file, or creates one that only the user can read.
func (f *httpFlags) token() (string, error) {
	switch {
	case f.noToken && f.tokenFile != "":
		return "", &misuse{errors.New("--no-token and --token-file exclude each other")}
	case f.noToken:
		return "", nil
	case f.tokenFile == "":
		return front.NewToken(), nil
	}
	data, err := readFile(f.tokenFile, maxSettings)
	if err == nil {
		info, serr := os.Stat(f.tokenFile)
		if serr == nil && fileperm.IsWritableByAll(info) {
			err := fmt.Errorf("token file %s is writable by all users: it has mode %04o", f.tokenFile, info.Mode().Perm())
			return "", &hint{err, "chmod 600 " + quoteArg(f.tokenFile) +
				"   # another user may have set the token: write a new one"}
		}
		token := strings.TrimSpace(string(data))
		if len(token) < front.MinToken {
			err := fmt.Errorf("token file %s: the token has fewer than %d characters", f.tokenFile, front.MinToken)
			return "", &hint{err, "rm " + quoteArg(f.tokenFile) + "   # the next start writes a new token there"}
		}
		return token, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := front.NewToken()
	w, err := os.OpenFile(f.tokenFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("save the token: %w", err)
	}
	if _, err = w.WriteString(token + "\n"); err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		os.Remove(f.tokenFile)
		return "", fmt.Errorf("save the token: %w", err)
	}
	return token, nil
}
