package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/cmd/spectap/cli"
	capturecli "github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/page"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/demo"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/store"
)

const demoLong = `Shows everything on a sample shop API, on the loopback interface: a test suite runs through the
proxy, the OpenAPI document is inferred from the captured traffic, and an agent calls the API
with guarded tools of that document. Each step checks its result; the exit status is 1 if a
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
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := ui.Check(cmd); err != nil {
				return err
			}
			return runDemo(cmd.Context(), p, dir, &ui)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "",
		"write the files to this new or empty `folder` (default: a new temporary folder)")
	ui.AddFlags(cmd)
	return cmd
}

// demoTimeout limits the whole demo.
const demoTimeout = time.Minute

// Run is one run of demo.
type Run struct {
	P   *cli.Program
	Dir string
	tmp *safefile.TempDir // dir, or nil if a person named it

	shop   *demo.API
	Server *demo.Server
	tap    *capturecli.Tap
	client *http.Client // uses the proxy
	tokens []string     // of the API, which the agent must not see
	Sent   int          // requests of the clients
	doc    *catalog.Document
	sayErr error        // first error of printing
	shown  func() error // waits for the end of the page
}

func runDemo(ctx context.Context, p *cli.Program, dir string, ui *page.Flags) (err error) {
	started, parent := time.Now(), ctx
	ctx, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	s := &Run{P: p, shop: demo.New()}
	if err := s.makeDir(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.leave(parent, err)) }()
	s.say("spectap demo: capture, document and tools of a sample shop API. Everything stays on this machine.\n")
	s.say("files: %s\n", s.Dir)
	defer func() {
		if s.tap != nil {
			s.tap.Stop()
		}
		if s.Server != nil {
			s.Server.Close()
		}
	}()
	for i, step := range []struct {
		title string
		run   func(context.Context) error
	}{
		{"Start the API of a shop, and a proxy", func(context.Context) error { return s.start(parent, ui) }},
		{"Clients use the API through the proxy", s.drive},
		{"The captured traffic becomes a document", s.Document},
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
	db := filepath.Join(s.Dir, "flows.db")
	s.say("  spectap flows ls --db %s\n", db)
	s.say("  spectap explain --db %s GET /api/v1/products/oak-stool\n", db)
	s.say("  spectap mcp --db %s        # for an MCP client\n", db)
	s.say("  spectap ui --db %s         # the page\n", db)
	if s.tmp != nil {
		s.say("  rm -r %s        # when you have seen enough\n", s.Dir)
	}
	if ui.On {
		s.say("\nThe page stays until you interrupt this.\n")
	}
	return cmp.Or(s.sayErr, s.shown())
}

// makeDir creates the folder for the files of the demo.
func (s *Run) makeDir(dir string) (err error) {
	if dir == "" {
		if s.tmp, err = safefile.NewTempDir(safefile.TempConfig{Prefix: "spectap-demo-"}); err != nil {
			return fmt.Errorf("create the folder for the demo: %w", err)
		}
		s.Dir = s.tmp.Path
		return nil
	}
	there, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil && len(there) > 0 {
		err = errors.New("it is not empty")
	}
	if err != nil {
		return cli.WithHint(fmt.Errorf("the folder of the demo, %s: %w", dir, cli.PlainPathError(err)), "another folder with --dir")
	}
	s.Dir, err = filepath.Abs(dir)
	return err
}

// leave removes a temporary folder if ctx ended before the demo did, and otherwise keeps it for the
// user. failed is the error of the demo.
func (s *Run) leave(ctx context.Context, failed error) error {
	switch {
	case s.tmp == nil:
		return nil
	case failed != nil && ctx.Err() != nil:
		return s.tmp.Remove()
	}
	return s.tmp.Keep()
}

// say prints to stdout. The first error is kept in sayErr.
func (s *Run) say(format string, args ...any) {
	_, err := fmt.Fprintf(s.P.Stdout, format, args...)
	s.sayErr = cmp.Or(s.sayErr, err)
}

// start starts the API, a proxy with its own CA and, if wanted, the page, which ends with ctx.
func (s *Run) start(ctx context.Context, ui *page.Flags) error {
	var err error
	if s.Server, err = demo.Serve(s.shop, filepath.Join(s.Dir, "api-ca")); err != nil {
		return err
	}
	if err := s.openTap(); err != nil {
		return err
	}
	s.say("   API    %s, plain handlers without any description; its CA is %s\n", s.Server.URL, s.rel(s.Server.CA))
	s.say("   proxy  http://%s, its CA is %s\n", s.tap.Listener.Addr(), s.rel(s.tap.CA.CertPath()))
	s.client = demo.NewClient(s.tap.Listener.Addr().String(), s.tap.CA.CertPEM())
	ui.Recorder, ui.Trust.Cas = traffic.Recorder{Started: true}, []string{s.Server.CA}
	s.shown, err = page.ShowPage(ctx, s.P, ui)
	return err
}

// rel returns a path relative to the folder of the demo.
func (s *Run) rel(path string) string {
	if rel, err := filepath.Rel(s.Dir, path); err == nil {
		return rel
	}
	return path
}

// drive runs the test suite of the API, and curl if it is installed.
func (s *Run) drive(ctx context.Context) error {
	started := time.Now()
	counted := &countingTransport{next: s.client.Transport}
	client := *s.client
	client.Transport = counted
	if err := demo.Drive(ctx, &client, s.Server.URL); err != nil {
		return err
	}
	s.say("   a Go client: the test suite of the API, %d requests in %.1f s\n",
		counted.n, time.Since(started).Seconds())
	token, err := demo.Token(ctx, &client, s.Server.URL, "alice")
	if err != nil {
		return err
	}
	s.tokens = []string{token}
	s.Sent = counted.n
	n, err := s.curl(ctx)
	if err != nil {
		return err
	}
	s.Sent += n
	s.client.CloseIdleConnections()
	l, err := s.tap.Stop()
	s.tap = nil
	if err != nil {
		return err
	}
	if l.Recorded != int64(s.Sent) || l.Report(s.P) != nil {
		return fmt.Errorf("sent %d requests, but recorded %d flows and lost %d", s.Sent, l.Recorded, l.Flows)
	}
	s.say("   captured: %d flows, none lost (flows.db)\n", l.Recorded)
	return nil
}

// countingTransport counts requests. It is not safe for concurrent use.
type countingTransport struct {
	next http.RoundTripper
	n    int
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n++
	return c.next.RoundTrip(r)
}

// curl sends a few requests with curl. The command line sets the proxy and its CA.
func (s *Run) curl(ctx context.Context) (int, error) {
	path, err := exec.LookPath("curl")
	if err != nil {
		s.say("   curl: not installed, skipped\n")
		return 0, nil
	}
	n := 0
	for _, at := range []string{
		"/api/v1/products/camp-stove", "/api/v1/categories", "/api/v1/products?category=outdoor&sort=price",
	} {
		cmd := exec.CommandContext(ctx, path, "--disable", "--silent", "--show-error", "--noproxy", "",
			"--proxy", "http://"+s.tap.Listener.Addr().String(), "--cacert", s.tap.CA.CertPath(),
			"--output", os.DevNull, "--write-out", "%{http_code}",
			"--header", "X-Api-Key: "+demo.APIKey, s.Server.URL+at)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || string(out) != "200" {
			return n, fmt.Errorf("curl %s: status %q: %s: %w",
				at, out, strings.TrimSpace(stderr.String()), errors.Join(err, io.ErrUnexpectedEOF))
		}
		n++
	}
	s.say("   curl: %d requests\n", n)
	return n, nil
}

// Document infers the document, writes it and prints a summary.
func (s *Run) Document(ctx context.Context) error {
	st, err := store.Open(filepath.Join(s.Dir, "flows.db"), store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	host := strings.TrimPrefix(s.Server.URL, "https://")
	s.doc, err = s.P.NewCatalog(st, catalog.SaveAlways).Document(ctx, catalog.Request{Host: host, Title: "Sample shop"})
	if err != nil {
		return err
	}
	file := filepath.Join(s.Dir, "shop.yaml")
	if _, err := document.WriteDocument(ctx, s.P, file, s.doc.OpenAPI, openapi.YAML); err != nil {
		return err
	}
	d := s.doc.Decided
	if d.Flows != int64(s.Sent) {
		return fmt.Errorf("the document accounts for %d flows, want %d", d.Flows, s.Sent)
	}
	s.say("   shop.yaml: OpenAPI %s, %d operations, %d schemas, %d security schemes\n",
		s.doc.OpenAPI.OpenAPI, len(d.Operations), len(d.Components), len(d.Security))
	for _, line := range paths(d) {
		s.say("     %s\n", line)
	}
	if len(d.Excluded) > 0 {
		s.say("   left out: %s\n", document.Reasons(d.Excluded))
	}
	return nil
}

// paths lists the operations, one line per path.
func paths(d infer.Document) []string {
	methods, widest := map[string]string{}, 0
	for _, o := range d.Operations {
		methods[o.Path] += " " + o.Method
		widest = max(widest, len(o.Path))
	}
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(methods)) {
		lines = append(lines, fmt.Sprintf("%-*s %s", widest, path, methods[path]))
	}
	return lines
}

// openTap starts the proxy of the demo, which trusts the sample API. Its files are in the folder of
// the demo.
func (s *Run) openTap() (err error) {
	s.P.Global.DB, s.P.Global.CADir = filepath.Join(s.Dir, "flows.db"), filepath.Join(s.Dir, "ca")
	if _, _, err := certs.LoadOrCreate(s.P.CADir()); err != nil {
		return err
	}
	var o capturecli.TapOptions
	o.AddFlags(&cobra.Command{}) // sets the defaults
	o.Listen, o.Skip, o.UpstreamProxy, o.Trust.Cas = "127.0.0.1:0", []string{}, "", []string{s.Server.CA}
	s.tap, err = capturecli.StartTap(s.P, &o)
	return err
}
