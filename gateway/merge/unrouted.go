package merge

import (
	"sync"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// unrouted is a request of the client that is handled concurrently with its other messages, because
// servers are asked first. The client may cancel it in the meantime.
type unrouted struct {
	waiting
	mu        sync.Mutex // held while the request is handed to servers
	cancelled bool       // by the client
}

// begin handles a request in a new goroutine.
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
// ends. Later messages of the client about the request reach the servers after it.
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

// giveUp cancels the matching requests. When it returns, servers either have them or will never get
// them.
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
