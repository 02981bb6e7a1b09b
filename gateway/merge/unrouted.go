package merge

import (
	"sync"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// unrouted is a request of the client that is handled concurrently with its other messages, because
// servers are asked first. The client may cancel it meanwhile.
type unrouted struct {
	waiting
	mu        sync.Mutex // held while the request is handed to servers
	cancelled bool       // by the client
}

// begin handles a request in a goroutine of its own.
func (g *Merger) begin(p jsonrpc.Packet, handle func(*unrouted)) {
	u := &unrouted{waiting: waiting{p.Via, jsonrpc.Key(p.ID)}}
	g.mu.Lock()
	g.unrouted[u] = true
	g.mu.Unlock()
	g.working.Go(func() {
		handle(u)
		g.mu.Lock()
		delete(g.unrouted, u)
		g.mu.Unlock()
	})
}

// hand hands a request to servers with f, unless the client has cancelled it: then its response
// ends. What the client says of the request from then on reaches the servers after it.
func (u *unrouted) hand(f func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case !u.cancelled:
		f()
	case u.via != nil:
		u.via.End()
	}
}

// giveUp says that the client no longer waits for the requests that match. Afterwards, servers have
// them, or never will.
func (g *Merger) giveUp(match func(waiting) bool) {
	g.mu.Lock()
	var all []*unrouted
	for u := range g.unrouted {
		if match(u.waiting) {
			all = append(all, u)
		}
	}
	g.mu.Unlock()
	for _, u := range all {
		u.mu.Lock()
		u.cancelled = true
		u.mu.Unlock()
	}
}
