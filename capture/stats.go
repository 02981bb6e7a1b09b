package capture

import "sync/atomic"

// Stats counts what a proxy did.
type Stats struct {
	Flows      int64 // exchanges over and recorded
	Active     int64 // exchanges under way
	Failed     int64 // recorded exchanges without a whole answer
	Lost       int64 // exchanges that the sink had no room for or refused
	BodiesLost int64 // bodies dropped for want of room; bodies cut at the cap do not count
	Unwanted   int64 // exchanges out of scope or while paused, passed on unrecorded
	Handshakes int64 // TLS handshakes that a client refused or did not finish
	Tunnels    int64 // connections passed through undecrypted, for whatever reason
	OutOfScope int64 // of these, to hosts out of scope
	Pinned     int64 // of these, from clients that refuse our certificate
	Tunnelled  int64 // bytes in them, once they ended
	Fronted    int64 // requests whose Host header names another host than the connection
	Panics     int64 // panics recovered
	Refused    int64 // proxy requests without the right credentials
}

type counters struct {
	flows, active, failed, lost, bodiesLost, handshakes, tunnels, tunnelled, fronted, panics,
	unwanted, unwantedTunnels, passed, refused atomic.Int64
}

// Stats returns the counts so far.
func (p *Proxy) Stats() Stats {
	s := &p.stats
	return Stats{
		Flows: s.flows.Load(), Active: s.active.Load(), Failed: s.failed.Load(), Lost: s.lost.Load(),
		BodiesLost: s.bodiesLost.Load(), Handshakes: s.handshakes.Load(), Tunnels: s.tunnels.Load(),
		Tunnelled: s.tunnelled.Load(), Fronted: s.fronted.Load(), Panics: s.panics.Load(),
		Unwanted: s.unwanted.Load(), OutOfScope: s.unwantedTunnels.Load(), Pinned: s.passed.Load(), Refused: s.refused.Load(),
	}
}

// PassedThrough lists the hosts that are passed through at the moment, since clients refuse our certificate.
func (p *Proxy) PassedThrough() []string { return p.pins.hosts() }
