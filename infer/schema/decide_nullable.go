package schema

import (
	"math"
	"slices"
)

const (
	minNullProbability   = .3  // probability of null from which a position is nullable
	priorNull            = .5  // weight of the API's share of nullable positions, in records
	priorPositions       = 10  // never-null positions added as a prior
	maxComparedPositions = 128 // positions of one name that are compared
)

// nullStats holds how often a position is null.
type nullStats struct {
	position, owner int32
	kind            uint8
	exchanges       uint32
	nulls           float64 // share of the values that are null
	isRequest       bool
}

// findNullable finds positions that may be null although no null was seen. The evidence is how many
// positions of the same name are nullable, weighted by the similarity of their records, and how
// often they are null: a rare null may not have occurred yet. If few positions have the name, the
// share of nullable positions in the API counts.
func (g *graph) findNullable() {
	g.nullable, g.removable = map[int32]bool{}, map[int32]bool{}
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
			share := nullable[s.kind] / (kinds[s.kind] + priorPositions)
			if s.nulls == 0 && g.nullProbability(s, all, share) >= minNullProbability {
				g.nullable[s.position] = true
			}
		}
	}
	g.markRemovable()
}

// markRemovable makes the members of merge patches nullable: null removes them. Elements of lists
// cannot be removed, and where other requests have the same record, null is for these to show.
func (g *graph) markRemovable() {
	others := map[int32]bool{} // positions that are in other bodies, too
	for i := range g.positions {
		if p := g.findPosition(int32(i)); !g.bodies[g.positions[i].origin.body].MergePatch {
			others[p] = true
		}
	}
	for i := range g.positions {
		w, p := &g.positions[i].origin, g.findPosition(int32(i))
		if !others[p] && w.owner >= 0 && w.arrayDepth == 0 {
			g.nullable[p], g.removable[p] = true, true
		}
	}
}

// nullStatsAt summarizes a property's position. It returns false for positions that are no
// evidence: in forms, errors and maps, and those that were only ever null.
func (g *graph) nullStatsAt(p int32) (nullStats, bool) {
	pos := &g.positions[p]
	w := &pos.origin
	d := domainOf(&g.bodies[w.body])
	if pos.parent != p || pos.types == 0 || w.name < 0 || w.arrayDepth > 0 || w.isMapValue || w.owner < 0 ||
		d == domainForm || d == domainError || g.isMapValue(w) {
		return nullStats{}, false
	}
	s := nullStats{position: p, owner: g.findCluster(w.owner), kind: pos.types, isRequest: d != domainResponse}
	all := 0.0
	for _, ns := range [][]*valueFacts{pos.facts, pos.mirrored} {
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

// nullProbability returns the probability that a position may be null, given the positions of its
// name and the share of nullable positions in the API. Requests are no evidence for responses.
func (g *graph) nullProbability(s nullStats, named []nullStats, share float64) float64 {
	var all, nullable, nulls float64 // weighted by similarity
	for _, o := range named {
		if o.position == s.position || o.owner == s.owner || o.isRequest && !s.isRequest {
			continue
		}
		similarity := g.jaccard(s.owner, o.owner)
		all += similarity
		if o.nulls > 0 {
			nullable += similarity
			nulls += similarity * o.nulls
		}
	}
	if nullable == 0 {
		return 0
	}
	p := (nullable + priorNull*share) / (all + priorNull)
	unseen := p * math.Pow(1-nulls/nullable, float64(s.exchanges))
	return unseen / (unseen + 1 - p)
}
