package schema

import (
	"math"
	"slices"
)

const (
	minNullProbability   = .3  // chance that a place may be null from which it is said to be
	priorNull            = .5  // of a record, what the share of nullable places in the API counts as
	priorPositions       = 10  // places that are never null, taken as seen before
	maxComparedPositions = 128 // places of one name that are compared with each other
)

// sighting is what was seen at one place of how often it is null.
type nullStats struct {
	position, owner int32
	kind            uint8
	exchanges       uint32
	nulls           float64 // share of the values
	isSent          bool
}

// findNulls says which places may be null though none was seen there. How many others of that name are tells, those of
// records like its own above all; and how often these are, as what is seldom null may not have shown yet. Where few
// have the name, it is as many as of all places that hold such values.
func (g *graph) findNullable() {
	g.nullable = map[int32]bool{}
	named := map[int32][]nullStats{}
	nullable, kinds := map[uint8]float64{}, map[uint8]float64{}
	for i := range g.positions {
		s, ok := g.nullStatsAt(int32(i))
		if !ok {
			continue
		}
		kinds[s.kind]++
		if s.nulls > 0 {
			nullable[s.kind]++
		}
		if f := g.positions[i].origin.name; len(named[f]) < maxComparedPositions {
			named[f] = append(named[f], s)
		}
	}
	for _, all := range named {
		if !slices.ContainsFunc(all, func(s nullStats) bool { return s.nulls > 0 }) {
			continue
		}
		for _, s := range all {
			if s.nulls == 0 && g.nullProbability(s, all, nullable[s.kind]/(kinds[s.kind]+priorPositions)) >= minNullProbability {
				g.nullable[s.position] = true
			}
		}
	}
}

// sight sums up a property's place; false for those that tell nothing: of forms, errors and maps, and what was only ever
// null.
func (g *graph) nullStatsAt(p int32) (nullStats, bool) {
	pl := &g.positions[p]
	w := &pl.origin
	d := domainOf(&g.bodies[w.body])
	if pl.parent != p || pl.types == 0 || w.name < 0 || w.arrayDepth > 0 || w.isMapValue || w.owner < 0 || d == domainForm || d == domainError || g.isMapValue(w) {
		return nullStats{}, false
	}
	s := nullStats{position: p, owner: g.findCluster(w.owner), kind: pl.types, isSent: d != domainResponse}
	all := 0.0
	for _, ns := range [][]*valueFacts{pl.facts, pl.mirrored} {
		for _, n := range ns {
			s.exchanges = sum32(s.exchanges, n.exchanges)
			s.nulls += float64(n.kinds[kindNull])
			for _, k := range n.kinds {
				all += float64(k)
			}
		}
	}
	s.nulls /= all
	return s, s.exchanges > 0
}

// nullChance is the chance that a place may be null, by the others of its name and the share of all places that are.
// What is sent says nothing of what is answered.
func (g *graph) nullProbability(s nullStats, named []nullStats, share float64) float64 {
	var all, nullable, nulls float64 // weighed by likeness
	for _, o := range named {
		if o.position == s.position || o.owner == s.owner || o.isSent && !s.isSent {
			continue
		}
		like := g.jaccard(s.owner, o.owner)
		all += like
		if o.nulls > 0 {
			nullable += like
			nulls += like * o.nulls
		}
	}
	if nullable == 0 {
		return 0
	}
	p := (nullable + priorNull*share) / (all + priorNull)
	unseen := p * math.Pow(1-nulls/nullable, float64(s.exchanges))
	return unseen / (unseen + 1 - p)
}
