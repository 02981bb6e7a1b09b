package diff

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// ErrTooMuch is the error for documents whose comparison would exceed the budget of a [Comparer].
var ErrTooMuch = errors.New("too much to compare")

const (
	// maxPairs bounds the pairs of alternatives that a [Comparer] compares: oasdiff compares each
	// schema of an anyOf, oneOf or allOf, and each value of an enum, with each of the other
	// document. 40,000 take a few seconds.
	maxPairs = 40_000
	// maxPairsOfPerson bounds those of documents that a person chose. They take 20 seconds and up
	// to a gigabyte.
	maxPairsOfPerson = 4 * maxPairs
	// maxTime bounds the time of one comparison.
	maxTime = 30 * time.Second
)

// Comparer compares documents of others within a budget. The zero value is ready to use. It is safe
// for concurrent use, and runs one comparison at a time.
type Comparer struct {
	once sync.Once
	busy chan struct{} // has room for one
}

// Documents is like the function [Documents], but ends with ctx and after 30 seconds. oasdiff
// cannot be interrupted: after such an end it may finish in the background, and the next comparison
// waits for it. Both documents must not be used any more.
func (c *Comparer) Documents(ctx context.Context, a, b *openapi3.T) ([]Change, error) {
	for _, doc := range []*openapi3.T{a, b} {
		if err := checkAlternatives(doc, maxPairs); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("%w: it takes more than %v", ErrTooMuch, maxTime))
	defer cancel()
	c.once.Do(func() { c.busy = make(chan struct{}, 1) })
	select {
	case c.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	type result struct {
		changes []Change
		err     error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-c.busy }()
		changes, err := Documents(a, b)
		done <- result{changes, err}
	}()
	select {
	case r := <-done:
		return r.changes, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// checkAlternatives returns ErrTooMuch for a document with more than limit pairs of alternatives.
func checkAlternatives(doc *openapi3.T, limit int) error {
	if n := pairs(doc); n > limit {
		return fmt.Errorf("%w: a document has %d pairs of alternatives in anyOf, oneOf, allOf, enum and parameters, more than %d", ErrTooMuch, n, limit)
	}
	return nil
}
