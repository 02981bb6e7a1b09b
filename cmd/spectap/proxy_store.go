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

// flushWait limits the time that a reader waits for the queue.
const flushWait = 2 * time.Second

// flushedStore is the store of a proxy as other processes use it. Reads flush the queue first, so
// that readers see everything recorded before their call. A change of the rules takes effect at
// once.
type flushedStore struct {
	*store.DB
	tap *tap
}

func (s flushedStore) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushWait)
	defer cancel()
	s.tap.queue.Flush(ctx) // on a timeout, readers see what is stored
}

// Get implements [store.Reader]. A response that is still being received is as new as the call.
func (s flushedStore) Get(ctx context.Context, seq flow.Seq) (flow.Flow, error) {
	s.flush(ctx)
	f, err := s.DB.Get(ctx, seq)
	if err != nil || f.Done || !s.tap.proxy.RecordProgress(f.ID) {
		return f, err
	}
	s.flush(ctx)
	return s.DB.Get(ctx, seq)
}

func (s flushedStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		s.flush(ctx)
		s.DB.Scan(ctx, q)(yield)
	}
}

func (s flushedStore) Stat(ctx context.Context) (store.Stat, error) {
	s.flush(ctx)
	return s.DB.Stat(ctx)
}

func (s flushedStore) Snapshot(ctx context.Context, w io.Writer) error {
	s.flush(ctx)
	return s.DB.Snapshot(ctx, w)
}

func (s flushedStore) Delete(ctx context.Context, q store.Query) (int, error) {
	s.flush(ctx)
	return s.DB.Delete(ctx, q)
}

// LoadModel implements [store.Models]. The learner saves its model first.
func (s flushedStore) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if l := s.tap.learner; l != nil && name == catalog.ModelName {
		l.Save(ctx)
	}
	return s.DB.LoadModel(ctx, name)
}

// SaveModel implements [store.Models]. Only this process writes the file, so every change of the
// rules comes here.
func (s flushedStore) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	if name == rules.ModelName {
		return s.tap.rules.save(ctx, s.DB, data, basis)
	}
	return s.DB.SaveModel(ctx, name, data, basis)
}
