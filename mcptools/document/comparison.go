package document

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

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
