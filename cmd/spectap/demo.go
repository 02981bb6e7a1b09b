package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/demo"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

const demoLong = `Show the whole loop on a sample shop API, all of it on the loopback interface: the API's test suite runs through
the proxy, the OpenAPI document is inferred from what was captured, and an agent calls the API with guarded tools made
from that document. Each step checks that what it says is so; the exit status is 1 if one is not.`

func newDemoCmd(p *program) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "See the whole loop on a sample API, on this machine alone",
		Long:    demoLong,
		Example: "  spectap demo\n  spectap demo --dir shop-demo      # keep the files there",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.demo(cmd.Context(), dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "put the files into this new or empty `folder` (default: a new one for temporary files)")
	return cmd
}

// demoTime bounds the demo: something that hangs must not hang it.
const demoTime = time.Minute

// show is one run of the demo.
type show struct {
	p   *program
	dir string

	shop   *demo.API
	server *demo.Server
	tap    *shopTap
	client *http.Client // goes through the proxy
	tokens []string     // for the agent
	sent   int          // requests by our own clients
	doc    *catalog.Document
}

func (p *program) demo(ctx context.Context, dir string) (err error) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	s := &show{p: p, shop: demo.New()}
	if s.dir, err = demoDir(dir); err != nil {
		return err
	}
	s.say("spectap demo: the whole loop on a sample shop API. Everything stays on this machine.\n")
	s.say("files: %s\n", s.dir)
	defer func() {
		if s.tap != nil {
			s.tap.close()
		}
		if s.server != nil {
			s.server.Close()
		}
	}()
	for i, step := range []struct {
		title string
		run   func(context.Context) error
	}{
		{"A shop's API, and a proxy in front of it", s.start},
		{"Real clients use the API through the proxy", s.drive},
		{"What was captured becomes a document", s.document},
		{"An agent looks at the capture, and sees no secrets", s.look},
		{"An agent calls the API with tools made from the document", s.call},
	} {
		s.say("\n%d. %s\n", i+1, step.title)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("demo, step %d: %w", i+1, err)
		}
	}
	s.say("\nAll of it worked, in %.1f s. Look around:\n", time.Since(started).Seconds())
	db := filepath.Join(s.dir, "flows.db")
	s.say("  spectap flows ls --db %s\n", db)
	s.say("  spectap explain --db %s GET /api/v1/products/oak-stool\n", db)
	s.say("  spectap mcp --db %s        # for an MCP client\n", db)
	return nil
}

// demoDir makes the folder for the demo's files.
func demoDir(dir string) (string, error) {
	if dir == "" {
		dir, err := os.MkdirTemp("", "spectap-demo-")
		if err != nil {
			return "", fmt.Errorf("make a folder for the demo: %w", err)
		}
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &hint{fmt.Errorf("make a folder for the demo: %w", err), "another folder with --dir"}
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("read the folder for the demo: %w", err)
	}
	if len(there) > 0 {
		return "", &hint{fmt.Errorf("the folder %s is not empty", dir), "another folder with --dir"}
	}
	return filepath.Abs(dir)
}

func (s *show) say(format string, args ...any) { fmt.Fprintf(s.p.stdout, format, args...) }

// start serves the API and a proxy whose CA is its own.
func (s *show) start(context.Context) error {
	var err error
	if s.server, err = demo.Serve(s.shop); err != nil {
		return err
	}
	if s.tap, err = s.openTap(); err != nil {
		return err
	}
	s.say("   API    %s, plain handlers, no description of it anywhere\n", s.server.URL)
	s.say("   proxy  http://%s, its CA is %s\n", s.tap.listener.Addr(), s.rel(s.tap.ca.CertPath()))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.tap.ca.CertPEM())
	proxy := &url.URL{Scheme: "http", Host: s.tap.listener.Addr().String()}
	s.client = &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots},
	}}
	return nil
}

// rel is a file's name within the demo's folder.
func (s *show) rel(path string) string {
	if rel, err := filepath.Rel(s.dir, path); err == nil {
		return rel
	}
	return path
}

// drive uses the API as its test suite would, and with curl where there is one.
func (s *show) drive(ctx context.Context) error {
	started := time.Now()
	counted := &countingTransport{next: s.client.Transport}
	if err := demo.Drive(ctx, &http.Client{Transport: counted}, s.server.URL); err != nil {
		return err
	}
	s.say("   a Go client: the API's test suite, %d requests in %.1f s\n", counted.n, time.Since(started).Seconds())
	token, err := demo.Token(ctx, &http.Client{Transport: counted}, s.server.URL, "alice")
	if err != nil {
		return err
	}
	s.tokens = []string{token}
	s.sent = counted.n
	n, err := s.curl(ctx)
	if err != nil {
		return err
	}
	s.sent += n
	s.client.CloseIdleConnections()
	err = s.tap.close()
	recorded, lost := s.tap.counts()
	s.tap = nil
	if err != nil {
		return err
	}
	if recorded != int64(s.sent) || lost != 0 {
		return fmt.Errorf("%d requests were sent and %d flows recorded, %d lost", s.sent, recorded, lost)
	}
	s.say("   captured: %d flows, none lost (flows.db)\n", recorded)
	return nil
}

// countingTransport counts requests. It is used by one goroutine.
type countingTransport struct {
	next http.RoundTripper
	n    int
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n++
	return c.next.RoundTrip(r)
}

// curl sends a few requests with another program, which knows the proxy and its CA from its command line alone.
func (s *show) curl(ctx context.Context) (int, error) {
	path, err := exec.LookPath("curl")
	if err != nil {
		s.say("   curl: not on this machine, left out\n")
		return 0, nil
	}
	n := 0
	for _, at := range []string{"/api/v1/products/camp-stove", "/api/v1/search?q=lamp&limit=2", "/api/v1/products?category=outdoor&sort=price"} {
		cmd := exec.CommandContext(ctx, path, "--disable", "--silent", "--show-error", "--noproxy", "",
			"--proxy", "http://"+s.tap.listener.Addr().String(), "--cacert", s.tap.ca.CertPath(),
			"--output", os.DevNull, "--write-out", "%{http_code}", "--header", "X-Api-Key: "+demo.APIKey, s.server.URL+at)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || string(out) != "200" {
			return n, fmt.Errorf("curl %s: status %q: %s: %w", at, out, strings.TrimSpace(stderr.String()), errors.Join(err, io.ErrUnexpectedEOF))
		}
		n++
	}
	s.say("   curl: %d requests\n", n)
	return n, nil
}

// document infers the document, writes it and shows what is in it.
func (s *show) document(ctx context.Context) error {
	st, err := store.Open(filepath.Join(s.dir, "flows.db"), store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	host := strings.TrimPrefix(s.server.URL, "https://")
	if s.doc, err = s.p.newCatalog(st, catalog.SaveAlways).Document(ctx, catalog.Request{Host: host, Title: "Sample shop"}); err != nil {
		return err
	}
	file := filepath.Join(s.dir, "shop.yaml")
	if err := s.p.writeDocument(file, s.doc.OpenAPI, openapi.YAML); err != nil {
		return err
	}
	d := s.doc.Decided
	if d.Flows != int64(s.sent) {
		return fmt.Errorf("the document accounts for %d flows, not %d", d.Flows, s.sent)
	}
	s.say("   shop.yaml: OpenAPI %s, %d operations, %d schemas, %d ways to sign in\n", s.doc.OpenAPI.OpenAPI, len(d.Operations), len(d.Components), len(d.Security))
	for _, line := range paths(d) {
		s.say("     %s\n", line)
	}
	if len(d.Excluded) > 0 {
		s.say("   left out: %s\n", reasons(d.Excluded))
	}
	return nil
}

// paths lists the operations, one line a path.
func paths(d infer.Document) []string {
	methods := map[string][]string{}
	var order []string
	for _, o := range d.Operations {
		if methods[o.Path] == nil {
			order = append(order, o.Path)
		}
		methods[o.Path] = append(methods[o.Path], o.Method)
	}
	widest := 0
	for _, path := range order {
		widest = max(widest, len(path))
	}
	usual := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	lines := make([]string, len(order))
	for i, path := range order {
		slices.SortFunc(methods[path], func(x, y string) int { return slices.Index(usual, x) - slices.Index(usual, y) })
		lines[i] = fmt.Sprintf("%-*s  %s", widest, path, strings.Join(methods[path], " "))
	}
	return lines
}
