package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// exchange is one operation under way.
type exchange struct {
	s      *Server
	c      *wire
	ctx    context.Context
	cancel context.CancelFunc
	req    *request
}

// verifier is what store.DB has beside store.Store.
type verifier interface {
	Verify(context.Context) (*store.Report, error)
}

// readJSON reads a frame that must be of this kind.
func (c *wire) readJSON(kind byte, v any) error {
	got, b, err := c.read()
	if err != nil {
		return err
	}
	if got != kind {
		return fmt.Errorf("%w: frame %q, want %q", errProtocol, got, kind)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	return nil
}

// hangUp cancels the operation when the other side closes the connection. Only for operations that are sent nothing
// more.
func (x *exchange) hangUp() {
	x.s.wg.Go(func() {
		x.c.r.Peek(1) // ends with the connection at the latest, which handle's caller closes
		x.cancel()
	})
}

func (x *exchange) run() error {
	st, req := x.s.cfg.Store, x.req
	switch req.Op {
	case opAppend:
		return x.append()
	case opSave:
		return x.save()
	case opImport:
		return x.imports()
	}
	x.hangUp()
	switch req.Op {
	case opGet:
		f, err := st.Get(x.ctx, req.Seq)
		if err != nil {
			return err
		}
		return x.c.flow(&f)
	case opScan:
		return x.flows(st.Scan(x.ctx, req.Query), false)
	case opWatch:
		return x.flows(st.Watch(x.ctx, req.Seq), true)
	case opStat:
		stat, err := st.Stat(x.ctx)
		return x.give(stat, err)
	case opSnapshot:
		return x.give(result{}, st.Snapshot(x.ctx, dataWriter{x.c}))
	case opLoss:
		l := req.Loss
		return x.give(result{}, st.NoteLoss(x.ctx, l.Flows, l.Since, l.Until))
	case opDelete:
		n, err := st.Delete(x.ctx, req.Query)
		return x.give(result{Count: n}, err)
	case opLoad:
		data, rests, err := st.LoadModel(x.ctx, req.Name)
		if err == nil {
			err = x.c.data(data)
		}
		return x.give(result{Rests: rests}, err)
	case opSecret:
		secret, err := st.Secret(x.ctx)
		if err == nil {
			err = x.c.data(secret)
		}
		return x.give(result{}, err)
	case opVerify:
		v, ok := st.(verifier)
		if !ok {
			return fmt.Errorf("verify store: %w", errors.ErrUnsupported)
		}
		report, err := v.Verify(x.ctx)
		return x.give(report, err)
	case opStatus:
		if x.s.cfg.Status == nil {
			return fmt.Errorf("status of the owner: %w", errors.ErrUnsupported)
		}
		return x.give(x.s.cfg.Status(), nil)
	}
	return fmt.Errorf("%w: operation %q", errProtocol, req.Op)
}

// give sends a result, unless there is an error.
func (x *exchange) give(v any, err error) error {
	if err != nil {
		return err
	}
	return x.c.json(frameResult, v)
}

// flows sends what a scan yields; at once, if others wait for it.
func (x *exchange) flows(seq iter.Seq2[flow.Flow, error], live bool) error {
	for f, err := range seq {
		if err != nil {
			return err
		}
		if err := x.c.flow(&f); err != nil {
			return err
		}
		if live {
			if err := x.c.w.Flush(); err != nil {
				return err
			}
		}
	}
	return x.give(result{}, nil)
}

// dataWriter sends what is written to it in frames.
type dataWriter struct{ c *wire }

func (d dataWriter) Write(p []byte) (int, error) {
	if err := d.c.data(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// maxCall bounds the flows, and their bytes, that one call of Append may have: they are all in memory.
const maxCall = 1 << 30

// readFlows reads the flows of one call, up to the frame that ends them.
func (x *exchange) readFlows() (fs []flow.Flow, end byte, err error) {
	total := 0
	for {
		kind, b, err := x.c.read()
		if err != nil {
			return nil, 0, err
		}
		if kind != frameFlow {
			return fs, kind, nil
		}
		if total += len(b) + 512; total > maxCall {
			return nil, 0, store.ErrTooLarge
		}
		var f flow.Flow
		if err := f.UnmarshalBinary(b); err != nil {
			return nil, 0, err
		}
		fs = append(fs, f)
	}
}

func (x *exchange) append() error {
	fs, end, err := x.readFlows()
	if err != nil {
		return err
	}
	if end != frameEnd {
		return fmt.Errorf("%w: frame %q among flows", errProtocol, end)
	}
	last, err := x.s.cfg.Store.Append(x.ctx, fs...)
	return x.give(result{Seq: last}, err)
}

func (x *exchange) save() error {
	var data []byte
	for {
		kind, b, err := x.c.read()
		if err != nil {
			return err
		}
		if kind == frameEnd {
			break
		}
		if kind != frameData || len(data)+len(b) > maxFrame {
			return fmt.Errorf("%w: frame %q in a model", errProtocol, kind)
		}
		data = append(data, b...)
	}
	return x.give(result{}, x.s.cfg.Store.SaveModel(x.ctx, x.req.Name, data, x.req.Rests))
}

// imports serves an import. One whose connection ends is aborted.
func (x *exchange) imports() error {
	im, err := x.s.cfg.Store.Import(x.ctx, x.req.Name)
	if err != nil {
		return err
	}
	defer im.Abort() // nothing after Commit
	if err := x.give(result{Seq: flow.Seq(im.Number())}, nil); err != nil {
		return err
	}
	for {
		fs, end, err := x.readFlows()
		if err != nil {
			return err
		}
		switch end {
		case frameEnd:
			err = im.Append(x.ctx, fs...)
		case frameCommit:
			return x.give(result{}, im.Commit(x.ctx))
		case frameAbort:
			return x.give(result{}, im.Abort())
		default:
			err = fmt.Errorf("%w: frame %q in an import", errProtocol, end)
		}
		if err := x.give(result{}, err); err != nil {
			return err
		}
	}
}
