package merge

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// backend is the connection between a merger and the relay of one server. To the relay it is the
// client.
type backend struct {
	gateway.Server
	merger           *Merger
	identity         map[string]any
	session          string
	overHTTP, shared bool
	in               chan jsonrpc.Packet
	done             <-chan struct{}
	log              *slog.Logger

	listed bool // it has listed its resources; guarded by the merger's lock

	mu   sync.Mutex
	down error // the reason why the server does not run, or nil
	// defects are the defects of the latest tools, by the hash of their definition; "" means no
	// defect.
	defects map[[sha256.Size]byte]string
}

// run runs the relay of the server, again when it fails.
func (be *backend) run(ctx context.Context) {
	pause := jsonrpc.FirstPause
	for again := false; ctx.Err() == nil; again = true {
		down := &turn{backend: be, end: make(chan struct{}), greeting: make(chan jsonrpc.Packet), greeted: make(chan struct{})}
		relay := gateway.NewRelay(be.Server, be.identity, be.session, down, be.log)
		be.set(nil)
		if again {
			be.Health.Restarted()
			go be.merger.greet(down)
		} else {
			close(down.greeted) // the client begins
		}
		begun := time.Now()
		err := relay.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		down.Close()
		be.set(cmp.Or(err, gateway.ErrNotRunning))
		be.merger.lost(be)
		if time.Since(begun) > jsonrpc.MaxPause {
			pause = jsonrpc.FirstPause
		}
		be.log.Warn("the MCP server ended and is started again", "reason", err, "pause", pause)
		be.Health.Waits(1)
		be.wait(ctx, pause)
		be.Health.Waits(-1)
		pause = min(2*pause, jsonrpc.MaxPause)
	}
}

// wait refuses messages until the backoff is over.
func (be *backend) wait(ctx context.Context, pause time.Duration) {
	over := time.After(pause)
	for {
		select {
		case p := <-be.in:
			be.merger.unserved(be, p)
		case <-over:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (be *backend) set(err error) {
	be.mu.Lock()
	defer be.mu.Unlock()
	be.down = err
}

func (be *backend) why() error {
	be.mu.Lock()
	defer be.mu.Unlock()
	return be.down
}

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

// turn is a backend during one run of the relay.
type turn struct {
	*backend
	end      chan struct{}
	once     sync.Once
	greeting chan jsonrpc.Packet // the handshake of the merger, which precedes other messages
	greeted  chan struct{}       // closed after it
}

func (t *turn) Receive() (jsonrpc.Packet, error) {
	select {
	case p := <-t.greeting:
		return p, nil
	case <-t.greeted:
	case <-t.end:
		return jsonrpc.Packet{}, io.EOF
	case <-t.done:
		return jsonrpc.Packet{}, io.EOF
	}
	select {
	case p := <-t.in:
		if t.isOver() { // lost has already answered the calls of this run, so nobody would answer this one
			t.merger.unserved(t.backend, p)
			return jsonrpc.Packet{}, io.EOF
		}
		return p, nil
	case <-t.end:
		return jsonrpc.Packet{}, io.EOF
	case <-t.done:
		return jsonrpc.Packet{}, io.EOF
	}
}

func (t *turn) Send(m *jsonrpc.Message, via jsonrpc.Exchange) error {
	if !t.isOver() {
		t.merger.fromServer(t.backend, m, via)
	}
	return nil
}

// isOver reports whether this run of the relay has ended.
func (t *turn) isOver() bool {
	select {
	case <-t.end:
		return true
	default:
		return false
	}
}

// ByHTTP returns the properties of the merger's client.
func (t *turn) ByHTTP() (overHTTP, shared bool) { return t.overHTTP, t.shared }

// greet hands over a message of the handshake.
func (t *turn) greet(p jsonrpc.Packet) {
	select {
	case t.greeting <- p:
	case <-t.end:
	case <-t.done:
	}
}

func (t *turn) Close() error {
	t.once.Do(func() { close(t.end) })
	return nil
}

// lost answers the pending requests of a server that ended.
func (g *Merger) lost(be *backend) {
	g.mu.Lock()
	var left []waiting
	for key, q := range g.pending {
		if q.backend == be {
			left = append(left, key)
		}
	}
	for key, s := range g.streams {
		if s.open[be] {
			left = append(left, key)
		}
	}
	for id, r := range g.asked {
		if r.backend == be {
			delete(g.asked, id)
		}
	}
	g.mu.Unlock()
	for _, key := range left {
		g.fromServer(be, be.absent(key.id), key.via)
	}
}

// absent returns the error answer for a server that does not run.
func (be *backend) absent(id string) *jsonrpc.Message {
	return jsonrpc.Failure(id, jsonrpc.CodeInternal, fmt.Sprintf("the MCP server %s is not running: %v", be.Name, cmp.Or(be.why(), gateway.ErrNotRunning)), nil)
}

// unserved answers a request to a server that does not run.
func (g *Merger) unserved(be *backend, p jsonrpc.Packet) {
	if p.Message != nil && p.IsRequest() {
		g.fromServer(be, be.absent(p.ID), p.Via)
	}
}
