package gateway

import "github.com/spectap/spectap/mcp/jsonrpc"

// unsent is a request of the client that is judged concurrently, because it needs an answer of the
// server first. The client may cancel it in the meantime.
type unsent struct {
	judges    int // goroutines that judge it
	cancelled bool
}

// unsentKey identifies an unsent request: stateless clients that share a relay may use the same
// ids.
type unsentKey struct {
	via jsonrpc.Exchange
	id  string
}

// judgeBeside judges and forwards a message of the client in a new goroutine.
func (r *Relay) judgeBeside(p jsonrpc.Packet, f func()) {
	key := unsentKey{p.Via, jsonrpc.Key(p.ID)}
	r.mu.Lock()
	u := r.unsent[key]
	if u == nil {
		u = &unsent{}
		r.unsent[key] = u
	}
	u.judges++
	r.mu.Unlock()
	r.judging.Go(func() {
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if u.judges--; u.judges == 0 && r.unsent[key] == u {
				delete(r.unsent, key)
			}
		}()
		f()
	})
}

// cancelUnsent cancels a request that was not sent to the server yet: the one with an id, or the
// one of an HTTP request. It reports whether there is one.
func (r *Relay) cancelUnsent(id string, via jsonrpc.Exchange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, u := range r.unsent {
		if via != nil && key.via == via || id != "" && key.id == jsonrpc.Key(id) {
			u.cancelled = true
			for _, h := range r.holds {
				if h.key == key {
					h.cancel(nil)
				}
			}
			return true
		}
	}
	return false
}

// leaves records that a request is about to be sent, so that the server must be notified if it is
// cancelled. It reports false if it was cancelled before. The caller holds r.mu.
func (r *Relay) leaves(c *call) bool {
	key := unsentKey{c.via, jsonrpc.Key(c.request.ID)}
	u := r.unsent[key]
	delete(r.unsent, key)
	return u == nil || !u.cancelled
}
