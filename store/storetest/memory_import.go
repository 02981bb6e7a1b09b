package storetest

import (
	"cmp"
	"context"
	"errors"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Import implements [store.Importer].
func (m *Memory) Import(ctx context.Context, source string) (store.Import, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	m.imports++
	return &staging{m: m, source: source, number: m.imports}, nil
}

// staging is an import in progress.
type staging struct {
	m      *Memory
	source string
	number uint64
	flows  []flow.Flow
	ended  bool
}

var errEnded = errors.New("import has ended")

func (im *staging) Number() uint64 { return im.number }

func (im *staging) Append(ctx context.Context, fs ...flow.Flow) error {
	if im.ended {
		return errEnded
	}
	for _, f := range fs {
		f.Source = cmp.Or(f.Source, im.source)
		f, err := stored(f)
		if err != nil {
			return err
		}
		f.Import = im.number
		im.flows = append(im.flows, f)
	}
	return ctx.Err()
}

func (im *staging) Commit(ctx context.Context) error {
	if im.ended {
		return errEnded
	}
	if err := im.m.begin(ctx); err != nil {
		return err
	}
	defer im.m.mu.Unlock()
	im.ended = true
	fs := coalesce(im.flows)
	open := map[flow.ID]flow.Seq{}
	for _, f := range fs {
		im.m.add(f, open)
	}
	im.m.wake()
	return nil
}

func (im *staging) Abort() error {
	im.ended = true
	im.flows = nil
	return nil
}
