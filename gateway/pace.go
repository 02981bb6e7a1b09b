package gateway

import (
	"context"

	"golang.org/x/time/rate"
)

// The rate limit of a server's messages that answer no call. Each makes a record of the audit, so a
// server could fill the disk. A message counts as one unit. If the audit has its parameters, it
// counts as one more for each KiB.
const (
	paceUnit  = 1 << 10 // bytes
	paceBurst = 10_000
	paceRate  = 100 // units per second after the burst
)

// newPace returns the rate limiter of a server, or nil if nothing is audited.
func newPace(audits bool) *rate.Limiter {
	if !audits {
		return nil
	}
	return rate.NewLimiter(paceRate, paceBurst)
}

// keepPace waits until the next message of the server may be read, after one of size bytes that
// answers no call. All messages of the server wait, so that none is lost or reordered.
func (r *Relay) keepPace(ctx context.Context, size int) error {
	if r.pace == nil {
		return nil
	}
	units := 1
	if r.guard.AuditsValues() {
		units = min(1+size/paceUnit, paceBurst)
	}
	if r.pace.Tokens() < float64(units) {
		r.paced.Do(func() {
			r.log.Warn("the MCP server sends more messages than the audit takes, and is slowed down", "messages per second", paceRate)
		})
	}
	return r.pace.WaitN(ctx, units)
}
