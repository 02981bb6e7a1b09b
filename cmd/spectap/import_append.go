package main

import (
	"context"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Bounds of a batch of flows that are appended at once.
const (
	batchFlows = 256
	batchBytes = 1 << 20
)

// importAppender appends flows to an import in another goroutine, while the caller reads the next.
type importAppender struct {
	tx    store.Import
	batch []flow.Flow
	bytes int
	spare []flow.Flow // for reuse, unless a batch is being appended
	busy  chan error  // gets the result of the batch that is being appended; nil if there is none
}

// add appends f, together with others. Its error may be that of an earlier flow.
func (a *importAppender) add(ctx context.Context, f flow.Flow) error {
	a.batch = append(a.batch, f)
	a.bytes += len(f.Request.Body.Data)
	if f.Response != nil {
		a.bytes += len(f.Response.Body.Data)
	}
	if len(a.batch) < batchFlows && a.bytes < batchBytes {
		return nil
	}
	return a.pass(ctx)
}

// pass begins to append the batch once the one before is appended.
func (a *importAppender) pass(ctx context.Context) error {
	if err := a.wait(); err != nil {
		return err
	}
	batch, busy := a.batch, make(chan error, 1)
	a.batch, a.spare, a.bytes, a.busy = a.spare[:0], batch, 0, busy
	go func() {
		err := a.tx.Append(ctx, batch...)
		clear(batch)
		busy <- err
	}()
	return nil
}

// wait waits for the batch that is being appended.
func (a *importAppender) wait() error {
	if a.busy == nil {
		return nil
	}
	err := <-a.busy
	a.busy = nil
	return err
}

// flush appends the rest.
func (a *importAppender) flush(ctx context.Context) error {
	if err := a.pass(ctx); err != nil {
		return err
	}
	return a.wait()
}
