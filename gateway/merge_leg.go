package gateway

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// leg is the connection between a merger and the relay of one server. It is what the relay takes
// for its client.
type leg struct {
	Server
	merger           *Merger
	identity         map[string]any
	session          string
	overHTTP, shared bool
	in               chan packet
	done             <-chan struct{}
	log              *slog.Logger

	mu   sync.Mutex
	down error // why the server does not run, nil if it does
}

// run runs the relay of the server, again when it fails.
func (l *leg) run(ctx context.Context) {
	pause := firstPause
	for again := false; ctx.Err() == nil; again = true {
		relay := NewRelay(l.Server, l.identity, l.session, &turn{leg: l, end: make(chan struct{})}, l.log)
		l.set(nil)
		if again {
			l.Health.restarted()
			go l.merger.greet(l)
		}
		begun := time.Now()
		err := relay.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		relay.down.Close()
		l.set(cmp.Or(err, errNotRunning))
		l.merger.lost(l)
		if time.Since(begun) > maxPause {
			pause = firstPause
		}
		l.log.Warn("the MCP server ended and is started again", "reason", err, "pause", pause)
		l.Health.waits(1)
		l.wait(ctx, pause)
		l.Health.waits(-1)
		pause = min(2*pause, maxPause)
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
func (l *leg) deliver(p packet) {
	select {
	case l.in <- p:
	default:
		l.merger.unserved(l, p)
	}
}

// turn is a leg during one run of the relay.
type turn struct {
	*leg
	end  chan struct{}
	once sync.Once
}

func (t *turn) receive() (packet, error) {
	select {
	case p := <-t.in:
		return p, nil
	case <-t.end:
		return packet{}, io.EOF
	case <-t.done:
		return packet{}, io.EOF
	}
}

func (t *turn) send(m *message, via *exchange) error {
	t.merger.fromServer(t.leg, m, via)
	return nil
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
func (l *leg) absent(id string) *message {
	return failure(id, codeInternal, fmt.Sprintf("the MCP server %s is not running: %v", l.Name, cmp.Or(l.why(), errNotRunning)), nil)
}

// unserved answers a request to a server that does not run.
func (g *Merger) unserved(l *leg, p packet) {
	if p.message != nil && p.isRequest() {
		g.fromServer(l, l.absent(p.id), p.via)
	}
}
