package merge

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// backend is the connection between a merger and the relay of one server. To the relay it is the
// client.
type backend struct {
	gateway.Server
	merger   *Merger
	relay    *gateway.Relay
	identity map[string]any
	session  string
	in       chan jsonrpc.Packet
	log      *slog.Logger

	listed bool // it has listed its resources; guarded by the merger's lock

	mu sync.Mutex // guards defects
	// defects are the defects of the latest tools, by the hash of their definition; "" means no
	// defect.
	defects map[[sha256.Size]byte]string
}

// why returns the reason why the server does not run, or nil.
func (be *backend) why() error { return be.relay.Failure() }

// maxQueued bounds the messages that wait for a server.
const maxQueued = 1000

// deliver hands a message to the relay. It does not block: a server that accepts no messages must
// not stop the others.
func (be *backend) deliver(p jsonrpc.Packet) {
	select {
	case be.in <- p:
	default:
		be.merger.unserved(be, p)
	}
}

// Receive implements [jsonrpc.Conn]. The relay of a server that does not run gets no request but
// the handshake, which it repeats when the server runs again.
func (be *backend) Receive() (jsonrpc.Packet, error) {
	for {
		select {
		case p := <-be.in:
			if p.Message == nil || !p.IsRequest() || p.Method == "initialize" || be.why() == nil {
				return p, nil
			}
			be.merger.unserved(be, p)
		case <-be.merger.ctx.Done():
			return jsonrpc.Packet{}, io.EOF
		}
	}
}

// Send implements [jsonrpc.Conn].
func (be *backend) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	be.merger.fromServer(be, m, via)
	return nil
}

// Close implements [jsonrpc.Conn].
func (be *backend) Close() error { return nil }

// ByHTTP returns the properties of the merger's client.
func (be *backend) ByHTTP() (overHTTP, shared bool) { return jsonrpc.ByHTTP(be.merger.down) }

// unserved answers a request to a server that does not run.
func (g *Merger) unserved(be *backend, p jsonrpc.Packet) {
	if p.Message != nil && p.IsRequest() {
		why := fmt.Sprintf("the MCP server %s is not running: %v", be.Name, cmp.Or(be.why(), gateway.ErrNotRunning))
		g.fromServer(be, jsonrpc.Failure(p.ID, jsonrpc.CodeInternal, why, nil), p.Via)
	}
}
