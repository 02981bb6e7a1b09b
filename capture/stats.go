package capture

import "sync/atomic"

// Stats are the counters of a Proxy.
type Stats struct {
	Flows      int64 // exchanges that have ended and were recorded
	Active     int64 // exchanges in progress
	Failed     int64 // recorded exchanges without a complete response
	Lost       int64 // exchanges that the sink had no room for or refused
	BodiesLost int64 // bodies dropped because there was no room; truncated bodies do not count
	Unwanted   int64 // exchanges out of scope or while paused, forwarded unrecorded
	Skipped    int64 // exchanges that Config.Skip left out, forwarded unrecorded
	Handshakes int64 // TLS handshakes that a client refused or did not finish
	Tunnels    int64 // connections tunnelled for any reason
	OutOfScope int64 // of these, to hosts out of scope
	Pinned     int64 // of these, from clients that refuse the proxy's certificate
	Fronted    int64 // requests whose Host header or TLS server name differs from the host of the connection
	Panics     int64 // panics recovered
	Refused    int64 // proxy requests without the right credentials
}

type counters struct {
	flows, active, failed, lost, bodiesLost, handshakes, tunnels, fronted, panics,
	unwanted, outOfScope, pinned, refused, skipped atomic.Int64
}

// Stats returns the counters.
func (p *Proxy) Stats() Stats {
	s := &p.stats
	return Stats{
		Flows: s.flows.Load(), Active: s.active.Load(), Failed: s.failed.Load(), Lost: s.lost.Load(),
		BodiesLost: s.bodiesLost.Load(), Handshakes: s.handshakes.Load(), Tunnels: s.tunnels.Load(),
		Fronted: s.fronted.Load(), Panics: s.panics.Load(),
		Unwanted: s.unwanted.Load(), OutOfScope: s.outOfScope.Load(), Pinned: s.pinned.Load(), Refused: s.refused.Load(),
		Skipped: s.skipped.Load(),
	}
}

// PassedThrough returns the hosts that are tunnelled at present because clients refuse the proxy's
// certificate.
func (p *Proxy) PassedThrough() []string { return p.pins.hosts() }
