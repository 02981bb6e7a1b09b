package schema

import "slices"

const (
	maxHazard   = .03  // chance that a property seen in all exchanges is absent from the next
	soleHazard  = .015 // the same where a single exchange is to do
	priorSeen   = 30   // properties without a miss, taken as seen before: little traffic proves little
	mostWitness = 5
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
// maxHazard of cases.
func (g *graph) findWitnesses() {
	for d := domain(0); d < numDomains; d++ {
		g.witnesses[d] = mostWitness
		var present, absent [mostWitness + 1]float64
		for i := range g.clusters {
			cl := &g.clusters[i]
			if cl.lead != int32(i) || cl.domain != d || cl.isMap {
				continue
			}
			exch, always := g.tally(int32(i))
			for _, k := range always {
				p := 1.0
				for n := 1; n <= mostWitness && n < int(exch); n++ {
					p *= max(0, float64(k)-float64(n-1)) / (float64(exch) - float64(n-1))
					present[n] += p
					absent[n] += p * float64(exch-k) / float64(int(exch)-n)
				}
			}
		}
		for n := mostWitness; n > 1; n-- {
			if absent[n] <= maxHazard*(present[n]+priorSeen) {
				g.witnesses[d] = n
			}
		}
		if present[1] > 100 && absent[1] <= soleHazard*present[1] {
			g.witnesses[d] = 1
		}
	}
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
	if g.policy.NoRequired || int(exch) < least || cl.isMap {
		return need
	}
	for i, n := range always {
		need[i] = n == exch
	}
	return need
}

// apart says that a cluster was seen at several positions.
func (g *graph) apart(c int32) bool {
	hs := g.clusters[c].homes
	for _, h := range hs[1:] {
		if g.places[h].where.pos != g.places[hs[0]].where.pos {
			return true
		}
	}
	return false
}
