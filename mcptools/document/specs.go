package document

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/diff"
)

// given is the document of a call.
type given struct {
	text string
	sum  [sha256.Size]byte
	load func() (*openapi3.T, error)
}

// given reads the document that a call gave or named.
func (s *Tools) given(a tool.Args) (given, error) {
	spec := a.String("spec")
	text, err := s.specs.Text(spec)
	if err != nil {
		return given{}, err
	}
	return given{text, sha256.Sum256([]byte(text)), func() (*openapi3.T, error) {
		return apidoc.LoadGiven(spec, text, s.RedactText)
	}}, nil
}

// specCache has what the last calls made of documents of callers: parsing 10 MB takes a second, and
// agents ask several questions about one document. The zero value is ready for use, from any
// goroutine.
type specCache struct {
	mu       sync.Mutex // guards all below
	checkers []cachedChecker
	changes  cachedChanges
}

type cachedChecker struct {
	sum     [sha256.Size]byte
	anyHost bool
	checker *check.Checker
}

// cachedChanges are the changes from a document to an inferred one.
type cachedChanges struct {
	sum      [sha256.Size]byte
	inferred *openapi3.T // never modified
	changes  []diff.Change
}

const maxCheckers = 2

// checker returns a checker for a document.
func (c *specCache) checker(g given, anyHost bool) (*check.Checker, error) {
	c.mu.Lock()
	i := slices.IndexFunc(c.checkers, func(x cachedChecker) bool { return x.sum == g.sum && x.anyHost == anyHost })
	if i >= 0 {
		defer c.mu.Unlock()
		return c.checkers[i].checker, nil
	}
	c.mu.Unlock()
	doc, err := g.load()
	if err != nil {
		return nil, err
	}
	checker, err := check.New(doc, check.Config{AnyHost: anyHost})
	if err != nil {
		return nil, tool.BadArgument("spec", "cannot be used to check flows: %s", view.Visible(err.Error()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.checkers) == maxCheckers {
		c.checkers = slices.Delete(c.checkers, 0, 1)
	}
	c.checkers = append(c.checkers, cachedChecker{g.sum, anyHost, checker})
	return checker, nil
}

// compare returns the changes from a document to the inferred one. The caller must not modify them.
func (s *Tools) compare(ctx context.Context, g given, inferred *openapi3.T) ([]diff.Change, error) {
	c := &s.cache
	c.mu.Lock()
	if c.changes.sum == g.sum && c.changes.inferred == inferred {
		defer c.mu.Unlock()
		return c.changes.changes, nil
	}
	c.mu.Unlock()
	text, err := s.encoder.Encode(inferred, openapi.JSON)
	if err != nil {
		return nil, err
	}
	// Copies, because the comparison modifies its arguments and others share these documents.
	doc, err := g.load()
	if err != nil {
		return nil, err
	}
	shown, err := openapi.Load(text)
	if err != nil {
		return nil, err
	}
	changes, err := s.comparer.Documents(ctx, doc, shown)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, tool.BadArgument("spec", "cannot be compared: %s", view.Visible(err.Error()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes = cachedChanges{g.sum, inferred, changes}
	return changes, nil
}

// withOwnTime returns a context whose call has its whole time left: reading a large document is not
// part of the search that follows.
func (s *Tools) withOwnTime(ctx context.Context) context.Context {
	c := tool.CallOf(ctx)
	if c == nil {
		return ctx
	}
	own := *c
	own.End = time.Now().Add(s.CallTime())
	return tool.WithCall(ctx, &own)
}
