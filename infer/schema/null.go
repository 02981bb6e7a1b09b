package schema

import (
	"math"
	"slices"
)

const (
	likelyNull = .3  // chance that a place may be null from which it is said to be
	priorNull  = .5  // of a record, what the share of nullable places in the API counts as
	priorKind  = 10  // places that are never null, taken as seen before
	mostNamed  = 128 // places of one name that are compared with each other
)

// sighting is what was seen at one place of how often it is null.
type sighting struct {
	place, owner int32
	kind         uint8
	exchanges    uint32
	nulls        float64 // share of the values
	sent         bool
}

// findNulls says which places may be null though none was seen there. How many others of that name are tells, those of
// records like its own above all; and how often these are, as what is seldom null may not have shown yet. Where few
// have the name, it is as many as of all places that hold such values.
func (g *graph) findNulls() {
	g.nulls = map[int32]bool{}
	named := map[int32][]sighting{}
	nullable, kinds := map[uint8]float64{}, map[uint8]float64{}
	for i := range g.places {
		s, ok := g.sight(int32(i))
		if !ok {
			continue
		}
		kinds[s.kind]++
		if s.nulls > 0 {
			nullable[s.kind]++
		}
		if f := g.places[i].where.field; len(named[f]) < mostNamed {
			named[f] = append(named[f], s)
		}
	}
	for _, all := range named {
		if !slices.ContainsFunc(all, func(s sighting) bool { return s.nulls > 0 }) {
			continue
		}
		for _, s := range all {
			if s.nulls == 0 && g.nullChance(s, all, nullable[s.kind]/(kinds[s.kind]+priorKind)) >= likelyNull {
				g.nulls[s.place] = true
			}
		}
	}
}

// sight sums up a property's place; false for those that tell nothing: of forms, errors and maps, and what was only ever
// null.
func (g *graph) sight(p int32) (sighting, bool) {
	pl := &g.places[p]
	w := &pl.where
	d := domainOf(&g.positions[w.pos])
	if pl.lead != p || pl.kinds == 0 || w.field < 0 || w.depth > 0 || w.values || w.owner < 0 || d == inForm || d == inError || g.inMap(w) {
		return sighting{}, false
	}
	s := sighting{place: p, owner: g.of(w.owner), kind: pl.kinds, sent: d != inResponse}
	all := 0.0
	for _, ns := range [][]*node{pl.nodes, pl.sent} {
		for _, n := range ns {
			s.exchanges = sum32(s.exchanges, n.exch)
			s.nulls += float64(n.kinds[isNull])
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
func (g *graph) nullChance(s sighting, named []sighting, share float64) float64 {
	var all, nullable, nulls float64 // weighed by likeness
	for _, o := range named {
		if o.place == s.place || o.owner == s.owner || o.sent && !s.sent {
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
