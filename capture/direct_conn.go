package capture

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// conn is a connection. One request uses it at a time.
type conn struct {
	net.Conn
	key       key
	pool      *pool
	br        *bufio.Reader
	bw        *bufio.Writer
	raw       syscall.RawConn // to see whether bytes wait, or nil
	secure    bool            // raw does not show what Read returns
	limit     int64           // bytes that may be read of a header, or -1
	retry     bool            // no byte of a response came
	stop      func() bool     // ends the watch of the request's context
	idleSince time.Time
}

func newConn(nc net.Conn, k key, p *pool, size int) *conn {
	c := &conn{Conn: nc, key: k, pool: p, bw: bufio.NewWriter(nc)}
	c.br = bufio.NewReaderSize(c, size)
	for below := nc; c.raw == nil; {
		switch b := below.(type) {
		case syscall.Conn:
			if raw, err := b.SyscallConn(); err == nil {
				c.raw = raw
			}
			return c
		case interface{ NetConn() net.Conn }: // tls.Conn has it too
			if _, ok := below.(*tls.Conn); ok {
				c.secure = true
			}
			below = b.NetConn()
		default:
			return c
		}
	}
	return c
}

// Read keeps the limit of a header.
func (c *conn) Read(p []byte) (int, error) {
	if c.limit < 0 {
		return c.Conn.Read(p)
	}
	if c.limit == 0 {
		return 0, errHeaderTooLarge
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.limit)])
	c.limit -= int64(n)
	return n, err
}

// begin prepares for a request, which ends with ctx.
func (c *conn) begin(ctx context.Context, maxHeader int64) {
	c.limit, c.retry = maxHeader, false
	c.stop = func() bool { return true }
	if ctx.Done() != nil {
		c.stop = context.AfterFunc(ctx, func() { c.Conn.Close() })
	}
}

// abort closes a connection that must not be used again.
func (c *conn) abort() {
	c.stop()
	c.Conn.Close()
}

// end gives the connection back if another request may use it.
func (c *conn) end(keep bool) {
	if !c.stop() || !keep || c.br.Buffered() > 0 || c.raw == nil {
		c.Conn.Close()
		return
	}
	c.stop = nil
	c.pool.put(c)
}

// isAlive reports whether a request can be sent on an idle connection: its peer neither closed it
// nor sent anything unasked. Session tickets of TLS 1.3 come at any time.
func (c *conn) isAlive() bool {
	quiet, closed := check(c.raw)
	if quiet || closed || !c.secure {
		return quiet
	}
	c.limit = -1
	if c.Conn.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	_, err := c.br.Peek(1)
	if e, ok := err.(net.Error); !ok || !e.Timeout() {
		return false
	}
	return c.Conn.SetReadDeadline(time.Time{}) == nil
}

// directBody is the body of a response. At its end the connection is given back.
type directBody struct {
	conn  *conn
	ctx   context.Context
	inner io.ReadCloser
	keep  bool

	mu     sync.Mutex // guards ended: Close may be called while Read waits
	ended  bool
	closed bool
}

func (b *directBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	ended, closed := b.ended, b.closed
	b.mu.Unlock()
	switch {
	case closed:
		return 0, http.ErrBodyReadAfterClose
	case ended:
		return 0, io.EOF
	}
	n, err := b.inner.Read(p)
	if err == nil {
		return n, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return n, http.ErrBodyReadAfterClose
	case err == io.EOF && !b.ended:
		b.ended = true
		b.conn.end(b.keep)
	case err != io.EOF && b.ctx.Err() != nil:
		err = context.Cause(b.ctx)
	}
	return n, err
}

// Close closes the connection if the body was not read to its end.
func (b *directBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended && !b.closed {
		b.conn.abort()
	}
	b.closed = true
	return nil
}
