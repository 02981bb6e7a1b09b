package capture

import (
	"net"
	"sync/atomic"
)

// servedConn is a client's connection that net/http serves.
type servedConn struct {
	headConn
	begun  atomic.Bool
	refuse func(head string, answer []byte) []byte // see Proxy.refuseHead
}

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

// Write writes to the client. What net/http answers before a handler has taken the request is a
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
