package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/infer"
)

// Background answers requests to a catalog within a time limit. Work that takes longer continues: a
// later call with the same request waits for it or finds it done. All methods are safe for
// concurrent use.
type Background struct {
	catalog *Catalog
	jobs    jobs
}

// NewBackground returns a Background whose work ends with life.
func NewBackground(life context.Context, c *Catalog) *Background {
	return &Background{catalog: c, jobs: jobs{life: life}}
}

// Wait limits how long a call waits. The zero value waits without a limit, and ends the work with
// the call.
type Wait struct {
	// Max is the limit while flows are being read.
	Max time.Duration
	// First is the limit, if larger, as long as the model was never up to date.
	First time.Duration
}

// NotReadyError reports that the time limit of a call has passed. The work continues.
type NotReadyError struct {
	Read int64 // flows read so far
}

func (e *NotReadyError) Error() string {
	return fmt.Sprintf("the document is not ready: %d flows were read so far", e.Read)
}

// Document is [Catalog.Document] with a time limit. After it the error is [*NotReadyError].
func (b *Background) Document(ctx context.Context, r Request, w Wait) (*Document, error) {
	key, err := b.key(ctx, r)
	if err != nil {
		return nil, err
	}
	v, err := b.await(ctx, r, w, key, func(ctx context.Context) (any, error) { return b.catalog.Document(ctx, r) })
	if err != nil {
		return nil, err
	}
	return v.(*Document), nil
}

// key returns the job of a document. With a limit the catalog keeps no document, and the key has
// the state of the store.
func (b *Background) key(ctx context.Context, r Request) (string, error) {
	key := r.key()
	if r.Limit == 0 {
		return key, nil
	}
	st, err := b.catalog.cfg.Store.Stat(ctx)
	return fmt.Sprintf("%s %d %d", key, st.Last, st.Deletions), err
}

// Explain is [Catalog.Explain] with a time limit. After it the error is [*NotReadyError].
func (b *Background) Explain(ctx context.Context, r Request, w Wait, method, path string) (*infer.Explanation, error) {
	key := fmt.Sprintf("%s explain %q %q", r.key(), method, path)
	v, err := b.await(ctx, r, w, key, func(ctx context.Context) (any, error) {
		return b.catalog.Explain(ctx, r, method, path)
	})
	if err != nil {
		return nil, err
	}
	return v.(*infer.Explanation), nil
}

// await runs work as a job and waits for it. Past the limit it still waits while no flows are being
// read, since what remains is short.
func (b *Background) await(
	ctx context.Context, r Request, w Wait, key string, work func(context.Context) (any, error),
) (any, error) {
	if w.Max == 0 {
		return work(ctx)
	}
	begun := time.Now()
	impatient := func() bool {
		if r.Limit == 0 && !b.catalog.reading.Load() {
			return false
		}
		return b.catalog.ready.Load() || time.Since(begun) >= w.First
	}
	v, err, done := b.jobs.do(ctx, key, r.Limit > 0, w.Max, impatient, work)
	if !done {
		return nil, &NotReadyError{Read: b.catalog.read.Load()}
	}
	return v, err
}
