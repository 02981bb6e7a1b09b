package schema

import (
	"math"
	"slices"
)

const (
	unionKeyBits   = 6  // what it costs to list a property in a schema
	unionGain      = .8 // alternatives must cut the description to this share
	unionObjects   = 2  // objects of each alternative, from so many exchanges
	unionExchanges = 2
	knownHomes     = 5   // places that make a record well known
	unionKinds     = 200 // more alternatives than a person would list
)

// settle decides for each place that holds several kinds of records whether they are alternatives, told
// apart by a tag, or one thing. Uniting may bring other places together, so it goes on until nothing
// changes. It reports whether anything did.
func (g *graph) settle() (united bool) {
	for changed := true; changed; {
		changed = false
		for i := range g.places {
			if g.places[i].lead != int32(i) || len(g.places[i].recs) < 2 {
				continue
			}
			g.joinInside(int32(i)) // uniting elsewhere may have brought a tag to two of them
			g.drain()
			if rs := g.inside(int32(i)); len(rs) > 1 && !g.tagged(rs) {
				for rs = g.inside(int32(i)); len(rs) > 1; rs = g.inside(int32(i)) {
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
func (g *graph) tagged(rs []int32) bool {
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
	if len(rs) > unionKinds {
		return false
	}
	key, weak := g.ids[name], false
	whole := map[int32]float64{}
	objects, split, listed := 0.0, 0.0, 0
	for _, c := range rs {
		if !g.constTag(c, key) {
			return false
		}
		n, present := g.presence(c)
		if n == 0 {
			return false
		}
		if exch, _ := g.tally(c); n < unionObjects || exch < unionExchanges {
			weak = true
		}
		objects += n
		for _, m := range g.clusters[c].props { // in order: floating point sums depend on it
			p := present[m.key]
			whole[m.key] += p
			split += n * entropy(p/n)
		}
		listed += len(present)
	}
	if weak {
		return g.dilutes(rs, key)
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
	return split <= unionGain*merged || g.exclusive(rs)
}

// dilutes says that uniting some records would take much of what is certain from one that is well known
// elsewhere, on account of another that is hardly known. The tag is certain, too.
func (g *graph) dilutes(rs []int32, tag int32) bool {
	for _, c := range rs {
		if len(g.clusters[c].homes) < knownHomes || !g.apart(c) {
			continue
		}
		exch, always := g.tally(c)
		for _, d := range rs {
			sure, lost := 0, 0
			for i, m := range g.clusters[c].props {
				if always[i] != exch {
					continue
				}
				sure++
				if m.key == tag || !g.has(d, m.key) {
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

func (g *graph) has(c, key int32) bool {
	_, ok := slices.BinarySearchFunc(g.clusters[c].props, key, func(m member, k int32) int { return int(m.key - k) })
	return ok
}

// exclusive says that each two records hold, under one name, what can't be one thing: the tag then tells
// what that is.
func (g *graph) exclusive(rs []int32) bool {
	for i, x := range rs {
		for _, y := range rs[:i] {
			if !g.clash(x, y, false) {
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
func (g *graph) constTag(c, key int32) bool {
	cl := &g.clusters[c]
	i, ok := slices.BinarySearchFunc(cl.props, key, func(m member, k int32) int { return int(m.key - k) })
	if !ok {
		return false
	}
	n, present := g.presence(c)
	if present[key] < n {
		return false
	}
	f := g.scalars(g.at(cl.props[i].place))
	total := uint32(0)
	for _, x := range f.kinds {
		total += x
	}
	return f.str != nil && f.kinds[isString] == total && f.str.empty == 0 && !f.str.values.over && len(f.str.values.list) == len(cl.tags)
}

// presence counts the objects of a cluster and of each property those that have it.
func (g *graph) presence(c int32) (objects float64, present map[int32]float64) {
	present = map[int32]float64{}
	for _, r := range g.clusters[c].recs {
		objects += float64(r.objects)
		for _, s := range r.props {
			present[g.ids[s.name.text]] += float64(s.p.present)
		}
	}
	return objects, present
}
