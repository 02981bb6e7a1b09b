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

// leg is the connection between a merger and the relay of one server. It is what the relay takes
// for its client.
type leg struct {
	gateway.Server
	merger           *Merger
	identity         map[string]any
	session          string
	overHTTP, shared bool
	in               chan jsonrpc.Packet
	done             <-chan struct{}
	log              *slog.Logger

	listed bool // it has said which resources it has; guarded by the merger's lock

	mu   sync.Mutex
	down error // why the server does not run, nil if it does
	// defects are those of the tools that were listed last, by the hash of their definition, "" for
	// none.
	defects map[[sha256.Size]byte]string
}

// run runs the relay of the server, again when it fails.
func (l *leg) run(ctx context.Context) {
	pause := jsonrpc.FirstPause
	for again := false; ctx.Err() == nil; again = true {
		down := &turn{leg: l, end: make(chan struct{}), greeting: make(chan jsonrpc.Packet), greeted: make(chan struct{})}
		relay := gateway.NewRelay(l.Server, l.identity, l.session, down, l.log)
		l.set(nil)
		if again {
			l.Health.Restarted()
			go l.merger.greet(down)
		} else {
			close(down.greeted) // the client begins
		}
		begun := time.Now()
		err := relay.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		down.Close()
		l.set(cmp.Or(err, gateway.ErrNotRunning))
		l.merger.lost(l)
		if time.Since(begun) > jsonrpc.MaxPause {
			pause = jsonrpc.FirstPause
		}
		l.log.Warn("the MCP server ended and is started again", "reason", err, "pause", pause)
		l.Health.Waits(1)
		l.wait(ctx, pause)
		l.Health.Waits(-1)
		pause = min(2*pause, jsonrpc.MaxPause)
	}
}

// wait refuses what comes until the pause is over.
func (l *leg) wait(ctx context.Context, pause time.Duration) {
	over := time.After(pause)
	for {
		select {
		case p := <-l.in:
			l.merger.unserved(l, p)
		case <-over:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (l *leg) set(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = err
}

func (l *leg) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down
}

// maxQueued bounds the messages that a server did not take yet.
const maxQueued = 1000

// deliver hands a message to the relay. It does not wait: a server that takes no messages must not
// stop the others.
func (l *leg) deliver(p jsonrpc.Packet) {
	select {
	case l.in <- p:
	default:
		l.merger.unserved(l, p)
	}
}

// turn is a leg during one run of the relay.
type turn struct {
	*leg
	end      chan struct{}
	once     sync.Once
	greeting chan jsonrpc.Packet // the handshake of the merger, which comes before other messages
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
		if t.isOver() { // lost has answered the calls of this run: nobody would answer this one
			t.merger.unserved(t.leg, p)
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
		t.merger.fromServer(t.leg, m, via)
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

// ByHTTP says of the merger's client what it says of itself.
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

// lost answers the requests that a server leaves unanswered.
func (g *Merger) lost(l *leg) {
	g.mu.Lock()
	var left []waiting
	for key, q := range g.pending {
		if q.leg == l {
			left = append(left, key)
		}
	}
	for key, s := range g.streams {
		if s.open[l] {
			left = append(left, key)
		}
	}
	for id, r := range g.asked {
		if r.leg == l {
			delete(g.asked, id)
		}
	}
	g.mu.Unlock()
	for _, key := range left {
		g.fromServer(l, l.absent(key.id), key.via)
	}
}

// absent returns the answer of a server that does not run.
func (l *leg) absent(id string) *jsonrpc.Message {
	return jsonrpc.Failure(id, jsonrpc.CodeInternal, fmt.Sprintf("the MCP server %s is not running: %v", l.Name, cmp.Or(l.why(), gateway.ErrNotRunning)), nil)
}

// unserved answers a request to a server that does not run.
func (g *Merger) unserved(l *leg, p jsonrpc.Packet) {
	if p.Message != nil && p.IsRequest() {
		g.fromServer(l, l.absent(p.ID), p.Via)
	}
}
