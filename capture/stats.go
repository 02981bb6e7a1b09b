package capture

import "sync/atomic"

// Stats counts what a proxy did.
type Stats struct {
	Flows      int64 // exchanges over and recorded
	Active     int64 // exchanges under way
	Failed     int64 // recorded exchanges without a whole answer
	Lost       int64 // exchanges that the sink had no room for or refused
	BodiesLost int64 // bodies dropped for want of room; bodies cut at the cap do not count
	Handshakes int64 // TLS handshakes that a client refused or did not finish
	Tunnels    int64 // connections passed through undecrypted
	Tunnelled  int64 // bytes in them, once they ended
	Fronted    int64 // requests whose Host header names another host than the connection
	Panics     int64 // panics recovered
}

type counters struct {
	flows, active, failed, lost, bodiesLost, handshakes, tunnels, tunnelled, fronted, panics atomic.Int64
}

// Stats returns the counts so far.
func (p *Proxy) Stats() Stats {
	s := &p.stats
	return Stats{
		Flows: s.flows.Load(), Active: s.active.Load(), Failed: s.failed.Load(), Lost: s.lost.Load(),
		BodiesLost: s.bodiesLost.Load(), Handshakes: s.handshakes.Load(), Tunnels: s.tunnels.Load(),
		Tunnelled: s.tunnelled.Load(), Fronted: s.fronted.Load(), Panics: s.panics.Load(),
	}
}
