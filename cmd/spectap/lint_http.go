package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/openapi/lint"
)

// lintHTTPFlags are the flags of lint and validate that serve them over HTTP.
type lintHTTPFlags struct {
	addr   string
	remote bool
	tlsFlags
}

func (f *lintHTTPFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "http", "", "serve an HTTP API at `ADDR` instead: host:port; without a host, loopback")
	fl.BoolVar(&f.remote, "allow-remote", false, "with --http: accept an address that other machines reach")
	f.tlsFlags.register(cmd)
}

// args accepts one document, or none with --http.
func (f *lintHTTPFlags) args(cmd *cobra.Command, args []string) error {
	if f.addr != "" {
		if len(args) > 0 {
			return usagef(cmd, "--http serves documents that requests contain: leave out %s", args[0])
		}
		return f.check(cmd)
	}
	for _, name := range []string{"allow-remote", "tls-cert", "tls-key"} {
		if cmd.Flags().Changed(name) {
			return usagef(cmd, "--%s needs --http", name)
		}
	}
	return exactly(1, "one document")(cmd, args)
}

// serveLint serves lint and validate over HTTP until ctx ends.
func (p *program) serveLint(ctx context.Context, f *lintHTTPFlags, c lint.Config) error {
	secure, err := f.tls()
	if err != nil {
		return err
	}
	rule := listenRule{
		flag: "--http", remote: f.remote, remoteFlag: "--allow-remote", anyPort: "--http 127.0.0.1:0, which selects a free port",
		toRemote: "--http 127.0.0.1:8085, or --allow-remote with --tls-cert and --tls-key",
	}
	l, err := rule.listen(f.addr)
	if err != nil {
		return err
	}
	address := l.Addr()
	if !isLoopback(hostOf(address)) {
		how := ", without TLS (--tls-cert, --tls-key)"
		if secure != nil {
			how = ""
		}
		fmt.Fprintf(p.stderr, "spectap: warning: every machine that reaches this address may use it%s\n", how)
	}
	s := &http.Server{
		Handler: lint.Handler(c), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		TLSConfig: secure,
	}
	fmt.Fprintf(p.stderr, "listening on %s://%s\n", f.scheme(), address)
	if err := httpserver.Serve(ctx, s, l, 5*time.Second, nil); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
