package jsonrpc

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Conn carries messages in both directions: on stdio, to a child process, to a URL, or to the
// clients of a session over HTTP.
type Conn interface {
	// Receive returns the next message. It is called from one goroutine. An error that is a
	// [*Malformed] concerns one message. After any other error there are no more messages: io.EOF
	// says that the other side has ended.
	Receive() (Packet, error)
	// Send writes a message. It is called from several goroutines. via is the HTTP request of a
	// client that the message belongs to, if that is known.
	Send(m *Message, via Exchange) error
	// Close ends the connection. A Receive that waits returns.
	Close() error
}

// Dial connects to the server, for the first time or again after it ended.
type Dial func(ctx context.Context) (Conn, error)

// Packet is a message with the facts that its transport has about it.
type Packet struct {
	*Message
	Via    Exchange // the HTTP request of a client that brought the message
	Stream string   // the id of the request on whose stream the server sent the message
	// Lost says why the server does not answer the request whose id is Stream. There is no message
	// then.
	Lost error
	// Gone means that the client no longer waits for the answer to Via. There is no message then.
	Gone bool
	// Arrived is when a relay took the message over.
	Arrived time.Time
	// Start, unless 0, is the start of the server whose definitions the message was judged by. A
	// later start may define them differently, and does not get the message.
	Start uint64
	// Unwrapped means that the client sent the message as the argument of another one: its HTTP
	// headers repeat that one.
	Unwrapped bool
}

// ErrSession is what Receive returns when the server has ended a session.
var ErrSession = errors.New("the MCP server has ended the session: a new one is needed")

// Exchange is an HTTP request of a client with a request of JSON-RPC, and its response.
type Exchange interface {
	// Request returns the HTTP request, whose body was read.
	Request() *http.Request
	// IsStateless reports whether it belongs to no session.
	IsStateless() bool
	// Lacks says that the answer, which comes next, denies the request for scopes only, which the
	// caller's token does not grant. The status of the response says so if it can.
	Lacks(scopes []string)
	// End ends the response without an answer.
	End()
}

// ByHTTP reports whether a client reaches the gateway by HTTP, and whether the connection is that
// of several clients without a session. Such a connection has the method ByHTTP.
func ByHTTP(c Conn) (overHTTP, shared bool) {
	if c, ok := c.(interface {
		ByHTTP() (overHTTP, shared bool)
	}); ok {
		return c.ByHTTP()
	}
	return false, false
}

// SendsApart reports whether a connection to a server sends each message as an HTTP request of its
// own, so that the answer has a stream of its own and ends with it. Such a connection has the
// method SendsApart.
func SendsApart(c Conn) bool {
	_, ok := c.(interface{ SendsApart() })
	return ok
}

// ErrEnded is the error for a call whose server has ended.
var ErrEnded = errors.New("the MCP server ended before it answered")

// The pauses between attempts to dial again: the first one, and the most that they double to.
const (
	FirstPause = 250 * time.Millisecond
	MaxPause   = 30 * time.Second
)
