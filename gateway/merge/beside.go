package merge

import (
	"sync"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// beside is a request of the client that is handled beside its other messages, because servers are
// asked first. The client may give it up meanwhile.
type beside struct {
	waiting
	mu    sync.Mutex // held while the request is handed to servers
	given bool       // the client has given it up
}

// begin handles a request in a goroutine of its own.
func (g *Merger) begin(p jsonrpc.Packet, handle func(*beside)) {
	b := &beside{waiting: waiting{p.Via, jsonrpc.Key(p.ID)}}
	g.mu.Lock()
	g.besides[b] = true
	g.mu.Unlock()
	g.working.Go(func() {
		handle(b)
		g.mu.Lock()
		delete(g.besides, b)
		g.mu.Unlock()
	})
}

// hand hands a request to servers with f, unless the client has given it up: then its response
// ends. What the client says of the request from then on reaches the servers after it.
func (b *beside) hand(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.given:
		f()
	case b.via != nil:
		b.via.End()
	}
}

// giveUp says that the client no longer waits for the requests that match. Afterwards, servers have
// them, or never will.
func (g *Merger) giveUp(match func(waiting) bool) {
	g.mu.Lock()
	var all []*beside
	for b := range g.besides {
		if match(b.waiting) {
			all = append(all, b)
		}
	}
	g.mu.Unlock()
	for _, b := range all {
		b.mu.Lock()
		b.given = true
		b.mu.Unlock()
	}
}
