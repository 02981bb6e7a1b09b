package main

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
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/delta"
)

// watchSettle is how long export --watch waits for more flows that belong to a change.
const watchSettle = 100 * time.Millisecond

// How export --watch shares the machine with the proxy, whose learner works beside it. Tests
// shorten them.
var (
	watchRest                = time.Second // least time between documents
	watchShare time.Duration = 4           // rest that many times as long as a document takes
)

// maxNoted bounds the lines that are printed once.
const maxNoted = 1000

// exportWatch is one run of export --watch.
type exportWatch struct {
	x      *exporting
	format openapi.Format
	flows  *follower
	docs   *catalog.Catalog
	fixes  fileState   // of the corrections
	last   *openapi3.T // the document that is in the file; nil if unknown
	told   bool        // the first document was announced
	host   string      // that the first document was about, unless a flag names it; "" before
}

// follow writes the document whenever it changes, until ctx ends, which is no error.
func (x *exporting) follow(ctx context.Context, format openapi.Format) error {
	x.p.lasts.Store(true)
	x.noted = map[string]bool{}
	if x.into != "" && x.out == "" {
		x.out = x.into
	}
	if info, err := os.Stat(x.out); err == nil && !info.Mode().IsRegular() && !info.IsDir() { // each change would wait for a reader
		return &hint{&misuse{fmt.Errorf("export --watch -o %s: is not a regular file", x.out)}, "a file of its own: --watch -o api.yaml"}
	}
	w := &exportWatch{x: x, format: format, flows: x.p.follow()}
	w.docs = x.p.newCatalog(w.flows.lease, catalog.SaveLarge)
	if doc, err := openapi.LoadFile(x.out); err == nil && format != compactFormat {
		w.last = doc // of an earlier run
	}
	done := make(chan error, 1)
	go func() {
		defer w.flows.close()
		done <- w.run(ctx)
	}()
	select {
	case err := <-done:
		if ctx.Err() == nil {
			return err
		}
	case <-ctx.Done(): // a document that is being built is not waited for; program.execute waits for a file
	}
	return nil
}

func (w *exportWatch) run(ctx context.Context) error {
	if err := w.flows.start(ctx); err != nil {
		return err
	}
	for {
		fixes := fileStateOf(w.x.p.correctionsPath())
		changed, err := w.flows.changed(ctx)
		if err != nil {
			return err
		}
		if changed || fixes != w.fixes {
			w.fixes = fixes
			began := time.Now()
			if err := w.rewrite(ctx); err != nil && !w.survives(ctx, err) {
				return err
			}
			if pause.For(ctx, max(watchRest, watchShare*time.Since(began))) != nil {
				return ctx.Err()
			}
		}
		if err := w.flows.wait(ctx, w.flows.seen.Last); err != nil {
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
	switch try := w.x.p.hintFor(err); {
	case early:
		line += "; waiting for traffic"
	case try != "":
		line += "; try: " + visible.Line(w.x.p.copyable(try))
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
		w.note(x.summary(e) + "; the file is current")
	}
	if err != nil || !written {
		return err
	}
	x.p.keepExport(ctx, x.request, e)
	doc := x.merged // as it was written
	if doc == nil {
		if doc, err = x.additions(e); err != nil {
			return err
		}
	}
	c, err := delta.Between(w.last, doc)
	if err != nil {
		return err
	}
	line := x.summary(e)
	if w.last != nil && c.String() != "" {
		line = x.out + ": " + visible.Line(c.String()) + "; " + plural(len(e.Decided.Operations), "operation") + " from " +
			plural(int(e.Decided.Flows), "flow")
	}
	w.last, w.told = doc, true
	x.p.writing.Lock() // nothing is printed once the command has ended
	defer x.p.writing.Unlock()
	x.printUnmatched(e)
	fmt.Fprintln(x.p.stderr, time.Now().Format(time.TimeOnly), line)
	if x.report {
		printReport(x.p.stderr, e)
	}
	return nil
}

// document brings the file up to date, and reports whether it was written.
func (w *exportWatch) document(ctx context.Context) (e *catalog.Document, written bool, err error) {
	x := w.x
	if x.into != "" {
		before := fileStateOf(x.out)
		e, err = x.merge(ctx, w.describe)
		return e, err == nil && fileStateOf(x.out) != before, err
	}
	if e, err = w.describe(ctx, x.request); err != nil {
		return nil, false, err
	}
	data, err := x.render(e, w.format)
	if err != nil || x.isWritten(data) {
		return e, false, err
	}
	return e, true, x.p.writeOut(ctx, "document", x.out, data)
}

// describe returns the document of a request. Where no flag names a host, it stays that of the
// first document when others appear.
func (w *exportWatch) describe(ctx context.Context, r catalog.Request) (*catalog.Document, error) {
	e, err := w.docs.Document(ctx, r)
	var several *catalog.AmbiguousHostError
	if errors.As(err, &several) && r.Host == "" && w.host != "" {
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
	w.x.p.writing.Lock()
	defer w.x.p.writing.Unlock()
	w.x.note(line)
}

// isWritten reports whether the file has these bytes.
func (x *exporting) isWritten(data []byte) bool {
	now, err := readFile(x.out, maxInput)
	return err == nil && bytes.Equal(now, data)
}
