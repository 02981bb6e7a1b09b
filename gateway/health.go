package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// Health tracks the state of the connections to a server. The zero value is ready; a nil Health
// tracks nothing. It is safe for concurrent use.
type Health struct {
	mu       sync.Mutex
	relays   map[*Relay]bool // that have been connected
	restarts int64
	failure  string
	toldHeld atomic.Bool // the log says which tools are held
}

// The states of a server.
const (
	Running    = "running"
	Restarting = "restarting" // no connection works, and the gateway reconnects
	Down       = "down"       // no client uses the server, and the last connection failed
	Idle       = "idle"       // no client uses the server
)

// HealthReport is the health of a server at a time.
type HealthReport struct {
	State       string `json:"state"`
	Connections int    `json:"connections"` // that work
	Restarting  int    `json:"restarting"`  // being reconnected
	Restarts    int64  `json:"restarts"`    // that succeeded
	Pending     int    `json:"pending"`     // calls that are not answered
	// Failure is the reason why the last connection failed, or "" once one works again. It may
	// contain text of the server.
	Failure string `json:"failure,omitempty"`
}

// Report returns the health now.
func (h *Health) Report() HealthReport {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := HealthReport{Restarts: h.restarts, Failure: h.failure}
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

// begin records that a relay is connected, and end that it has ended.
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

// failed records that a connection failed, unless ctx ended or the server ended the session.
func (h *Health) failed(ctx context.Context, why error) {
	if errors.Is(why, jsonrpc.ErrSession) || ctx.Err() != nil && !errors.Is(context.Cause(ctx), why) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure = why.Error()
}

// restarted records that a connection works again.
func (h *Health) restarted() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.restarts++
	h.failure = ""
}
