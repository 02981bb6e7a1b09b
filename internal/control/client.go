package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"syscall"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Errors of a client.
var (
	// ErrNoOwner says that no process serves the store.
	ErrNoOwner = errors.New("no process serves the store")
	// ErrProtocol says that the process that serves the store is of another version.
	ErrProtocol = errors.New("the process that serves the store is of another version")
	// ErrOwnerGone says that the process that served the store has ended, or stopped serving.
	ErrOwnerGone = errors.New("the process that served the store is gone")
)

// Client is a store that another process has. Its methods may be called at once from any goroutine.
type Client struct {
	path, socket string
	ctx          context.Context // done when the client is closed
	stop         context.CancelFunc
}

var _ store.Store = (*Client)(nil)

// Dial returns the store at path as its owner serves it. ErrNoOwner when nobody does, ErrProtocol when one of another
// version does.
func Dial(ctx context.Context, path string) (*Client, error) {
	socket, err := socketPath(path)
	if err != nil {
		return nil, err
	}
	c := &Client{path: path, socket: socket}
	c.ctx, c.stop = context.WithCancel(context.Background())
	// Any request would do: it is answered only by an owner of this version.
	if _, err := c.Secret(ctx); err != nil {
		c.stop()
		if errors.Is(err, ErrOwnerGone) { // left the socket behind
			err = fmt.Errorf("open store %s: %w", path, ErrNoOwner)
		}
		return nil, err
	}
	return c, nil
}

// Close ends the operations under way. Later ones fail with store.ErrClosed. The store stays with its owner.
func (c *Client) Close() error {
	c.stop()
	return nil
}

// Reader returns a view of the store that can only read: its type has no other methods.
func (c *Client) Reader() store.Reader { return struct{ store.Reader }{c} }

// call is one operation under way.
type call struct {
	*wire
	client *Client
	ctx    context.Context
	conn   net.Conn
	done   func() bool
}

// begin connects and sends a request. The caller ends the call with finish.
func (c *Client) begin(ctx context.Context, req request) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.ctx.Err() != nil {
		return nil, store.ErrClosed
	}
	conn, err := (&net.Dialer{Timeout: greetTimeout}).DialContext(ctx, "unix", c.socket)
	if err != nil {
		return nil, c.dialError(ctx, err)
	}
	x := &call{wire: newWire(conn), client: c, ctx: ctx, conn: conn}
	endOwn := context.AfterFunc(c.ctx, func() { conn.Close() })
	endCtx := context.AfterFunc(ctx, func() { conn.Close() })
	x.done = func() bool { endOwn(); return endCtx() }
	if err := x.greet(req); err != nil {
		err = x.explain(err)
		x.finish()
		return nil, err
	}
	return x, nil
}

func (c *Client) dialError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("open store %s: %w", c.path, ErrNoOwner)
	}
	return fmt.Errorf("open store %s: %w", c.path, err)
}

// greet sends the greeting and the request together: the answer to the first is awaited, to the second not.
func (x *call) greet(req request) error {
	x.conn.SetDeadline(time.Now().Add(greetTimeout))
	if _, err := x.w.WriteString(greeting); err != nil {
		return err
	}
	if err := x.json(frameRequest, req); err != nil {
		return err
	}
	var got [len(greeting)]byte
	if _, err := io.ReadFull(x.r, got[:]); err != nil {
		return err
	}
	if string(got[:]) != greeting {
		return ErrProtocol
	}
	return x.conn.SetDeadline(time.Time{})
}

// finish ends the call.
func (x *call) finish() {
	x.done()
	x.conn.Close()
}

// explain says why a connection failed.
func (x *call) explain(err error) error {
	var remote *remoteError
	switch {
	case err == nil || errors.As(err, &remote):
		return err
	case x.ctx.Err() != nil:
		return x.ctx.Err()
	case x.client.ctx.Err() != nil:
		return store.ErrClosed
	case errors.Is(err, ErrProtocol), errors.Is(err, errProtocol), errors.Is(err, store.ErrTooLarge), errors.Is(err, flow.ErrVersion):
		return fmt.Errorf("use store %s: %w", x.client.path, err)
	}
	return fmt.Errorf("use store %s: %w", x.client.path, ErrOwnerGone)
}

// next reads a frame of the answer. An error that the owner sent is returned as such.
func (x *call) next() (kind byte, b []byte, err error) {
	kind, b, err = x.read()
	if err == nil && kind == frameError {
		var f failure
		if json.Unmarshal(b, &f) != nil {
			return 0, nil, errProtocol
		}
		return 0, nil, f.err()
	}
	return kind, b, err
}

// result reads the end of an answer.
func (x *call) result(v any) error {
	kind, b, err := x.next()
	if err != nil {
		return err
	}
	if kind != frameResult || json.Unmarshal(b, v) != nil {
		return errProtocol
	}
	return nil
}

// collect reads data up to the end of an answer.
func (x *call) collect(w io.Writer, v any) error {
	for {
		kind, b, err := x.next()
		switch {
		case err != nil:
			return err
		case kind == frameResult:
			if json.Unmarshal(b, v) != nil {
				return errProtocol
			}
			return nil
		case kind != frameData:
			return errProtocol
		}
		if _, err := w.Write(b); err != nil {
			return &remoteError{err.Error(), err} // of the caller's writer, not of the connection
		}
	}
}

// do makes a call: send what follows the request, if anything, and read the answer.
func (c *Client) do(ctx context.Context, req request, send func(*wire) error, receive func(*call) error) error {
	x, err := c.begin(ctx, req)
	if err != nil {
		return err
	}
	defer x.finish()
	if send != nil {
		if err := send(x.wire); err != nil {
			return x.explain(err)
		}
		if err := x.frame(frameEnd, nil); err != nil {
			return x.explain(err)
		}
		if err := x.w.Flush(); err != nil {
			return x.explain(err)
		}
	}
	return x.explain(receive(x))
}

// scan yields the flows of an answer.
func (c *Client) scan(ctx context.Context, req request) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		x, err := c.begin(ctx, req)
		if err != nil {
			yield(flow.Flow{}, err)
			return
		}
		defer x.finish()
		for {
			var f flow.Flow
			kind, b, err := x.next()
			if err == nil && ctx.Err() != nil {
				err = ctx.Err() // what was under way already does not count
			}
			switch {
			case err != nil:
			case kind == frameResult:
				return
			case kind != frameFlow:
				err = errProtocol
			default:
				err = f.UnmarshalBinary(b)
			}
			if err != nil {
				yield(flow.Flow{}, x.explain(err))
				return
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}
