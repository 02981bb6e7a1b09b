package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// watchSettle is how long export --watch waits for more flows that belong to a change.
const watchSettle = 100 * time.Millisecond

// How export --watch shares the machine with the proxy, whose learner works beside it. Tests
// shorten them.
var (
	WatchRest                = time.Second // least time between documents
	WatchShare time.Duration = 4           // rest that many times as long as a document takes
)

// maxNoted bounds the lines that are printed once.
const maxNoted = 1000

// exportWatch is one run of export --watch.
type exportWatch struct {
	x      *Exporting
	format openapi.Format
	flows  *cli.Follower
	docs   *catalog.Catalog
	fixes  cli.FileState // of the corrections
	last   *openapi3.T   // the document that is in the file; nil if unknown
	told   bool          // the first document was announced
	host   string        // that the first document was about, unless a flag names it; "" before
}

// follow writes the document whenever it changes, until ctx ends, which is no error.
func (x *Exporting) follow(ctx context.Context, format openapi.Format) error {
	x.P.Lasts.Store(true)
	x.noted = map[string]bool{}
	if x.Into != "" && x.Out == "" {
		x.Out = x.Into
	}
	if info, err := os.Stat(x.Out); err == nil && !info.Mode().IsRegular() && !info.IsDir() { // each change would wait for a reader
		return cli.WithHint(cli.Misusef("export --watch -o %s: is not a regular file", x.Out), "a file of its own: --watch -o api.yaml")
	}
	w := &exportWatch{x: x, format: format, flows: x.P.Follow()}
	w.docs = x.P.NewCatalog(w.flows.Lease, catalog.SaveLarge)
	if doc, err := openapi.LoadFile(x.Out); err == nil && format != cli.CompactFormat {
		w.last = doc // of an earlier run
	}
	done := make(chan error, 1)
	go func() {
		defer w.flows.Close()
		done <- w.run(ctx)
	}()
	select {
	case err := <-done:
		if ctx.Err() == nil {
			return err
		}
	case <-ctx.Done(): // a document that is being built is not waited for; Program.execute waits for a file
	}
	return nil
}

func (w *exportWatch) run(ctx context.Context) error {
	if err := w.flows.Start(ctx); err != nil {
		return err
	}
	for {
		fixes := cli.FileStateOf(w.x.P.CorrectionsPath())
		changed, err := w.flows.Changed(ctx)
		if err != nil {
			return err
		}
		if changed || fixes != w.fixes {
			w.fixes = fixes
			began := time.Now()
			if err := w.rewrite(ctx); err != nil && !w.survives(ctx, err) {
				return err
			}
			if pause.For(ctx, max(WatchRest, WatchShare*time.Since(began))) != nil {
				return ctx.Err()
			}
		}
		if err := w.flows.Wait(ctx, w.flows.Seen.Last); err != nil {
			return err
		}
		if pause.For(ctx, watchSettle) != nil {
			return ctx.Err()
		}
	}
}

// survives reports whether the watch goes on after an error, and prints it if so: until the first
// document, errors that traffic mends; later all.
func (w *exportWatch) survives(ctx context.Context, err error) bool {
	var noHost *catalog.NoHostError
	if ctx.Err() != nil {
		return false
	}
	early := errors.Is(err, catalog.ErrNoFlows) || errors.As(err, &noHost)
	if w.host == "" && !early {
		return false
	}
	line := fmt.Sprintf("spectap: %s", visible.Line(err.Error()))
	switch try := w.x.P.HintFor(err); {
	case early:
		line += "; waiting for traffic"
	case try != "":
		line += "; try: " + visible.Line(w.x.P.Copyable(try))
	}
	w.note(line)
	return true
}

// rewrite writes the document if its bytes differ from those of the file.
func (w *exportWatch) rewrite(ctx context.Context) error {
	x := w.x
	e, written, err := w.document(ctx)
	if err == nil && !written && !w.told {
		w.told = true
		w.note(x.Summary(e) + "; the file is current")
	}
	if err != nil || !written {
		return err
	}
	keepExport(ctx, x.P, x.Request, e)
	doc := x.merged // as it was written
	if doc == nil {
		if doc, err = x.additions(e); err != nil {
			return err
		}
	}
	c, err := diff.Summarize(w.last, doc)
	if err != nil {
		return err
	}
	line := x.Summary(e)
	if w.last != nil && c.String() != "" {
		line = x.Out + ": " + visible.Line(c.String()) + "; " + cli.Plural(len(e.Decided.Operations), "operation") + " from " +
			cli.Plural(int(e.Decided.Flows), "flow")
	}
	w.last, w.told = doc, true
	x.P.Writing.Lock() // nothing is printed once the command has ended
	defer x.P.Writing.Unlock()
	x.printUnmatched(e)
	fmt.Fprintln(x.P.Stderr, time.Now().Format(time.TimeOnly), line)
	if x.report {
		printReport(x.P.Stderr, e)
	}
	return nil
}

// document brings the file up to date, and reports whether it was written.
func (w *exportWatch) document(ctx context.Context) (e *catalog.Document, written bool, err error) {
	x := w.x
	if x.Into != "" {
		before := cli.FileStateOf(x.Out)
		e, err = x.Merge(ctx, w.describe)
		return e, err == nil && cli.FileStateOf(x.Out) != before, err
	}
	if e, err = w.describe(ctx, x.Request); err != nil {
		return nil, false, err
	}
	data, err := x.render(ctx, e, w.format)
	if err != nil || x.isWritten(data) {
		return e, false, err
	}
	return e, true, writeNoted(ctx, x.P, x.Out, data)
}

// describe returns the document of a request. Where no flag names a host, it stays that of the
// first document when others appear.
func (w *exportWatch) describe(ctx context.Context, r catalog.Request) (*catalog.Document, error) {
	e, err := w.docs.Document(ctx, r)
	if several, ok := errors.AsType[*catalog.AmbiguousHostError](err); ok && r.Host == "" && w.host != "" {
		w.note("spectap: " + visible.Line(several.Error()) + "; the document stays that of " + w.host +
			"; try: --host, or --merge-hosts")
		r.Host = w.host
		e, err = w.docs.Document(ctx, r)
	}
	if err == nil && w.host == "" && len(e.Decided.Servers) > 0 {
		if u, err := url.Parse(e.Decided.Servers[0]); err == nil {
			w.host = u.Host
		}
	}
	return e, err
}

// note prints a line once.
func (w *exportWatch) note(line string) {
	w.x.P.Writing.Lock()
	defer w.x.P.Writing.Unlock()
	w.x.note(line)
}

// isWritten reports whether the file has these bytes.
func (x *Exporting) isWritten(data []byte) bool {
	now, err := cli.ReadFile(x.Out, cli.MaxInput)
	return err == nil && bytes.Equal(now, data)
}
