package gatewaytest

import (
	"io"
	"net/http"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// Arrivals is a client's connection on which a test delivers messages as HTTP requests. Messages to
// the client are dropped.
type Arrivals chan jsonrpc.Packet

// Receive implements [jsonrpc.Conn]. The connection ends when the channel is closed.
func (c Arrivals) Receive() (jsonrpc.Packet, error) {
	p, ok := <-c
	if !ok {
		return p, io.EOF
	}
	return p, nil
}

// Send implements [jsonrpc.Conn].
func (c Arrivals) Send(*jsonrpc.Message, jsonrpc.Exchange) error { return nil }

// Close implements [jsonrpc.Conn].
func (c Arrivals) Close() error { return nil }

// Bring delivers a message. It returns after the relay has received it.
func (c Arrivals) Bring(t *testing.T, via jsonrpc.Exchange, text string) {
	t.Helper()
	m := must.Get(jsonrpc.Parse([]byte(text)))
	c <- jsonrpc.Packet{Message: m, Via: via}
}

// PlainExchange has the methods of [jsonrpc.Exchange] but End, for an HTTP request with a session
// and without special headers.
type PlainExchange struct{}

func (PlainExchange) Request() *http.Request { return new(http.Request) }
func (PlainExchange) IsStateless() bool      { return false }
func (PlainExchange) Lacks([]string)         {}
