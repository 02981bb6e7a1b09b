package schema

import (
	"fmt"
	"slices"
)

const (
	maxAbsence      = .03  // chance that a property seen in all exchanges is absent from the next
	maxSoleAbsence  = .015 // the same where a single exchange is to do
	varyingShare    = .3   // share of optional properties from which a record is known to vary
	priorAbsence    = .04  // what it is after one exchange before any traffic is seen, and half of that after two; APIs have .01 to .1
	priorProperties = 30   // properties that this counts as: little traffic proves little
	priorRecords    = 3    // records by which those that have a property of one name must outweigh all others
	maxDraws        = 8    // exchanges from which what all had is required
	minRequests     = 10   // clients leave out what servers never ask for
)

// tally counts the exchanges of a cluster and, for each property, those in which every object had it.
// Exchanges are the witnesses, not objects: the items of one list have one maker and one moment.
func (g *graph) exchangeCounts(c int32) (exchanges uint32, always []uint32) {
	cl := &g.clusters[c]
	always = make([]uint32, len(cl.members))
	for _, r := range cl.facts {
		exchanges = sum32(exchanges, r.exchanges)
		for _, s := range r.props {
			i, ok := slices.BinarySearchFunc(cl.members, g.nameIDs[s.name.text], func(m member, k int32) int { return int(m.name - k) })
			if ok {
				always[i] = sum32(always[i], s.facts.exchanges)
			}
		}
	}
	return exchanges, always
}

// hazards tell how certain it is that what was always there stays: of all records of a domain, of those known to
// vary, and of the properties of each name.
type absenceStats struct {
	all, varying absenceSample
	byName       map[int32]*absenceSample
}

// findHazards asks the traffic itself how much it takes to call a property required. From the exchanges of each record
// some are drawn at random: of the properties that all of these had, how many does the next one lack?
func (g *graph) estimateAbsence() {
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.parent != int32(i) || cl.isMap {
			continue
		}
		h := &g.absence[cl.domain]
		if h.byName == nil {
			h.byName = map[int32]*absenceSample{}
		}
		exchanges, always := g.exchangeCounts(int32(i))
		varied := isVarying(exchanges, always)
		for j, m := range cl.members {
			if h.byName[m.name] == nil {
				h.byName[m.name] = &absenceSample{}
			}
			h.byName[m.name].addDraws(exchanges, always[j])
			h.all.addDraws(exchanges, always[j])
			if varied {
				h.varying.addDraws(exchanges, always[j])
			}
		}
	}
}

// varies says that a good part of a record's properties were not in all exchanges.
func isVarying(exchanges uint32, always []uint32) bool {
	optional := 0
	for _, k := range always {
		if k < exchanges {
			optional++
		}
	}
	return float64(optional) >= varyingShare*float64(len(always)) && optional > 0
}

// hazard counts, by number of exchanges drawn at random, the properties that all of them had, and those of these that
// the next one lacks.
type absenceSample struct{ present, absent [maxDraws + 1]float64 }

// draw counts in one property of a record that was seen in exch exchanges, always there in n of them.
func (h *absenceSample) addDraws(exchanges, n uint32) {
	p := 1.0
	for k := 1; k <= maxDraws && k < int(exchanges) && p > 0; k++ {
		p *= max(0, float64(n)-float64(k-1)) / (float64(exchanges) - float64(k-1))
		h.present[k] += p
		h.absent[k] += p * float64(exchanges-n) / float64(int(exchanges)-k)
	}
}

// of is the chance that a property of a name, which k exchanges had, is absent from the next: as often as those of its
// name are, and where few others have the name, as often as any.
func (h *absenceStats) rate(key int32, k int, varied bool) float64 {
	any := &h.all
	if varied {
		any = &h.varying
	}
	rate := (any.absent[k] + priorProperties*priorAbsence/float64(k)) / (any.present[k] + priorProperties)
	named := h.byName[key]
	return (named.absent[k] + priorRecords*rate) / (named.present[k] + priorRecords)
}

// required tells which properties every object of a cluster has.
func (g *graph) requiredMembers(c int32) []bool {
	cl := &g.clusters[c]
	need := make([]bool, len(cl.members))
	exchanges, always := g.exchangeCounts(c)
	sent := cl.domain == domainRequest || cl.domain == domainForm
	if g.policy.NoRequired || cl.domain == domainPatch || cl.isMap || exchanges == 0 || sent && exchanges < minRequests {
		return need
	}
	n := int(exchanges)
	if n > 1 && g.hasSeveralBodies(c) { // two operations agree
		n++
	}
	varied, most := isVarying(exchanges, always), maxAbsence
	if n == 1 {
		most = maxSoleAbsence
	}
	for i, m := range cl.members {
		need[i] = always[i] == exchanges && (sent || n > maxDraws || g.absence[cl.domain].rate(m.name, n, varied) <= most)
	}
	return need
}

// doubt says why a property that all exchanges had is not required all the same.
func (g *graph) optionalReason(c, key int32, exchanges int) string {
	cl := &g.clusters[c]
	switch {
	case cl.domain == domainPatch || cl.isMap:
		return "no request of this kind needs it"
	case cl.domain == domainRequest || cl.domain == domainForm:
		return fmt.Sprintf("requests leave out what nobody asked for, %d are needed", minRequests)
	case exchanges == 0:
		return "too few"
	}
	_, always := g.exchangeCounts(c)
	rate := g.absence[cl.domain].rate(key, min(exchanges, maxDraws), isVarying(uint32(exchanges), always))
	return fmt.Sprintf("too few, as %.0f in 100 properties like it are absent from the next", 100*rate)
}

// apart says that a cluster was seen at several positions. What was sent and came back is no other.
func (g *graph) hasSeveralBodies(c int32) bool {
	first := int32(-1)
	for _, h := range g.clusters[c].positions {
		body := g.positions[h].origin.body
		if domainOf(&g.bodies[body]) != g.clusters[c].domain {
			continue
		}
		if first >= 0 && body != first {
			return true
		}
		first = body
	}
	return false
}
