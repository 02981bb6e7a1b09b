package diff

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// ErrTooMuch is the error for documents whose comparison would exceed the budget of a [Comparer].
var ErrTooMuch = errors.New("too much to compare")

// limits bound a comparison.
type limits struct {
	// steps bounds what oasdiff does to compare schemas, see [work], and what flatten does.
	steps int
	// changes bounds the changed schemas, counted for each operation: some 100 checks of oasdiff
	// read each of them, which takes 30 microseconds.
	changes int
	// reports bounds the changes that it reports. Each takes two kilobytes.
	reports int
}

var (
	// ofOthers bounds documents of others. It takes 30 seconds and 500 MB to reach it.
	ofOthers = limits{steps: 80_000_000, changes: 1_000_000, reports: 150_000}
	// ofPerson bounds documents that a person chose. It takes a minute and a gigabyte to reach it.
	ofPerson = limits{steps: 120_000_000, changes: 2_000_000, reports: 250_000}
)

// of returns the bounds for two documents by the number of their schemas, so that a small document
// takes about a second. Documents of vendors need 1,500 steps for a schema.
func (l limits) of(a, b *openapi3.T) *limits {
	n := 0
	for _, doc := range []*openapi3.T{a, b} {
		openapi.EachSchema(doc, func(*openapi3.SchemaRef) { n++ })
	}
	return &limits{min(l.steps, 8_000_000+4_000*n), min(l.changes, 20_000+50*n), l.reports}
}

// preparePart is the part of the steps that flatten may take, and reconcile: a fourth.
const preparePart = 4

// maxTime bounds the time of one comparison within a [Comparer].
const maxTime = 30 * time.Second

// Comparer compares documents of others within a budget. The zero value is ready to use. It is safe
// for concurrent use, and runs one comparison at a time.
type Comparer struct {
	once sync.Once
	busy chan struct{} // has room for one
}

// Documents is like [Options.Documents], but for smaller documents, and it ends with ctx and
// after 30 seconds. oasdiff can be interrupted only between its checks: after such an end it may
// finish the current one in the background, and the next comparison waits for it. The caller must
// not use the documents afterwards.
func (c *Comparer) Documents(ctx context.Context, a, b *openapi3.T) ([]Change, error) {
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
		changes, err := Options{}.documents(ctx, a, b, &ofOthers)
		done <- result{changes, err}
	}()
	select {
	case r := <-done:
		return r.changes, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
