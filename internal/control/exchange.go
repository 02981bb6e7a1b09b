package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// exchange is one operation in progress, on the side of the owner.
type exchange struct {
	s      *Server
	conn   net.Conn
	store  store.Store // nil in a process that serves its status alone
	c      *wire
	ctx    context.Context
	cancel context.CancelFunc
	req    *request

	watched bool // cancelOnClose reads from the connection
}

// verifier is implemented by [store.DB] in addition to [store.Store].
type verifier interface {
	Verify(context.Context) (*store.Report, error)
}

// readJSON reads a frame of the given kind into v.
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

// cancelOnClose cancels the operation when the client closes the connection. It is only for
// operations in which the client sends nothing after the request.
func (x *exchange) cancelOnClose() {
	x.watched = true
	x.s.wg.Go(func() {
		x.c.r.Peek(1) // returns when the connection is closed, by the client or by serve
		x.cancel()
	})
}

// run performs the operation and sends its response. It returns errors of the store, and those of
// the connection.
func (x *exchange) run() error {
	st, req := x.store, x.req
	if st == nil && req.Op != opStatus {
		return fmt.Errorf("a process without a store: %w", errors.ErrUnsupported)
	}
	switch req.Op {
	case opAppend:
		return x.append()
	case opApply:
		return x.apply()
	case opSave:
		return x.save()
	case opImport:
		return x.imports()
	}
	x.cancelOnClose()
	return x.answer(st)
}

// answer performs an operation in which the client sends nothing after the request.
func (x *exchange) answer(st store.Store) error {
	req := x.req
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
		return x.reply(stat, err)
	case opSnapshot:
		return x.reply(result{}, st.Snapshot(x.ctx, dataWriter{x}))
	case opLoss:
		l := req.Loss
		return x.reply(result{}, st.NoteLoss(x.ctx, l.Flows, l.Since, l.Until))
	case opDelete:
		n, err := st.Delete(x.ctx, req.Query)
		return x.reply(result{Count: n}, err)
	case opLoad:
		data, basis, err := st.LoadModel(x.ctx, req.Name)
		return x.replyData(data, result{Rests: basis}, err)
	case opSecret:
		secret, err := st.Secret(x.ctx)
		return x.replyData(secret, result{}, err)
	case opVerify:
		v, ok := st.(verifier)
		if !ok {
			return fmt.Errorf("verify store: %w", errors.ErrUnsupported)
		}
		report, err := v.Verify(x.ctx)
		return x.reply(report, err)
	case opSessions:
		list, err := st.Sessions(x.ctx)
		return x.reply(list, err)
	case opMarks:
		marks, err := st.Marks(x.ctx)
		return x.reply(marks, err)
	case opBegin, opEnded, opForget:
		return x.session()
	case opStatus:
		return x.status()
	}
	return fmt.Errorf("%w: operation %q", errProtocol, req.Op)
}

// session changes the sessions.
func (x *exchange) session() error {
	st, s := x.store, x.req.Session
	if s == nil {
		return fmt.Errorf("%w: no session", errProtocol)
	}
	switch x.req.Op {
	case opBegin:
		n, err := st.BeginSession(x.ctx, *s)
		return x.reply(result{Seq: flow.Seq(n)}, err)
	case opEnded:
		return x.reply(result{}, st.EndSession(x.ctx, s.Number, s.Ended, s.Status))
	}
	return x.reply(result{}, st.DeleteSession(x.ctx, s.Number))
}

func (x *exchange) status() error {
	if x.s.cfg.Status == nil {
		return fmt.Errorf("status of the owner: %w", errors.ErrUnsupported)
	}
	return x.reply(x.s.cfg.Status(), nil)
}

// reply sends a result, unless there is an error.
func (x *exchange) reply(v any, err error) error {
	if err != nil {
		return err
	}
	return x.c.json(frameResult, v)
}

// replyData sends data and a result, unless there is an error.
func (x *exchange) replyData(data []byte, r result, err error) error {
	if err == nil {
		err = x.c.data(data)
	}
	return x.reply(r, err)
}

// flows sends the flows of a scan. With live it flushes after each flow.
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
	return x.reply(result{}, nil)
}

// dataWriter is an io.Writer that sends data frames.
type dataWriter struct{ x *exchange }

func (d dataWriter) Write(p []byte) (int, error) {
	if err := d.x.c.data(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// maxCall bounds the bytes of the flows in one call of Append, which are all in memory.
const maxCall = 1 << 30

// flowCost is the memory of a flow in addition to its bytes.
const flowCost = 512

// readFlows reads flows up to another frame, whose kind it returns.
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
		if total += len(b) + flowCost; total > maxCall {
			return nil, 0, store.ErrTooLarge
		}
		var f flow.Flow
		if err := f.UnmarshalBinary(b); err != nil {
			return nil, 0, err
		}
		fs = append(fs, f)
	}
}

// readAllFlows reads flows up to the end of the call.
func (x *exchange) readAllFlows() ([]flow.Flow, error) {
	fs, end, err := x.readFlows()
	if err == nil && end != frameEnd {
		err = fmt.Errorf("%w: frame %q among flows", errProtocol, end)
	}
	return fs, err
}

func (x *exchange) apply() error {
	fs, err := x.readAllFlows()
	if err != nil {
		return err
	}
	if x.req.Mark == nil {
		return fmt.Errorf("%w: no mark", errProtocol)
	}
	block := make([]*flow.Flow, len(fs))
	for i := range fs {
		block[i] = &fs[i]
	}
	applied, err := x.store.Apply(x.ctx, *x.req.Mark, block)
	return x.reply(result{Applied: applied}, err)
}

func (x *exchange) append() error {
	fs, err := x.readAllFlows()
	if err != nil {
		return err
	}
	last, err := x.store.Append(x.ctx, fs...)
	return x.reply(result{Seq: last}, err)
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
		if kind != frameData || len(b) > dataSize {
			return fmt.Errorf("%w: frame %q in a model", errProtocol, kind)
		}
		if len(data)+len(b) > maxCall {
			return store.ErrTooLarge
		}
		data = append(data, b...)
	}
	return x.reply(result{}, x.store.SaveModel(x.ctx, x.req.Name, data, x.req.Rests))
}

// imports serves an import. It aborts the import if the connection ends before Commit.
func (x *exchange) imports() error {
	im, err := x.store.Import(x.ctx, x.req.Name)
	if err != nil {
		return err
	}
	defer im.Abort() // does nothing after Commit
	if err := x.reply(result{Seq: flow.Seq(im.Number())}, nil); err != nil {
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
			return x.reply(result{}, im.Commit(x.ctx))
		case frameAbort:
			return x.reply(result{}, im.Abort())
		default:
			err = fmt.Errorf("%w: frame %q in an import", errProtocol, end)
		}
		if err := x.reply(result{}, err); err != nil {
			return err
		}
	}
}
