package schema

import (
	"fmt"
	"slices"
)

const (
	maxHazard   = .03  // chance that a property seen in all exchanges is absent from the next
	soleHazard  = .015 // the same where a single exchange is to do
	variedShare = .3   // share of optional properties from which a record is known to vary
	priorHazard = .04  // what it is after one exchange before any traffic is seen, and half of that after two; APIs have .01 to .1
	priorSeen   = 30   // properties that this counts as: little traffic proves little
	priorNamed  = 3    // records by which those that have a property of one name must outweigh all others
	mostDrawn   = 8    // exchanges from which what all had is required
	sentWitness = 10   // clients leave out what servers never ask for
)

// tally counts the exchanges of a cluster and, for each property, those in which every object had it.
// Exchanges are the witnesses, not objects: the items of one list have one maker and one moment.
func (g *graph) tally(c int32) (exch uint32, always []uint32) {
	cl := &g.clusters[c]
	always = make([]uint32, len(cl.props))
	for _, r := range cl.recs {
		exch = sum32(exch, r.exch)
		for _, s := range r.props {
			i, ok := slices.BinarySearchFunc(cl.props, g.ids[s.name.text], func(m member, k int32) int { return int(m.key - k) })
			if ok {
				always[i] = sum32(always[i], s.p.always)
			}
		}
	}
	return exch, always
}

// hazards tell how certain it is that what was always there stays: of all records of a domain, of those known to
// vary, and of the properties of each name.
type hazards struct {
	all, varied hazard
	named       map[int32]*hazard
}

// findHazards asks the traffic itself how much it takes to call a property required. From the exchanges of each record
// some are drawn at random: of the properties that all of these had, how many does the next one lack?
func (g *graph) findHazards() {
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.lead != int32(i) || cl.isMap {
			continue
		}
		h := &g.absent[cl.domain]
		if h.named == nil {
			h.named = map[int32]*hazard{}
		}
		exch, always := g.tally(int32(i))
		varied := varies(exch, always)
		for j, m := range cl.props {
			if h.named[m.key] == nil {
				h.named[m.key] = &hazard{}
			}
			h.named[m.key].draw(exch, always[j])
			h.all.draw(exch, always[j])
			if varied {
				h.varied.draw(exch, always[j])
			}
		}
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
type hazard struct{ present, absent [mostDrawn + 1]float64 }

// draw counts in one property of a record that was seen in exch exchanges, always there in n of them.
func (h *hazard) draw(exch, n uint32) {
	p := 1.0
	for k := 1; k <= mostDrawn && k < int(exch) && p > 0; k++ {
		p *= max(0, float64(n)-float64(k-1)) / (float64(exch) - float64(k-1))
		h.present[k] += p
		h.absent[k] += p * float64(exch-n) / float64(int(exch)-k)
	}
}

// of is the chance that a property of a name, which k exchanges had, is absent from the next: as often as those of its
// name are, and where few others have the name, as often as any.
func (h *hazards) of(key int32, k int, varied bool) float64 {
	any := &h.all
	if varied {
		any = &h.varied
	}
	rate := (any.absent[k] + priorSeen*priorHazard/float64(k)) / (any.present[k] + priorSeen)
	named := h.named[key]
	return (named.absent[k] + priorNamed*rate) / (named.present[k] + priorNamed)
}

// required tells which properties every object of a cluster has.
func (g *graph) required(c int32) []bool {
	cl := &g.clusters[c]
	need := make([]bool, len(cl.props))
	exch, always := g.tally(c)
	sent := cl.domain == inRequest || cl.domain == inForm
	if g.policy.NoRequired || cl.domain == inPatch || cl.isMap || exch == 0 || sent && exch < sentWitness {
		return need
	}
	n := int(exch)
	if n > 1 && g.apart(c) { // two operations agree
		n++
	}
	varied, most := varies(exch, always), maxHazard
	if n == 1 {
		most = soleHazard
	}
	for i, m := range cl.props {
		need[i] = always[i] == exch && (sent || n > mostDrawn || g.absent[cl.domain].of(m.key, n, varied) <= most)
	}
	return need
}

// doubt says why a property that all exchanges had is not required all the same.
func (g *graph) doubt(c, key int32, exch int) string {
	cl := &g.clusters[c]
	switch {
	case cl.domain == inPatch || cl.isMap:
		return "no request of this kind needs it"
	case cl.domain == inRequest || cl.domain == inForm:
		return fmt.Sprintf("requests leave out what nobody asked for, %d are needed", sentWitness)
	case exch == 0:
		return "too few"
	}
	_, always := g.tally(c)
	rate := g.absent[cl.domain].of(key, min(exch, mostDrawn), varies(uint32(exch), always))
	return fmt.Sprintf("too few, as %.0f in 100 properties like it are absent from the next", 100*rate)
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
