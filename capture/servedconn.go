package capture

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// servedConn is a client's connection that net/http serves. While a handler runs, net/http reads
// one byte in another goroutine to notice that the client leaves, and ends that read by a deadline
// in the past. Most handlers end so soon that the read would only cost system calls, so it begins
// after watchDelay.
type servedConn struct {
	headConn
	begun  atomic.Bool
	refuse func(head string, answer []byte) []byte // see Proxy.refuseHead

	mu      sync.Mutex    // guards the fields below
	cleared bool          // the read deadline was removed, and nothing was read since
	past    bool          // the read deadline is in the past, and the connection does not know it
	waiting bool          // a read waits for wake
	wake    chan struct{} // has a buffer of one
	timer   *time.Timer
}

// watchDelay is how long a request is in progress before its client is watched.
const watchDelay = 20 * time.Millisecond

// newServedConn returns c as net/http should serve it.
func newServedConn(c net.Conn) *servedConn { return &servedConn{headConn: headConn{Conn: c}} }

// belowServed returns the connection below a servedConn, or c itself.
func belowServed(c net.Conn) net.Conn {
	if s, ok := c.(*servedConn); ok {
		return s.Conn
	}
	return c
}

// Begin returns true when it is called for the first time.
func (c *servedConn) Begin() bool { return !c.begun.Swap(true) }

func (c *servedConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	// net/http removes the deadline, then reads one byte. Other reads have larger buffers, or, for
	// frames of HTTP/2, follow other reads.
	watch := c.cleared && len(p) == 1
	c.cleared = false
	if watch {
		c.wait()
	}
	past := c.past
	c.mu.Unlock()
	if past {
		return 0, os.ErrDeadlineExceeded
	}
	return c.headConn.Read(p)
}

// Write writes to the client. A response of net/http before a handler has taken the request is a
// refusal.
func (c *servedConn) Write(p []byte) (int, error) {
	if c.Heads.waiting.Load() {
		if head := c.Heads.refused(); head != "" && c.refuse != nil {
			if answer := c.refuse(head, p); answer != nil {
				if _, err := c.headConn.Write(answer); err != nil {
					return 0, err
				}
				return len(p), nil
			}
		}
	}
	return c.headConn.Write(p)
}

// wait waits for watchDelay, a deadline in the past or Close. The caller holds mu.
func (c *servedConn) wait() {
	if c.timer == nil {
		c.wake, c.timer = make(chan struct{}, 1), time.NewTimer(watchDelay)
	} else {
		c.timer.Reset(watchDelay)
	}
	c.waiting = true
	c.mu.Unlock()
	select {
	case <-c.wake:
		c.timer.Stop()
		c.mu.Lock()
	case <-c.timer.C:
		c.mu.Lock()
		if !c.waiting { // woken at the same time
			<-c.wake
		}
	}
	c.waiting = false
}

// wakeUp ends wait. The caller holds mu.
func (c *servedConn) wakeUp() {
	if c.waiting {
		c.waiting = false
		c.wake <- struct{}{}
	}
}

func (c *servedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.cleared, c.past = t.IsZero(), false
	if c.waiting && !t.IsZero() && time.Until(t) <= 0 {
		c.past = true
		c.wakeUp()
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	return c.headConn.SetReadDeadline(t)
}

func (c *servedConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	c.cleared, c.past = false, false
	c.wakeUp()
	c.mu.Unlock()
	return c.headConn.SetDeadline(t)
}

func (c *servedConn) Close() error {
	c.mu.Lock()
	c.wakeUp()
	c.mu.Unlock()
	return c.headConn.Close()
}
