package gateway

import (
	"context"
	"errors"
)

// Conn carries messages in both directions. The connections of this package are [Lines], [Child],
// [Upstream] and the sessions of a [Handler].
type Conn interface {
	// receive returns the next message. It is called from one goroutine. An error that is a
	// [*malformed] concerns one message; after any other there are none: io.EOF says that the other
	// side has ended.
	receive() (packet, error)
	// send writes a message. It is called from several goroutines. via is the HTTP request of a
	// client that the message belongs to, if that is known.
	send(m *message, via *exchange) error
	// Close ends the connection. A receive that waits returns.
	Close() error
}

// Dial connects to the server, for the first time or again after it ended.
type Dial func(ctx context.Context) (Conn, error)

// packet is a message with what its transport knows of it.
type packet struct {
	*message
	via    *exchange // the HTTP request of a client that brought the message
	stream string    // the id of the request on whose stream the server sent the message
	// lost says why the server does not answer the request whose id is stream. There is no message
	// then.
	lost error
	// gone means that the client no longer waits for the answer to via. There is no message then.
	gone bool
}

// errSession is what receive returns when the server has ended a session.
var errSession = errors.New("the MCP server has ended the session: a new one is needed")

// byHTTP reports whether a client reaches the gateway by HTTP, and whether the connection is that
// of several clients without a session.
func byHTTP(c Conn) (overHTTP, shared bool) {
	switch c := c.(type) {
	case *session:
		return true, c.stateless
	case *turn:
		return c.overHTTP, c.shared
	}
	return false, false
}
