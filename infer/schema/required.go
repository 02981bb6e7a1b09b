package schema

import "slices"

const (
	maxHazard   = .03  // chance that a property seen in all exchanges is absent from the next
	variedShare = .3   // share of optional properties from which a record is known to vary
	soleHazard  = .015 // the same where a single exchange is to do
	priorSeen   = 30   // properties without a miss, taken as seen before: little traffic proves little
	mostWitness = 5
	mostVaried  = 8  // the same for records that are known to vary
	sentWitness = 10 // clients leave out what servers never ask for
)

// tally counts the exchanges of a cluster and, for each property, those in which every object had it.
// Exchanges are the witnesses, not objects: the items of one list have one maker and one moment.
func (g *graph) tally(c int32) (exch uint32, always []uint32) {
	cl := &g.clusters[c]
	always = make([]uint32, len(cl.props))
	for _, r := range cl.recs {
		exch = sum32(exch, r.exch)
		for _, p := range r.props {
			i, ok := slices.BinarySearchFunc(cl.props, g.ids[p.name], func(m member, k int32) int { return int(m.key - k) })
			if ok {
				always[i] = sum32(always[i], p.always)
			}
		}
	}
	return exch, always
}

// findWitnesses asks the traffic itself how many exchanges it takes to call a property required: so many
// that, drawn from records seen more often, a property that all of them had is absent next in at most
// maxHazard of cases. Records that are known to vary are asked apart: what else of them varies is likelier.
func (g *graph) findWitnesses() {
	for d := domain(0); d < numDomains; d++ {
		var all, varied hazard
		for i := range g.clusters {
			cl := &g.clusters[i]
			if cl.lead != int32(i) || cl.domain != d || cl.isMap {
				continue
			}
			exch, always := g.tally(int32(i))
			all.draw(exch, always)
			if varies(exch, always) {
				varied.draw(exch, always)
			}
		}
		g.witnesses[d] = all.witnesses(mostWitness)
		if all.present[1] > 100 && all.absent[1] <= soleHazard*all.present[1] {
			g.witnesses[d] = 1
		}
		g.varied[d] = max(g.witnesses[d], varied.witnesses(mostVaried))
	}
}

// varies says that a good part of a record's properties were not in all exchanges.
func varies(exch uint32, always []uint32) bool {
	optional := 0
	for _, k := range always {
		if k < exch {
			optional++
		}
	}
	return float64(optional) >= variedShare*float64(len(always)) && optional > 0
}

// hazard counts, by number of exchanges drawn at random, the properties that all of them had, and those of these that
// the next one lacks.
type hazard struct{ present, absent [mostVaried + 1]float64 }

// draw counts in one record, seen in exch exchanges, by how many of them each property was always in.
func (h *hazard) draw(exch uint32, always []uint32) {
	for _, k := range always {
		p := 1.0
		for n := 1; n <= mostVaried && n < int(exch); n++ {
			p *= max(0, float64(k)-float64(n-1)) / (float64(exch) - float64(n-1))
			h.present[n] += p
			h.absent[n] += p * float64(exch-k) / float64(int(exch)-n)
		}
	}
}

// witnesses is the smallest number of exchanges, two or more, from which the hazard is small.
func (h *hazard) witnesses(most int) int {
	out := most
	for n := most; n > 1; n-- {
		if h.absent[n] <= maxHazard*(h.present[n]+priorSeen) {
			out = n
		}
	}
	return out
}

// required tells which properties every object of a cluster has.
func (g *graph) required(c int32) []bool {
	cl := &g.clusters[c]
	need := make([]bool, len(cl.props))
	least := g.witnesses[cl.domain]
	switch {
	case cl.domain == inPatch:
		return need
	case cl.domain == inRequest || cl.domain == inForm:
		least = sentWitness
	case least > 2 && g.apart(c): // two operations agree
		least--
	}
	exch, always := g.tally(c)
	if cl.domain != inRequest && cl.domain != inForm && varies(exch, always) {
		least = g.varied[cl.domain]
	}
	if g.policy.NoRequired || int(exch) < least || cl.isMap {
		return need
	}
	for i, n := range always {
		need[i] = n == exch
	}
	return need
}

// apart says that a cluster was seen at several positions. What was sent and came back is no other.
func (g *graph) apart(c int32) bool {
	first := int32(-1)
	for _, h := range g.clusters[c].homes {
		pos := g.places[h].where.pos
		if domainOf(&g.positions[pos]) != g.clusters[c].domain {
			continue
		}
		if first >= 0 && pos != first {
			return true
		}
		first = pos
	}
	return false
}
