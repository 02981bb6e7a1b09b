package schema

import (
	"maps"
	"math"
	"slices"
)

const (
	unionKeyBits       = 6  // cost in bits of listing a property in a schema
	unionGain          = .8 // alternatives must shorten the description to this share
	unionObjects       = 2  // objects of each alternative, from at least unionExchanges exchanges
	unionExchanges     = 2
	wellKnownPositions = 5   // positions that make a record well known
	maxAlternatives    = 200 // a person would not list more alternatives
)

// decideAlternatives decides for each position with several clusters whether they are alternatives,
// distinguished by a tag, or one thing. It repeats until nothing changes, because a union may bring
// other positions together. It reports whether anything was united.
func (g *graph) decideAlternatives() (united bool) {
	for changed := true; changed; {
		changed = false
		for i := range g.positions {
			if g.positions[i].parent != int32(i) || len(g.positions[i].clusters) < 2 {
				continue
			}
			g.uniteSameTags(int32(i)) // other unions may have given two of them a common tag
			g.processUnions()
			if rs := g.clustersAt(int32(i)); len(rs) > 1 && !g.areAlternatives(rs) {
				g.markMixtures([]int32{int32(i)}, 0)
				for rs = g.clustersAt(int32(i)); len(rs) > 1; rs = g.clustersAt(int32(i)) {
					g.uniteClusters(rs[0], rs[1])
				}
				changed, united = true, true
			}
		}
	}
	return united
}

// areAlternatives reports whether clusters are alternatives: each has its own value of a common
// property, and dividing them makes the description of the traffic much shorter (minimum
// description length: Rissanen, "Modeling by shortest data description", 1978).
func (g *graph) areAlternatives(rs []int32) bool {
	name := ""
	for _, c := range rs {
		cl := &g.clusters[c]
		if cl.isMap || len(cl.tags) == 0 {
			return false
		}
		for _, t := range cl.tags {
			if name == "" {
				name = tagName(t)
			}
			if tagName(t) != name {
				return false
			}
		}
	}
	if len(rs) > maxAlternatives {
		return false
	}
	key, weak := g.nameIDs[name], false
	occurrences := map[int32]float64{}
	objects, divided, listedNames := 0.0, 0.0, 0
	for _, c := range rs {
		if !g.hasConstantTag(c, key) {
			return false
		}
		n, present := g.objectCounts(c)
		if n == 0 {
			return false
		}
		if exchanges, _ := g.exchangeCounts(c); n < unionObjects || exchanges < unionExchanges {
			weak = true
		}
		objects += n
		for _, m := range g.clusters[c].members { // in order, because floating-point sums depend on it
			p := present[m.name]
			occurrences[m.name] += p
			divided += n * entropy(p/n)
		}
		listedNames += len(present)
	}
	if weak {
		return g.wouldDilute(rs, key)
	}
	if g.hasOpenTags(rs) {
		return false
	}
	divided += float64(listedNames) * unionKeyBits
	merged := float64(len(occurrences)) * unionKeyBits
	for _, k := range slices.Sorted(maps.Keys(occurrences)) {
		merged += objects * entropy(occurrences[k]/objects)
	}
	return divided <= unionGain*merged || g.areExclusive(rs)
}

// wouldDilute reports whether uniting clusters would make optional much of what one well-known
// record always has, because of another that is hardly known. The constant tag counts as such a
// property, too.
func (g *graph) wouldDilute(rs []int32, tag int32) bool {
	for _, c := range rs {
		if len(g.clusters[c].positions) < wellKnownPositions || !g.hasSeveralBodies(c) {
			continue
		}
		exchanges, always := g.exchangeCounts(c)
		for _, d := range rs {
			sure, lost := 0, 0
			for i, m := range g.clusters[c].members {
				if always[i] != exchanges {
					continue
				}
				sure++
				if m.name == tag || !g.hasMember(d, m.name) {
					lost++
				}
			}
			if lost >= 3 && 2*lost > sure {
				return true
			}
		}
	}
	return false
}

// hasMember reports whether a cluster has a member with this name.
func (g *graph) hasMember(c, key int32) bool {
	_, ok := memberIndex(g.clusters[c].members, key)
	return ok
}

// areExclusive reports whether every two clusters conflict under some member name, so that the tag
// selects what that member is.
func (g *graph) areExclusive(rs []int32) bool {
	for i, x := range rs {
		if slices.ContainsFunc(rs[:i], func(y int32) bool { return !g.hasConflict(x, y, false) }) {
			return false
		}
	}
	return true
}

// entropy returns the entropy of a yes-or-no choice, in bits.
func entropy(p float64) float64 {
	if p <= 0 || p >= 1 {
		return 0
	}
	return -p*math.Log2(p) - (1-p)*math.Log2(1-p)
}

// hasConstantTag reports whether all objects of a cluster have the tag, and only values that are
// its tags.
func (g *graph) hasConstantTag(c, key int32) bool {
	cl := &g.clusters[c]
	i, ok := memberIndex(cl.members, key)
	if !ok {
		return false
	}
	n, present := g.objectCounts(c)
	if present[key] < n {
		return false
	}
	f := g.pooledFacts(g.findPosition(cl.members[i].position))
	total := uint32(0)
	for _, x := range f.kinds {
		total += x
	}
	return f.strings != nil && f.kinds[kindString] == total && f.strings.empty == 0 &&
		!f.strings.values.isOverflowed && len(f.strings.values.entries) == len(cl.tags)
}

// objectCounts returns how many objects a cluster has and, for each member, how many of them have
// it.
func (g *graph) objectCounts(c int32) (objects float64, present map[int32]float64) {
	present = map[int32]float64{}
	for _, r := range g.clusters[c].facts {
		objects += float64(r.objects)
		for _, s := range r.properties {
			present[g.nameIDs[s.name.text]] += float64(s.facts.present)
		}
	}
	return objects, present
}

// hasOpenTags reports whether tags are still new in more than one of twenty exchanges that have
// one (Good-Turing): a discriminator would refuse those to come.
func (g *graph) hasOpenTags(rs []int32) bool {
	exchanges, all := map[string]uint32{}, uint32(0)
	for _, c := range rs {
		for _, r := range g.clusters[c].facts {
			if r.tag != nil {
				exchanges[*r.tag] = sum32(exchanges[*r.tag], r.exchanges)
				all = sum32(all, r.exchanges)
			}
		}
	}
	once := 0
	for _, n := range exchanges {
		if n == 1 {
			once++
		}
	}
	return float64(once) > maxEnumOnceShare*float64(all)
}
