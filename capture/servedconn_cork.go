package capture

import (
	"net"
	"sync"
)

// cork buffers writes to a connection so that they leave together. Otherwise the writes of net/http
// for one response become several TLS records, each with a system call and a packet that wakes the
// client. The zero value is uncorked. A Cork is safe for concurrent use.
type cork struct {
	mu      sync.Mutex // guards the fields below
	corked  bool
	buffers *sync.Pool            // of *[corkBufferSize]byte
	buf     *[corkBufferSize]byte // nil if nothing is buffered
	n       int                   // bytes in buf
}

// corkBufferSize is the size of a buffer: four records of TLS.
const corkBufferSize = 64 << 10

// Write writes p to c immediately unless the connection is corked.
func (k *cork) Write(c net.Conn, p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.corked {
		return c.Write(p)
	}
	if len(p) >= corkBufferSize/2 { // copying it would cost more than it saves
		return k.writeBoth(c, p)
	}
	if k.n+len(p) > corkBufferSize {
		if err := k.flush(c); err != nil {
			return 0, err
		}
	}
	if k.buf == nil {
		k.buf = k.buffers.Get().(*[corkBufferSize]byte)
	}
	k.n += copy(k.buf[k.n:], p)
	return len(p), nil
}

// Set buffers writes, in a buffer of the pool, until it is full or Remove is called.
func (k *cork) Set(buffers *sync.Pool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.corked, k.buffers = true, buffers
}

// Remove writes the buffer to c; later writes leave immediately.
func (k *cork) Remove(c net.Conn) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.corked = false
	err := k.flush(c)
	if k.buf != nil {
		k.buffers.Put(k.buf)
		k.buf = nil
	}
	return err
}

// writeBoth writes the buffer and p together. The caller holds mu.
func (k *cork) writeBoth(c net.Conn, p []byte) (int, error) {
	n := k.n
	if n == 0 {
		return c.Write(p)
	}
	k.n = 0
	both := net.Buffers{k.buf[:n], p}
	written, err := both.WriteTo(c) // one system call for TCP
	return max(0, int(written)-n), err
}

// flush writes the buffer. The caller holds mu.
func (k *cork) flush(c net.Conn) error {
	n := k.n
	if n == 0 {
		return nil
	}
	k.n = 0
	_, err := c.Write(k.buf[:n])
	return err
}
