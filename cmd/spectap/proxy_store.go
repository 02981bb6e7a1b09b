package main

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// flushWait is how long a reader waits for what was recorded before it asked.
const flushWait = 2 * time.Second

// current is a store as other processes have it: its readers see what was recorded before they asked, and a change of
// its rules counts at once.
type current struct {
	*store.DB
	tap *tap
}

func (c current) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushWait)
	defer cancel()
	c.tap.queue.Flush(ctx) // if it takes longer they see what is stored
}

func (c current) Get(ctx context.Context, s flow.Seq) (flow.Flow, error) {
	c.flush(ctx)
	return c.DB.Get(ctx, s)
}

func (c current) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		c.flush(ctx)
		c.DB.Scan(ctx, q)(yield)
	}
}

func (c current) Stat(ctx context.Context) (store.Stat, error) {
	c.flush(ctx)
	return c.DB.Stat(ctx)
}

func (c current) Snapshot(ctx context.Context, w io.Writer) error {
	c.flush(ctx)
	return c.DB.Snapshot(ctx, w)
}

func (c current) Delete(ctx context.Context, q store.Query) (int, error) {
	c.flush(ctx)
	return c.DB.Delete(ctx, q)
}

// LoadModel implements store.Models: what the proxy has learnt is there for others.
func (c current) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if l := c.tap.learner; l != nil && name == catalog.ModelName {
		l.Save(ctx)
	}
	return c.DB.LoadModel(ctx, name)
}

// SaveModel implements store.Models. Nobody but this process writes the file, so that every change of rules passes here.
func (c current) SaveModel(ctx context.Context, name string, data []byte, rests store.Basis) error {
	if name == rules.ModelName {
		return c.tap.rules.save(ctx, c.DB, data, rests)
	}
	return c.DB.SaveModel(ctx, name, data, rests)
}
