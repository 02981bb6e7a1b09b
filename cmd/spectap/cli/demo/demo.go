// Package demo has the command demo, which runs the complete workflow on a mock of a sample API.
// Read demo.go first.
package demo

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/cmd/spectap/cli"
	capturecli "github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/page"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcptools/contract"
	"github.com/spectap/spectap/mock"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/store"
)

const demoLong = `Shows everything on a mock of a shop's API, on the loopback interface: a recorded test suite runs
through the proxy, the OpenAPI document is inferred from the captured traffic, and an agent calls the
API with guarded tools of that document. Each step checks its result; the exit status is 1 if a
check fails.`

// NewCmd returns the command demo.
func NewCmd(p *cli.Program) *cobra.Command {
	var dir string
	var ui page.Flags
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Try everything on a sample API, on this machine only",
		Long:    demoLong,
		Example: "  spectap demo\n  spectap demo --dir shop-demo      # write the files there",
		PreRunE: func(cmd *cobra.Command, _ []string) error { return ui.Check(cmd) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), p, dir, &ui) },
	}
	cmd.Flags().StringVar(&dir, "dir", "",
		"write the files to this new or empty `folder` (default: a new temporary folder)")
	ui.AddFlags(cmd)
	return cmd
}

// demoTimeout limits the whole demo.
const demoTimeout = time.Minute

// run is one run of demo.
type run struct {
	p      *cli.Program
	dir    string
	tmp    *safefile.TempDir // dir, or nil if a person named it
	shop   shop
	trust  tls.Config // of clients
	doc    *catalog.Document
	tap    *capturecli.Tap
	sent   int          // requests of the clients
	sayErr error        // first error of printing
	shown  func() error // waits for the end of the page
}

func runDemo(ctx context.Context, p *cli.Program, dir string, ui *page.Flags) (err error) {
	started, parent := time.Now(), ctx
	ctx, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	s := &run{p: p}
	if err := s.makeDir(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.leave(parent, err)) }()
	s.say("spectap demo: capture, document and tools of a sample shop API. Everything stays on this machine.\nfiles: %s\n", s.dir)
	defer func() {
		if s.tap != nil {
			s.tap.Stop()
		}
		s.shop.server.Close()
	}()
	for i, step := range []struct {
		title string
		run   func(context.Context) error
	}{
		{"Start a mock of a shop's API, and a proxy", func(context.Context) error { return s.start(parent, ui) }},
		{"Clients use the API through the proxy", s.drive},
		{"The captured traffic becomes a document", s.document},
		{"An agent reads the capture, without secrets", s.readCapture},
		{"An agent calls the API with tools of the document", s.callAPI},
	} {
		s.say("\n%d. %s\n", i+1, step.title)
		if err := step.run(ctx); err != nil {
			if parent.Err() != nil { // an ended process may not report its own error
				return parent.Err()
			}
			return fmt.Errorf("demo, step %d: %w", i+1, err)
		}
	}
	s.say("\nAll of it worked, in %.1f s. To continue:\n", time.Since(started).Seconds())
	s.say("  spectap flows ls --db %[1]s\n  spectap explain --db %[1]s GET /api/v1/products/oak-stool\n"+
		"  spectap mcp --db %[1]s        # for an MCP client\n  spectap ui --db %[1]s         # the page\n", s.file("flows.db"))
	if s.tmp != nil {
		s.say("  rm -r %s        # when you have seen enough\n", s.dir)
	}
	if ui.On {
		s.say("\nThe page stays until you interrupt this.\n")
	}
	return cmp.Or(s.sayErr, s.shown())
}

// makeDir creates the folder for the files of the demo.
func (s *run) makeDir(dir string) (err error) {
	if dir == "" {
		if s.tmp, err = safefile.NewTempDir(safefile.TempConfig{Prefix: "spectap-demo-"}); err != nil {
			return fmt.Errorf("create the folder for the demo: %w", err)
		}
		s.dir = s.tmp.Path
		return nil
	}
	err = os.MkdirAll(dir, 0o700)
	there, unread := os.ReadDir(dir)
	if err = cmp.Or(err, unread); err == nil && len(there) > 0 {
		err = errors.New("it is not empty")
	}
	if err != nil {
		return cli.WithHint(fmt.Errorf("the folder of the demo, %s: %w", dir, cli.PlainPathError(err)), "another folder with --dir")
	}
	s.dir, err = filepath.Abs(dir)
	return err
}

// file returns the path of a file of the demo.
func (s *run) file(name string) string { return filepath.Join(s.dir, name) }

// leave removes a temporary folder if ctx ended before the demo did, and otherwise keeps it for the
// user. failed is the error of the demo.
func (s *run) leave(ctx context.Context, failed error) error {
	switch {
	case s.tmp == nil:
		return nil
	case failed != nil && ctx.Err() != nil:
		return s.tmp.Remove()
	}
	return s.tmp.Keep()
}

// say prints to stdout. The first error is kept in sayErr.
func (s *run) say(format string, args ...any) {
	_, err := fmt.Fprintf(s.p.Stdout, format, args...)
	s.sayErr = cmp.Or(s.sayErr, err)
}

// start starts a proxy, the API with a certificate of the same CA and, if wanted, the page, which
// ends with ctx.
func (s *run) start(ctx context.Context, ui *page.Flags) error {
	err := s.openTap()
	if err == nil {
		err = s.shop.serve(ctx, s.tap.CA)
	}
	if err != nil {
		return err
	}
	s.say("   API    %s, a mock of a recorded one\n   proxy  http://%s\n   The CA of both is %s\n",
		&s.shop.at, s.tap.Listener.Addr(), filepath.Join("ca", "ca.pem"))
	ui.Recorder, ui.Trust.Cas = traffic.Recorder{Started: true}, []string{s.tap.CA.CertPath()}
	s.shown, err = page.ShowPage(ctx, s.p, ui)
	return err
}

// openTap starts the proxy. Its files are in the folder of the demo.
func (s *run) openTap() error {
	s.p.Global.DB, s.p.Global.CADir = s.file("flows.db"), s.file("ca")
	ca, _, err := certs.LoadOrCreate(s.p.CADir())
	if err != nil {
		return err
	}
	s.trust.RootCAs = x509.NewCertPool()
	s.trust.RootCAs.AddCert(ca.Root())
	var o capturecli.TapOptions
	o.AddFlags(&cobra.Command{}) // sets the defaults
	o.Listen, o.Skip, o.UpstreamProxy, o.Trust.Cas = "127.0.0.1:0", []string{}, "", []string{ca.CertPath()}
	s.tap, err = capturecli.StartTap(s.p, &o)
	return err
}

// drive sends the requests of the recorded test suite.
func (s *run) drive(ctx context.Context) error {
	proxy := &url.URL{Scheme: "http", Host: s.tap.Listener.Addr().String()}
	client, err := egress.New(egress.Config{Named: []string{s.shop.at.String()}, Proxy: proxy, TLS: &s.trust, Redirects: -1})
	if err != nil {
		return err
	}
	started, hide := time.Now(), redact.New(nil, redact.Config{}) // no difference is shown
	steps := contract.Build(s.shop.flows, func(f *flow.Flow) string { return f.Request.Method + " " + f.Request.Path }, hide.Flow)
	found, sent, err := contract.Run(ctx, steps, contract.Config{Base: &s.shop.at, Client: client, Redactor: hide, Timeout: demoTimeout, All: true})
	if err != nil {
		return err
	}
	others := len(slices.DeleteFunc(found, func(d contract.Difference) bool { return d.Rule != "status" && d.Rule != "answer" }))
	s.say("   a recorded test suite: %d requests in %.1f s; %d answers have the recorded status\n", sent, time.Since(started).Seconds(), sent-others)
	if others > sent/5 {
		return fmt.Errorf("%d of %d answers do not have the recorded status", others, sent)
	}
	client.Close()
	s.sent = sent
	l, err := s.tap.Stop()
	if s.tap = nil; err != nil || l.Recorded != int64(s.sent) || l.Report(s.p) != nil {
		return errors.Join(err, fmt.Errorf("sent %d requests, but recorded %d flows and lost %d", s.sent, l.Recorded, l.Flows))
	}
	s.say("   captured: %d flows, none lost (flows.db)\n", l.Recorded)
	return nil
}

// document infers the document, writes it and prints a summary.
func (s *run) document(ctx context.Context) error {
	st, err := store.Open(s.file("flows.db"), store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	if s.doc, err = s.p.NewCatalog(st, catalog.SaveAlways).Document(ctx, catalog.Request{Title: "Sample shop"}); err != nil {
		return err
	}
	if _, err := document.WriteDocument(ctx, s.p, s.file("shop.yaml"), s.doc.OpenAPI, openapi.YAML); err != nil {
		return err
	}
	d := s.doc.Decided
	if d.Flows != int64(s.sent) {
		return fmt.Errorf("the document accounts for %d flows, want %d", d.Flows, s.sent)
	}
	s.say("   shop.yaml: OpenAPI %s, %d operations, %d schemas, %d security schemes\n",
		s.doc.OpenAPI.OpenAPI, len(d.Operations), len(d.Components), len(d.Security))
	for _, o := range d.Operations {
		s.say("     %-6s %s\n", o.Method, o.Path)
	}
	s.say("   left out: %s\n", document.Reasons(d.Excluded))
	return nil
}

// recorded is a test suite of the sample API of internal/test/sample, as a HAR. TestRecording
// records it anew.
//
//go:embed shop.har.gz
var recorded []byte

// anyCredential is good for each scheme of the shop: a mock accepts any.
const anyCredential = "demo:any-is-good"

// shop is the API: a mock of the recorded one. It counts the requests that reach it.
type shop struct {
	flows    []flow.Flow
	mock     *mock.Mock
	received atomic.Int64
	server   http.Server
	at       url.URL
}

// serve learns the mock and serves it over TLS.
func (s *shop) serve(ctx context.Context, ca *certs.Authority) error {
	flows, err := contract.Read(bytes.NewReader(recorded))
	if err != nil {
		return fmt.Errorf("read the recorded shop: %w", err)
	}
	s.flows = flows
	doc, err := contract.Document(flows)
	if err != nil {
		return err
	}
	newest := func(yield func(flow.Flow, error) bool) {
		for _, f := range slices.Backward(s.flows) {
			if !yield(f, nil) {
				return
			}
		}
	}
	if s.mock, err = mock.New(ctx, mock.Config{Doc: doc, Flows: newest, AtStart: true, Seed: new(uint64)}); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the shop: %w", err)
	}
	s.at = url.URL{Scheme: "https", Host: fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port)}
	certificate := func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return ca.Certificate(h.ServerName) }
	s.server.Handler, s.server.TLSConfig = s, &tls.Config{GetCertificate: certificate, MinVersion: tls.VersionTLS12}
	// A person may try it without the CA.
	s.server.ErrorLog, s.server.ReadHeaderTimeout = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), 10*time.Second
	go s.server.ServeTLS(l, "", "")
	return nil
}

// ServeHTTP implements http.Handler.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.received.Add(1)
	s.mock.ServeHTTP(w, r)
}
