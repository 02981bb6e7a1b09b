package capture

import "sync"

// cork buffers writes to a connection so that they leave together. Otherwise the writes of net/http
// for one response become several TLS records, each with a system call and a packet that wakes the
// client. The zero value is uncorked.
type cork struct {
	mu      sync.Mutex // guards what follows
	closed  bool
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
	if !k.closed {
		return c.Conn.Write(p)
	}
	if k.n+len(p) > copySize {
		if err := c.flushHeld(); err != nil {
			return 0, err
		}
	}
	if len(p) > copySize {
		return c.Conn.Write(p)
	}
	if k.buf == nil {
		k.buf = k.buffers.Get().(*[copySize]byte)
	}
	k.n += copy(k.buf[k.n:], p)
	return len(p), nil
}

// holdWrites buffers writes until releaseWrites is called or the buffer is full.
func (c *clientConn) holdWrites(buffers *sync.Pool) {
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed, k.buffers = true, buffers
}

// releaseWrites writes the buffer; later writes leave immediately.
func (c *clientConn) releaseWrites() error {
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = false
	err := c.flushHeld()
	if k.buf != nil {
		k.buffers.Put(k.buf)
		k.buf = nil
	}
	return err
}

// flushHeld writes the buffer. The caller holds mu.
func (c *clientConn) flushHeld() error {
	n := c.cork.n
	if n == 0 {
		return nil
	}
	c.cork.n = 0
	_, err := c.Conn.Write(c.cork.buf[:n])
	return err
}
