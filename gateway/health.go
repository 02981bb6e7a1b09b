package gateway

import (
	"context"
	"errors"
	"sync"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// Health knows how the connections to a server are. The zero value is ready, and nil learns
// nothing. It is safe for concurrent use.
type Health struct {
	mu       sync.Mutex
	relays   map[*Relay]bool // that have been connected
	waiting  int             // for another attempt to connect, besides these
	restarts int64
	failure  string
	toldHeld bool // the log says which tools are held
}

// firstHeld reports true once.
func (h *Health) firstHeld() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := !h.toldHeld
	h.toldHeld = true
	return first
}

// The states of a server.
const (
	Running    = "running"
	Restarting = "restarting" // no connection works, and the gateway connects again
	Down       = "down"       // no client uses the server, and the last connection failed
	Idle       = "idle"       // no client uses the server
)

// HealthReport is the health of a server at a time.
type HealthReport struct {
	State       string `json:"state"`
	Connections int    `json:"connections"` // that work
	Restarting  int    `json:"restarting"`  // that are made again
	Restarts    int64  `json:"restarts"`    // that succeeded
	Pending     int    `json:"pending"`     // calls that are not answered
	// Failure is why the last connection failed, "" once one works again. It may have text of the
	// server.
	Failure string `json:"failure,omitempty"`
}

// Report returns the health now.
func (h *Health) Report() HealthReport {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := HealthReport{Restarting: h.waiting, Restarts: h.restarts, Failure: h.failure}
	for relay := range h.relays {
		relay.mu.Lock()
		if relay.up != nil {
			r.Connections++
		} else {
			r.Restarting++
		}
		r.Pending += len(relay.pending)
		relay.mu.Unlock()
	}
	switch {
	case r.Connections > 0:
		r.State = Running
	case r.Restarting > 0:
		r.State = Restarting
	case r.Failure != "":
		r.State = Down
	default:
		r.State = Idle
	}
	return r
}

// begin notes that a relay is connected, and end that it has ended.
func (h *Health) begin(r *Relay) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.relays == nil {
		h.relays = map[*Relay]bool{}
	}
	h.relays[r], h.failure = true, ""
}

func (h *Health) end(r *Relay) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.relays, r)
}

// Waits notes that a server waits for another attempt to connect, or no longer.
func (h *Health) Waits(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting += n
}

// failed notes that a connection failed, unless ctx or the server's end of a session ended it.
func (h *Health) failed(ctx context.Context, why error) {
	if errors.Is(why, jsonrpc.ErrSession) || ctx.Err() != nil && !errors.Is(context.Cause(ctx), why) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure = why.Error()
}

// Restarted notes that a connection works again.
func (h *Health) Restarted() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.restarts++
	h.failure = ""
}
