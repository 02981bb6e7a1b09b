package capture

import (
	"net"
	"sync"
)

// cork buffers writes to a connection so that they leave together. Otherwise the writes of net/http
// for one response become several TLS records, each with a system call and a packet that wakes the
// client. The zero value is uncorked.
type cork struct {
	mu      sync.Mutex // guards the fields below
	corked  bool
	buffers *sync.Pool      // of *[copySize]byte
	buf     *[copySize]byte // nil if nothing is buffered
	n       int             // bytes in buf
}

// Write writes immediately unless the connection is corked.
func (c *clientConn) Write(p []byte) (int, error) {
	if c.discardWrites {
		return len(p), nil
	}
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.corked {
		return c.Conn.Write(p)
	}
	if len(p) >= copySize/2 { // copying it would cost more than it saves
		return c.writeBoth(p)
	}
	if k.n+len(p) > copySize {
		if err := c.flushCork(); err != nil {
			return 0, err
		}
	}
	if k.buf == nil {
		k.buf = k.buffers.Get().(*[copySize]byte)
	}
	k.n += copy(k.buf[k.n:], p)
	return len(p), nil
}

// corkWrites buffers writes until uncorkWrites is called or the buffer is full.
func (c *clientConn) corkWrites(buffers *sync.Pool) {
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	k.corked, k.buffers = true, buffers
}

// uncorkWrites writes the buffer; later writes leave immediately.
func (c *clientConn) uncorkWrites() error {
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	k.corked = false
	err := c.flushCork()
	if k.buf != nil {
		k.buffers.Put(k.buf)
		k.buf = nil
	}
	return err
}

// writeBoth writes the buffer and p together. The caller holds mu.
func (c *clientConn) writeBoth(p []byte) (int, error) {
	n := c.cork.n
	if n == 0 {
		return c.Conn.Write(p)
	}
	c.cork.n = 0
	both := net.Buffers{c.cork.buf[:n], p}
	written, err := both.WriteTo(c.Conn) // one system call for TCP
	return max(0, int(written)-n), err
}

// flushCork writes the buffer. The caller holds mu.
func (c *clientConn) flushCork() error {
	n := c.cork.n
	if n == 0 {
		return nil
	}
	c.cork.n = 0
	_, err := c.Conn.Write(c.cork.buf[:n])
	return err
}
