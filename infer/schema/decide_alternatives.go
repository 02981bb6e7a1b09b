package schema

import (
	"math"
	"slices"
)

const (
	unionKeyBits       = 6  // what it costs to list a property in a schema
	unionGain          = .8 // alternatives must cut the description to this share
	unionObjects       = 2  // objects of each alternative, from so many exchanges
	unionExchanges     = 2
	wellKnownPositions = 5   // places that make a record well known
	maxAlternatives    = 200 // more alternatives than a person would list
)

// settle decides for each place that holds several kinds of records whether they are alternatives, told
// apart by a tag, or one thing. Uniting may bring other places together, so it goes on until nothing
// changes. It reports whether anything did.
func (g *graph) decideAlternatives() (united bool) {
	for changed := true; changed; {
		changed = false
		for i := range g.positions {
			if g.positions[i].parent != int32(i) || len(g.positions[i].clusters) < 2 {
				continue
			}
			g.uniteSameTags(int32(i)) // uniting elsewhere may have brought a tag to two of them
			g.processUnions()
			if rs := g.clustersAt(int32(i)); len(rs) > 1 && !g.areAlternatives(rs) {
				for rs = g.clustersAt(int32(i)); len(rs) > 1; rs = g.clustersAt(int32(i)) {
					g.uniteClusters(rs[0], rs[1])
				}
				changed, united = true, true
			}
		}
	}
	return united
}

// tagged says that records are alternatives: a property that all have gives each its own value, and telling
// them apart makes the description of what was seen shorter by far (minimum description length).
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
	whole := map[int32]float64{}
	objects, split, listed := 0.0, 0.0, 0
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
		for _, m := range g.clusters[c].members { // in order: floating point sums depend on it
			p := present[m.name]
			whole[m.name] += p
			split += n * entropy(p/n)
		}
		listed += len(present)
	}
	if weak {
		return g.wouldDilute(rs, key)
	}
	split += float64(listed) * unionKeyBits
	merged := float64(len(whole)) * unionKeyBits
	ks := make([]int32, 0, len(whole))
	for k := range whole {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	for _, k := range ks {
		merged += objects * entropy(whole[k]/objects)
	}
	return split <= unionGain*merged || g.areExclusive(rs)
}

// dilutes says that uniting some records would take much of what is certain from one that is well known
// elsewhere, on account of another that is hardly known. The tag is certain, too.
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

func (g *graph) hasMember(c, key int32) bool {
	_, ok := slices.BinarySearchFunc(g.clusters[c].members, key, func(m member, k int32) int { return int(m.name - k) })
	return ok
}

// exclusive says that each two records hold, under one name, what can't be one thing: the tag then tells
// what that is.
func (g *graph) areExclusive(rs []int32) bool {
	for i, x := range rs {
		for _, y := range rs[:i] {
			if !g.hasConflict(x, y, false) {
				return false
			}
		}
	}
	return true
}

// entropy of one yes or no, in bits.
func entropy(p float64) float64 {
	if p <= 0 || p >= 1 {
		return 0
	}
	return -p*math.Log2(p) - (1-p)*math.Log2(1-p)
}

// constTag says that all objects of a cluster have the tag, and no value but its tags.
func (g *graph) hasConstantTag(c, key int32) bool {
	cl := &g.clusters[c]
	i, ok := slices.BinarySearchFunc(cl.members, key, func(m member, k int32) int { return int(m.name - k) })
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
	return f.strings != nil && f.kinds[kindString] == total && f.strings.empty == 0 && !f.strings.values.isOverflowed && len(f.strings.values.entries) == len(cl.tags)
}

// presence counts the objects of a cluster and of each property those that have it.
func (g *graph) objectCounts(c int32) (objects float64, present map[int32]float64) {
	present = map[int32]float64{}
	for _, r := range g.clusters[c].facts {
		objects += float64(r.objects)
		for _, s := range r.props {
			present[g.nameIDs[s.name.text]] += float64(s.facts.present)
		}
	}
	return objects, present
}
