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

// variety is a sort of values: those of one go missing about as often as another's of the same sort, while booleans and
// records are left out several times more readily than strings.
type variety uint8

const (
	aBoolean variety = iota
	aNumber
	aString
	anArray
	anObject
	mixed // several kinds, or none but null
	numVarieties
)

func (g *graph) varietyOf(p int32) variety {
	switch g.places[g.at(p)].kinds {
	case classBool:
		return aBoolean
	case classNumber:
		return aNumber
	case classString:
		return aString
	case classArray:
		return anArray
	case classObject:
		return anObject
	}
	return mixed
}

// hazards counts, for n exchanges drawn from those of a record, the properties that all had and that are
// absent from the next.
type hazards struct{ present, absent [mostWitness + 1]float64 }

func (h *hazards) add(exch, always uint32) {
	p := 1.0
	for n := 1; n <= mostWitness && n < int(exch); n++ {
		p *= max(0, float64(always)-float64(n-1)) / (float64(exch) - float64(n-1))
		h.present[n] += p
		h.absent[n] += p * float64(exch-always) / float64(int(exch)-n)
	}
}

// rate is the share of properties that go missing after n exchanges, with some added at a prior rate.
func (h *hazards) rate(n int, prior float64) float64 {
	return (h.absent[n] + priorSeen*prior) / (h.present[n] + priorSeen)
}

// findWitnesses asks the traffic itself how many exchanges it takes to call a property required: so many
// that, drawn from records seen more often, a property that all of them had is absent next in at most
// maxHazard of cases.
func (g *graph) findWitnesses() {
	for d := domain(0); d < numDomains; d++ {
		var all hazards
		var by [numVarieties]hazards
		for i := range g.clusters {
			cl := &g.clusters[i]
			if cl.lead != int32(i) || cl.domain != d || cl.isMap {
				continue
			}
			exch, always := g.tally(int32(i))
			for j, k := range always {
				all.add(exch, k)
				by[g.varietyOf(cl.props[j].place)].add(exch, k)
			}
		}
		for s := range by {
			g.witnesses[d][s] = mostWitness
			for n := mostWitness; n > 1; n-- {
				if by[s].rate(n, all.rate(n, 0)) <= maxHazard {
					g.witnesses[d][s] = n
				}
			}
			if all.present[1] > 100 && all.absent[1] <= soleHazard*all.present[1] && by[s].rate(1, all.rate(1, 0)) <= soleHazard {
				g.witnesses[d][s] = 1
			}
		}
	}
}

// required tells which properties every object of a cluster has.
func (g *graph) required(c int32) []bool {
	cl := &g.clusters[c]
	need := make([]bool, len(cl.props))
	if g.policy.NoRequired || cl.isMap || cl.domain == inPatch {
		return need
	}
	exch, always := g.tally(c)
	for i, n := range always {
		need[i] = n == exch && int(exch) >= g.needed(c, cl.props[i].place)
	}
	return need
}

// needed is how many exchanges it takes for a property of a cluster.
func (g *graph) needed(c, p int32) int {
	d := g.clusters[c].domain
	if d == inRequest || d == inForm {
		return sentWitness
	}
	n := g.witnesses[d][g.varietyOf(p)]
	if (n > 3 || n > 2 && g.varietyOf(p) == aString) && g.apart(c) {
		n--
	}
	return n
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
