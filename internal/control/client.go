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
	// ErrNoOwner reports that no process serves the store.
	ErrNoOwner = errors.New("no process serves the store")
	// ErrProtocol reports that the owner of the store uses another version of the protocol.
	ErrProtocol = errors.New("the process that serves the store has another version")
	// ErrForeign reports that other users can use the socket of the store, or have created it.
	ErrForeign = errors.New("the socket of the store is not private to this user")
	// ErrOwnerGone reports that the owner has ended, or has stopped serving the store.
	ErrOwnerGone = errors.New("the process that served the store has ended")
)

// Client is a store that another process owns. All methods are safe for concurrent use.
type Client struct {
	path, socket string
	readOnly     bool
	ctx          context.Context // done when the client is closed
	stop         context.CancelFunc
}

var _ store.Store = (*Client)(nil)

// Dial connects to the owner of the store at path. It returns ErrNoOwner if no process serves the
// store, ErrProtocol if the owner has another version, and ErrForeign if the socket is not private
// to this user. The caller closes the client.
func Dial(ctx context.Context, path string) (*Client, error) {
	socket, err := socketPath(path)
	if err != nil {
		return nil, err
	}
	c := &Client{path: path, socket: socket}
	c.ctx, c.stop = context.WithCancel(context.Background())
	// Any request shows whether there is an owner of this version.
	if _, err := c.Secret(ctx); err != nil {
		c.stop()
		if errors.Is(err, ErrOwnerGone) { // a killed owner has left its socket
			err = fmt.Errorf("open store %s: %w", path, ErrNoOwner)
		}
		return nil, err
	}
	return c, nil
}

// Close ends the operations in progress. Later ones fail with [store.ErrClosed]. The owner keeps
// the store open.
func (c *Client) Close() error {
	c.stop()
	return nil
}

// Reader returns a view of the store whose type has only methods that read.
func (c *Client) Reader() store.Reader { return struct{ store.Reader }{c} }

// call is one operation in progress.
type call struct {
	*wire
	client *Client
	ctx    context.Context
	conn   net.Conn
	done   func()
}

// begin connects and sends a request. The caller calls finish.
func (c *Client) begin(ctx context.Context, req request) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.ctx.Err() != nil {
		return nil, store.ErrClosed
	}
	if doing := writing[req.Op]; c.readOnly && doing != "" {
		return nil, fmt.Errorf("%s store %s: %w", doing, c.path, store.ErrReadOnly)
	}
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	x := &call{wire: newWire(conn), client: c, ctx: ctx, conn: conn}
	endOwn := context.AfterFunc(c.ctx, func() { conn.Close() })
	endCtx := context.AfterFunc(ctx, func() { conn.Close() })
	x.done = func() { endOwn(); endCtx() }
	if err := x.greet(req); err != nil {
		err = x.explain(err)
		x.finish()
		return nil, err
	}
	return x, nil
}

// connect opens a connection.
func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	if err := checkSocket(c.socket); err != nil {
		return nil, c.dialError(ctx, err)
	}
	conn, err := (&net.Dialer{Timeout: greetTimeout}).DialContext(ctx, "unix", c.socket)
	if err != nil {
		return nil, c.dialError(ctx, err)
	}
	if err := checkPeer(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("open store %s: connect to %s: %w", c.path, c.socket, err)
	}
	return conn, nil
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

// greet sends the greeting and the request together, and waits for the greeting of the owner.
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

// finish closes the connection.
func (x *call) finish() {
	x.done()
	x.conn.Close()
}

// explain replaces an error of the connection with its cause.
func (x *call) explain(err error) error {
	switch {
	case err == nil || errors.As(err, new(*remoteError)):
		return err
	case x.ctx.Err() != nil:
		return x.ctx.Err()
	case x.client.ctx.Err() != nil:
		return store.ErrClosed
	case errors.Is(err, ErrProtocol), errors.Is(err, errProtocol),
		errors.Is(err, store.ErrTooLarge), errors.Is(err, flow.ErrVersion), errors.Is(err, flow.ErrMalformed):
		return fmt.Errorf("use store %s: %w", x.client.path, err)
	}
	return fmt.Errorf("use store %s: %w", x.client.path, ErrOwnerGone)
}

// next reads a frame of the response. It returns an error that the owner sent as err.
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

// result reads the result, which ends the response, into v.
func (x *call) result(v any) error { return x.collect(nil, v) }

// collect writes data to w up to the end of the response, whose result it reads into v. If w is
// nil, there must be no data.
func (x *call) collect(w io.Writer, v any) error {
	for {
		kind, b, err := x.next()
		switch {
		case err != nil:
			return err
		case kind == frameResult && json.Unmarshal(b, v) == nil:
			return nil
		case kind != frameData || w == nil:
			return errProtocol
		}
		if _, err := w.Write(b); err != nil {
			return &remoteError{err.Error(), err} // an error of w, not of the connection
		}
	}
}

// do makes a call. send, unless nil, sends the frames after the request; receive reads the
// response.
func (c *Client) do(ctx context.Context, req request, send func(*wire) error, receive func(*call) error) error {
	x, err := c.begin(ctx, req)
	if err != nil {
		return err
	}
	defer x.finish()
	if send != nil {
		err := send(x.wire)
		if err == nil {
			err = errors.Join(x.frame(frameEnd, nil), x.w.Flush())
		}
		if err != nil {
			return x.explain(err)
		}
	}
	return x.explain(receive(x))
}

// ask makes a call whose result is one value.
func ask[T any](ctx context.Context, c *Client, req request, send func(*wire) error) (v T, err error) {
	err = c.do(ctx, req, send, func(x *call) error { return x.result(&v) })
	return v, err
}

// tell makes a call without a result.
func (c *Client) tell(ctx context.Context, req request, send func(*wire) error) error {
	_, err := ask[result](ctx, c, req, send)
	return err
}

// scan yields the flows of a response.
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
				err = ctx.Err() // discard flows that were received after the cancellation
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
