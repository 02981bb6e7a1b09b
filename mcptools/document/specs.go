package document

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/router"
)

// given is the document of a call.
type given struct {
	text string
	sum  [sha256.Size]byte
	load func() (*openapi3.T, error)
}

// given reads the document that a call gave or named. A single named document needs no argument.
func (s *Tools) given(a tool.Args) (given, error) {
	spec := a.String("spec")
	if spec == "" && len(s.specs.Named) == 1 {
		spec = s.specs.Named[0].Name
	}
	return s.read(spec)
}

// read reads a document by its text or name.
func (s *Tools) read(spec string) (given, error) {
	text, err := s.specs.Text(spec)
	if err != nil {
		return given{}, err
	}
	return given{text, sha256.Sum256([]byte(text)), func() (*openapi3.T, error) {
		return apidoc.LoadGiven(spec, text, s.RedactText)
	}}, nil
}

// maxWarmed bounds the documents that are read before they are asked for.
const (
	maxWarmed      = 2
	maxWarmedBytes = 16 << 20
)

// Warm reads the first of the documents that have names: one of 10 MB takes a second or two. An
// error appears in the call that names the document.
func (s *Tools) Warm(ctx context.Context) {
	for _, n := range s.specs.Named[:min(len(s.specs.Named), maxWarmed)] {
		if g, err := s.read(n.Name); err == nil && len(g.text) <= maxWarmedBytes {
			s.cache.read(ctx, g, true)
		}
	}
}

// specCache has what the last calls made of documents of callers: agents ask several questions
// about one document. The zero value is ready for use, from any goroutine.
type specCache struct {
	mu      sync.Mutex // guards all below
	specs   []*readSpec
	changes *comparison                         // the last one, or nil
	checks  map[string]search.Page[checkedFlow] // results of checks, by key
	last    flow.Seq                            // the newest record then
}

// maxChecks limits the checks that are kept.
const maxChecks = 8

// checked returns what was checked with a key, the empty page if nothing was or the capture, whose
// newest record is last, has changed since.
func (c *specCache) checked(last flow.Seq, key []string) search.Page[checkedFlow] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != last {
		c.last, c.checks = last, nil
	}
	return c.checks[strings.Join(key, "\x00")]
}

// keep keeps the page of a check for the next call with its key.
func (c *specCache) keep(last flow.Seq, key []string, p search.Page[checkedFlow]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != last {
		return
	}
	if c.checks == nil || len(c.checks) == maxChecks {
		c.checks = map[string]search.Page[checkedFlow]{}
	}
	c.checks[strings.Join(key, "\x00")] = p
}

// readSpec is a document that was read or is being read.
type readSpec struct {
	sum     [sha256.Size]byte
	anyHost bool
	done    chan struct{} // closed when the members below are set
	checker *check.Checker
	hosts   []string // of its servers, variables at their defaults; nil: any
	err     error
}

const maxRead = 2

// read reads a document, once for all calls that ask for it, until ctx ends.
func (c *specCache) read(ctx context.Context, g given, anyHost bool) (*readSpec, error) {
	c.mu.Lock()
	i := slices.IndexFunc(c.specs, func(x *readSpec) bool { return x.sum == g.sum && x.anyHost == anyHost })
	var r *readSpec
	if i >= 0 {
		r = c.specs[i]
	} else {
		r = &readSpec{sum: g.sum, anyHost: anyHost, done: make(chan struct{})}
		if len(c.specs) == maxRead {
			c.specs = slices.Delete(c.specs, 0, 1)
		}
		c.specs = append(c.specs, r)
		go func() { // its size bounds it; other calls may wait for it, too
			defer close(r.done)
			if r.err = r.fill(g); r.err != nil { // it cannot be used
				c.mu.Lock()
				defer c.mu.Unlock()
				c.specs = slices.DeleteFunc(c.specs, func(x *readSpec) bool { return x == r })
			}
		}()
	}
	c.mu.Unlock()
	select {
	case <-r.done:
		return r, r.err
	default:
	}
	select {
	case <-r.done:
		return r, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// quickText is the size up to which a document is read within a fraction of a second.
const quickText = 512 << 10

// spec reads a document and tells the client of the call so. Reading a large one may take longer
// than the time of the call, less that of the check: then the error is not_ready, and reading
// continues.
func (s *Tools) spec(ctx context.Context, g given, anyHost bool) (*readSpec, error) {
	defer s.Busy(ctx, "reading the document")()
	if len(g.text) <= quickText {
		return s.cache.read(ctx, g, anyHost)
	}
	within, cancel := context.WithTimeout(ctx, s.TimeLeft(ctx)-s.CallTime()/leastCheck)
	defer cancel()
	r, err := s.cache.read(within, g, anyHost)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return nil, tool.Errorf(tool.CodeNotReady, "repeat the call: the reading continues",
			"the document has %d MB and is still being read", max(len(g.text)>>20, 1))
	}
	return r, err
}

// fill reads the document.
func (r *readSpec) fill(g given) (err error) {
	defer func() {
		if p := recover(); p != nil { // a defect must not end the server
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	doc, err := g.load()
	if err != nil {
		return err
	}
	if r.checker, err = check.New(doc, check.Config{AnyHost: r.anyHost}); err != nil {
		return tool.BadArgument("spec", "cannot be used to check flows: %s", view.Visible(err.Error()))
	}
	r.hosts = router.Hosts(doc)
	return nil
}

// leastCheck is the part of the time of a call that its check has at least.
const leastCheck = 5

// withOwnTime returns a context whose call has some time left: reading a large document may have
// taken all of it.
func (s *Tools) withOwnTime(ctx context.Context) context.Context {
	c := tool.CallOf(ctx)
	if c == nil {
		return ctx
	}
	own := *c
	if least := time.Now().Add(s.CallTime() / leastCheck); own.End.Before(least) {
		own.End = least
	}
	return tool.WithCall(ctx, &own)
}

// comparison is the comparison of a document with an inferred one, which runs or has ended.
type comparison struct {
	of      [2][sha256.Size]byte // hashes of the documents
	done    chan struct{}        // closed when the members below are set
	changes []diff.Change
	err     error
}

// compare returns the changes from a document to the inferred one. The caller must not modify them.
// Two documents of several MB may take longer than the time of the call: ended is false then, and
// the comparison continues for the next call.
func (s *Tools) compare(ctx context.Context, g given, inferred *openapi3.T) (changes []diff.Change, ended bool, err error) {
	timer := time.NewTimer(s.TimeLeft(ctx))
	defer timer.Stop()
	for {
		c, isOurs, err := s.comparison(g, inferred)
		if err != nil {
			return nil, false, err
		}
		select {
		case <-c.done:
			if isOurs {
				return c.changes, true, c.err
			}
		case <-timer.C:
			return nil, false, nil
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// comparison returns the comparison of two documents, and starts it if need be. While one of other
// documents runs it returns that: a server makes one comparison at a time.
func (s *Tools) comparison(g given, inferred *openapi3.T) (c *comparison, isOurs bool, err error) {
	text, err := s.encoder.Encode(inferred, openapi.JSON)
	if err != nil {
		return nil, false, err
	}
	of := [2][sha256.Size]byte{g.sum, sha256.Sum256(text)}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if c := s.cache.changes; c != nil {
		select {
		case <-c.done:
			if c.err == nil && c.of == of {
				return c, true, nil
			}
		default:
			return c, c.of == of, nil
		}
	}
	c = &comparison{of: of, done: make(chan struct{})}
	s.cache.changes = c
	go func() {
		defer close(c.done)
		defer func() {
			if p := recover(); p != nil { // a defect must not end the server
				c.err = fmt.Errorf("panic: %v", p)
			}
		}()
		c.changes, c.err = s.compareCopies(s.Life(), g, text)
	}()
	return c, true, nil
}

// compareCopies compares copies of two documents: the comparison modifies its arguments, and others
// share these documents.
func (s *Tools) compareCopies(ctx context.Context, g given, inferred []byte) ([]diff.Change, error) {
	doc, err := g.load()
	if err != nil {
		return nil, err
	}
	shown, err := openapi.Load(inferred)
	if err != nil {
		return nil, err
	}
	openapi.MarkInferred(shown)
	changes, err := s.comparer.Documents(ctx, doc, shown)
	if err != nil && ctx.Err() == nil {
		return nil, tool.BadArgument("spec", "cannot be compared: %s", view.Visible(err.Error()))
	}
	return changes, err
}
