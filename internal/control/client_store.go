package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Get implements [store.Reader].
func (c *Client) Get(ctx context.Context, s flow.Seq) (f flow.Flow, err error) {
	err = c.do(ctx, request{Op: opGet, Seq: s}, nil, func(x *call) error {
		kind, b, err := x.next()
		if err != nil {
			return err
		}
		if kind != frameFlow {
			return errProtocol
		}
		return f.UnmarshalBinary(b)
	})
	return f, err
}

// Scan implements [store.Reader].
func (c *Client) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return c.scan(ctx, request{Op: opScan, Query: q})
}

// Watch implements [store.Reader].
func (c *Client) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return c.scan(ctx, request{Op: opWatch, Seq: after})
}

// Stat implements [store.Reader].
func (c *Client) Stat(ctx context.Context) (store.Stat, error) {
	return ask[store.Stat](ctx, c, request{Op: opStat}, nil)
}

// Snapshot implements [store.Reader].
func (c *Client) Snapshot(ctx context.Context, w io.Writer) error {
	return c.do(ctx, request{Op: opSnapshot}, nil, func(x *call) error { return x.collect(w, &result{}) })
}

// Append implements [store.Appender]. If ctx ends meanwhile, the owner may still store the flows.
func (c *Client) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	r, err := ask[result](ctx, c, request{Op: opAppend}, func(w *wire) error { return w.flows(fs) })
	return r.Seq, err
}

// Apply implements [store.Receiver]. If ctx ends meanwhile, the owner may still apply the block.
func (c *Client) Apply(ctx context.Context, mark store.Mark, flows []*flow.Flow) (bool, error) {
	r, err := ask[result](ctx, c, request{Op: opApply, Mark: &mark}, func(w *wire) error {
		for _, f := range flows {
			if err := w.flow(f); err != nil {
				return err
			}
		}
		return nil
	})
	return r.Applied, err
}

// Marks implements [store.Receiver].
func (c *Client) Marks(ctx context.Context) (map[string]uint64, error) {
	return ask[map[string]uint64](ctx, c, request{Op: opMarks}, nil)
}

// NoteLoss implements [store.Appender].
func (c *Client) NoteLoss(ctx context.Context, flows int64, since, until time.Time) error {
	return c.tell(ctx, request{Op: opLoss, Loss: store.Loss{Flows: flows, Since: since, Until: until}}, nil)
}

func (c *wire) flows(fs []flow.Flow) error {
	for i := range fs {
		if err := c.flow(&fs[i]); err != nil {
			return err
		}
	}
	return nil
}

// Delete implements [store.Pruner].
func (c *Client) Delete(ctx context.Context, q store.Query) (int, error) {
	r, err := ask[result](ctx, c, request{Op: opDelete, Query: q}, nil)
	return r.Count, err
}

// LoadModel implements [store.Models].
func (c *Client) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	var b bytes.Buffer
	var r result
	err := c.do(ctx, request{Op: opLoad, Name: name}, nil, func(x *call) error { return x.collect(&b, &r) })
	if err != nil {
		return nil, store.Basis{}, err
	}
	return b.Bytes(), r.Rests, nil
}

// SaveModel implements [store.Models].
func (c *Client) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	return c.tell(ctx, request{Op: opSave, Name: name, Rests: basis}, func(w *wire) error { return w.data(data) })
}

// Secret implements [store.Keyed].
func (c *Client) Secret(ctx context.Context) ([]byte, error) {
	var b bytes.Buffer
	err := c.do(ctx, request{Op: opSecret}, nil, func(x *call) error { return x.collect(&b, &result{}) })
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Verify makes the owner verify the store, see [store.DB.Verify].
func (c *Client) Verify(ctx context.Context) (*store.Report, error) {
	return ask[*store.Report](ctx, c, request{Op: opVerify}, nil)
}

// Status returns the status of the owner in JSON, or [errors.ErrUnsupported] if the owner has none.
func (c *Client) Status(ctx context.Context) (json.RawMessage, error) {
	return ask[json.RawMessage](ctx, c, request{Op: opStatus}, nil)
}

// Import implements [store.Importer]. The import is aborted if the owner or this process ends
// before Commit.
func (c *Client) Import(ctx context.Context, source string) (store.Import, error) {
	// ctx limits the start of the import. Append and Commit have their own contexts.
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	x, err := c.begin(detached, request{Op: opImport, Name: source})
	if err == nil {
		var r result
		if err = x.result(&r); err == nil {
			stop() // from now on the contexts of the calls apply
			return &remoteImport{x: x, cancel: cancel, number: uint64(r.Seq)}, nil
		}
		err = x.explain(err)
		x.finish()
	}
	stop()
	cancel()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return nil, err
}

// remoteImport is an import in progress in the owner.
type remoteImport struct {
	x      *call
	cancel context.CancelFunc
	number uint64
	ended  bool
}

// importStep is the approximate number of bytes that are sent before waiting for the owner.
const importStep = 4 << 20

func (im *remoteImport) Number() uint64 { return im.number }

var errEnded = errors.New("import has ended")

// step sends flows and a frame, and waits for the result. An error ends the import.
func (im *remoteImport) step(ctx context.Context, kind byte, fs []flow.Flow) error {
	if im.ended {
		return fmt.Errorf("import into store %s: %w", im.x.client.path, errEnded)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, im.cancel)
	defer stop()
	err := im.x.flows(fs)
	if err == nil {
		err = im.x.frame(kind, nil)
	}
	if err == nil {
		err = im.x.w.Flush()
	}
	if err == nil {
		err = im.x.result(&result{})
	}
	if err = im.x.explain(err); err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil || kind != frameEnd {
		im.end()
	}
	return err
}

func (im *remoteImport) end() {
	im.ended = true
	im.cancel()
	im.x.finish()
}

func (im *remoteImport) Append(ctx context.Context, fs ...flow.Flow) error {
	for {
		n, size := 0, 0
		for n < len(fs) && size < importStep {
			size += 1024 + len(fs[n].Request.Body.Data)
			if r := fs[n].Response; r != nil {
				size += len(r.Body.Data)
			}
			for i := range fs[n].Messages {
				size += 64 + len(fs[n].Messages[i].Data)
			}
			n++
		}
		if err := im.step(ctx, frameEnd, fs[:n]); err != nil {
			return err
		}
		if fs = fs[n:]; len(fs) == 0 {
			return nil
		}
	}
}

func (im *remoteImport) Commit(ctx context.Context) error { return im.step(ctx, frameCommit, nil) }

func (im *remoteImport) Abort() error {
	if im.ended {
		return nil
	}
	return im.step(context.Background(), frameAbort, nil)
}
