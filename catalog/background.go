package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
)

// Background answers requests to a catalog within a time limit. Work that takes longer continues: a
// later call with the same request waits for it or finds it done. All methods are safe for
// concurrent use.
//
// A limit applies while flows are being read; 0 waits without a limit, and ends the work with the
// call.
type Background struct {
	catalog *Catalog
	jobs    jobs
}

// NewBackground returns a Background whose work ends with life.
func NewBackground(life context.Context, c *Catalog) *Background {
	return &Background{catalog: c, jobs: jobs{life: life}}
}

// NotReadyError reports that the time limit of a call has passed. The work continues.
type NotReadyError struct {
	Read int64 // flows read so far
}

func (e *NotReadyError) Error() string {
	return fmt.Sprintf("the document is not ready: %d flows were read so far", e.Read)
}

// Read returns the number of flows read so far for a model that is being brought up to date.
func (b *Background) Read() int64 { return b.catalog.read.Load() }

// Document is [Catalog.Document] with a time limit. After it the error is [*NotReadyError].
func (b *Background) Document(ctx context.Context, r Request, wait time.Duration) (*Document, error) {
	key, err := b.key(ctx, r)
	if err != nil {
		return nil, err
	}
	return await(ctx, b, r, wait, key, func(ctx context.Context) (*Document, error) { return b.catalog.Document(ctx, r) })
}

// Preview is [Catalog.Preview] with a time limit for the flows that have to be read first. After it
// the error is [*NotReadyError].
func (b *Background) Preview(ctx context.Context, r Request, wait time.Duration, with *correction.Corrections) (*Document, error) {
	if _, err := b.Hosts(ctx, wait); err != nil {
		return nil, err
	}
	return b.catalog.Preview(ctx, r, with)
}

// Hosts is [Catalog.Hosts] with a time limit. After it the error is [*NotReadyError].
func (b *Background) Hosts(ctx context.Context, wait time.Duration) ([]infer.HostSummary, error) {
	return await(ctx, b, Request{}, wait, "hosts", b.catalog.Hosts)
}

// key returns the job of a document. With a limit the catalog keeps no document, and the key has
// the state of the store.
func (b *Background) key(ctx context.Context, r Request) (string, error) {
	key := r.key()
	if !r.isPart() {
		return key, nil
	}
	st, err := b.catalog.cfg.Store.Stat(ctx)
	return fmt.Sprintf("%s %d %d", key, st.Last, st.Deletions), err
}

// Explain is [Catalog.Explain] with a time limit. After it the error is [*NotReadyError].
func (b *Background) Explain(ctx context.Context, r Request, wait time.Duration, method, path string) (*infer.Explanation, error) {
	key := fmt.Sprintf("%s explain %q %q", r.key(), method, path)
	return await(ctx, b, r, wait, key, func(ctx context.Context) (*infer.Explanation, error) {
		return b.catalog.Explain(ctx, r, method, path)
	})
}

// await runs work as a job and waits for it. Past the limit it still waits while no flows are being
// read, since what remains is short.
func await[T any](
	ctx context.Context, b *Background, r Request, wait time.Duration, key string, work func(context.Context) (T, error),
) (out T, err error) {
	if wait == 0 {
		return work(ctx)
	}
	impatient := func() bool { return r.isPart() || b.catalog.reading.Load() }
	v, err, done := b.jobs.do(ctx, key, r.isPart(), wait, impatient, func(ctx context.Context) (any, error) { return work(ctx) })
	if !done {
		return out, &NotReadyError{Read: b.catalog.read.Load()}
	}
	out, _ = v.(T)
	return out, err
}
