package schema

import (
	"fmt"
	"slices"
)

const (
	// maxAbsence is the highest probability of absence from the next exchange that a required
	// property may have, maxSoleAbsence the same after a single exchange.
	maxAbsence, maxSoleAbsence = .0325, .015
	// varyingShare is the share of optional properties that makes a record varying.
	varyingShare = .3
	// priorProperties is the weight of the prior, in properties: little traffic proves little.
	priorProperties = 30
	// priorRecords is the weight, in records, of the rate over all names against that of one name.
	priorRecords = 3
	// maxDraws is the largest number of exchanges drawn: a property that more exchanges always had
	// is required.
	maxDraws = 8
)

// exchangeCounts returns how many exchanges had a cluster and, for each member, in how many of them
// every object had it. Exchanges are the evidence, not objects, because the items of one list are
// not independent.
func (g *graph) exchangeCounts(c int32) (exchanges uint32, always []uint32) {
	cl := &g.clusters[c]
	always = make([]uint32, len(cl.members))
	for _, r := range cl.facts {
		exchanges = sum32(exchanges, r.exchanges)
		for _, s := range r.properties {
			i, ok := memberIndex(cl.members, g.nameIDs[s.name.text])
			if ok {
				always[i] = sum32(always[i], s.facts.exchanges)
			}
		}
	}
	return exchanges, always
}

// absenceStats estimate how likely a property that was always present is absent from the next
// exchange: by the kind of its record, and by its name.
type absenceStats struct {
	byKind [numRecordKinds]absenceSample
	byName map[int32]*absenceSample
}

// recordKind divides records by how often their properties come and go.
type recordKind uint8

const (
	recordVaries recordKind = 1 << iota // some of its properties come and go
	recordIsPart                        // it was seen inside other records only
	numRecordKinds
)

// priorAbsence is the probability of absence after one exchange before any traffic is seen; half of
// it after two. APIs have .01 to .1, and more where records vary or are parts of others.
//
// Parts are apart because nine in ten flows that a document of a quarter of the traffic refuses
// lack a property of a part.
var priorAbsence = [numRecordKinds]float64{0: .03, recordVaries: .06, recordIsPart: .06, recordVaries | recordIsPart: .1}

// recordKind returns the kind of a cluster.
func (g *graph) recordKind(c int32, exchanges uint32, always []uint32) (k recordKind) {
	if isVarying(exchanges, always) {
		k |= recordVaries
	}
	if !g.clusters[c].isWhole {
		k |= recordIsPart
	}
	return k
}

// isWholeRecord reports whether a cluster is a complete body, or an item of a body that is a list.
func (g *graph) isWholeRecord(c int32) bool {
	return slices.ContainsFunc(g.clusters[c].positions, func(p int32) bool { return g.positions[p].origin.name < 0 })
}

// estimateAbsence learns from the traffic how much evidence makes a property required. It draws
// exchanges of each record at random: of the properties that all drawn exchanges had, how many does
// the next one lack? Records that vary are a sample of their own and count for the others, too:
// what little was seen of a record may not show yet that it varies.
func (g *graph) estimateAbsence() {
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.parent != int32(i) || cl.isMap {
			continue
		}
		stats := &g.absence[cl.domain]
		if stats.byName == nil {
			stats.byName = map[int32]*absenceSample{}
		}
		exchanges, always := g.exchangeCounts(int32(i))
		cl.isWhole = g.isWholeRecord(int32(i))
		kind := g.recordKind(int32(i), exchanges, always)
		for j, m := range cl.members {
			if stats.byName[m.name] == nil {
				stats.byName[m.name] = &absenceSample{}
			}
			stats.byName[m.name].addDraws(exchanges, always[j])
			stats.byKind[kind&^recordVaries].addDraws(exchanges, always[j])
			if kind&recordVaries != 0 {
				stats.byKind[kind].addDraws(exchanges, always[j])
			}
		}
	}
}

// isVarying reports whether a considerable share of a record's properties was absent from some
// exchange.
func isVarying(exchanges uint32, always []uint32) bool {
	optional := 0
	for _, k := range always {
		if k < exchanges {
			optional++
		}
	}
	return float64(optional) >= varyingShare*float64(len(always)) && optional > 0
}

// absenceSample counts, by the number of exchanges drawn, the properties that all of them had, and
// those of these that the next one lacks.
type absenceSample struct{ present, absent [maxDraws + 1]float64 }

// addDraws adds one property that was always present in n of its record's exchanges. It adds the
// expected values of drawing k exchanges without replacement.
func (h *absenceSample) addDraws(exchanges, n uint32) {
	p := 1.0
	for k := 1; k <= maxDraws && k < int(exchanges) && p > 0; k++ {
		p *= max(0, float64(n)-float64(k-1)) / (float64(exchanges) - float64(k-1))
		h.present[k] += p
		h.absent[k] += p * float64(exchanges-n) / float64(int(exchanges)-k)
	}
}

// rate returns the probability that a property that k exchanges had is absent from the next. It is
// the rate of the property's name or, if few records have the name, close to that of all names in
// records of the kind.
func (h *absenceStats) rate(key int32, k int, kind recordKind) float64 {
	overall := &h.byKind[kind]
	rate := (overall.absent[k] + priorProperties*priorAbsence[kind]/float64(k)) / (overall.present[k] + priorProperties)
	ofName := h.byName[key]
	return (ofName.absent[k] + priorRecords*rate) / (ofName.present[k] + priorRecords)
}

// requiredMembers reports for each member of a cluster whether it is required.
func (g *graph) requiredMembers(c int32) []bool {
	cl := &g.clusters[c]
	required := make([]bool, len(cl.members))
	exchanges, always := g.exchangeCounts(c)
	if g.policy.NoRequired || cl.domain == domainPatch || cl.isMap || exchanges == 0 {
		return required
	}
	if isRequestDomain(cl.domain) {
		return g.demandedRequests(c, exchanges, always)
	}
	n := int(exchanges)
	if n > 1 && g.hasSeveralBodies(c) { // several operations agree
		n++
	}
	kind, limit := g.recordKind(c, exchanges, always), maxAbsence
	if n == 1 {
		limit = maxSoleAbsence
	}
	for i, m := range cl.members {
		required[i] = always[i] == exchanges && !g.isOmittedElsewhere(c, m.name) &&
			(n > maxDraws || g.absence[cl.domain].rate(m.name, n, kind) <= limit)
	}
	return required
}

// isOmittedElsewhere reports whether a record that is written as c lacks a member at times. Both
// had the same schema, but c counts as a record of several bodies since then, which may require
// more.
func (g *graph) isOmittedElsewhere(c, name int32) bool {
	return slices.ContainsFunc(g.represented[c], func(d int32) bool {
		exchanges, always := g.exchangeCounts(d)
		i, found := memberIndex(g.clusters[d].members, name)
		return !found || always[i] < exchanges
	})
}

// optionalReason explains why a member is not required although all exchanges had it.
func (g *graph) optionalReason(c, key int32, exchanges int) string {
	cl := &g.clusters[c]
	switch {
	case cl.domain == domainPatch || cl.isMap:
		return "never required in bodies of this kind"
	case isRequestDomain(cl.domain):
		return "no refusal demanded it, and the requests vary too little to show that they need it"
	case exchanges == 0:
		return "too few exchanges"
	case g.isOmittedElsewhere(c, key):
		return "a record with the same schema lacks it at times"
	}
	_, always := g.exchangeCounts(c)
	rate := g.absence[cl.domain].rate(key, min(exchanges, maxDraws), g.recordKind(c, uint32(exchanges), always))
	return fmt.Sprintf("too few exchanges: %.0f in 100 similar properties are absent from the next one", 100*rate)
}

// hasSeveralBodies reports whether a cluster was seen in several bodies. A request that a response
// mirrors does not count.
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
