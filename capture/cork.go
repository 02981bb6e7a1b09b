package capture

import "sync"

// cork gathers what is written to a connection, so that it leaves together: what net/http writes of an answer becomes
// several records of TLS, and each of them a system call and a packet that wakes the client. The zero value is open.
type cork struct {
	mu      sync.Mutex // guards what follows
	closed  bool
	buffers *sync.Pool      // of *[copySize]byte
	buf     *[copySize]byte // nil for none
	n       int             // how much of it waits
}

// Write writes at once unless the connection is corked.
func (c *clientConn) Write(p []byte) (int, error) {
	if c.muted {
		return len(p), nil
	}
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		return c.Conn.Write(p)
	}
	if k.n+len(p) > copySize {
		if err := c.pour(); err != nil {
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

// stop has what is written wait for open, or for as much as a buffer holds.
func (c *clientConn) stop(buffers *sync.Pool) {
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed, k.buffers = true, buffers
}

// open writes what waits, and from then on at once.
func (c *clientConn) open() error {
	k := &c.cork
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = false
	err := c.pour()
	if k.buf != nil {
		k.buffers.Put(k.buf)
		k.buf = nil
	}
	return err
}

// pour writes what waits. The caller holds mu.
func (c *clientConn) pour() error {
	n := c.cork.n
	if n == 0 {
		return nil
	}
	c.cork.n = 0
	_, err := c.Conn.Write(c.cork.buf[:n])
	return err
}
