package schema

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// unite finds what is one, in steps from the certain to the likely.
func (g *graph) unite() {
	for i := range g.places { // records of one place that nothing tells apart
		g.joinInside(int32(i))
		g.drain()
	}
	for i := range g.places { // tagged records that are alike all the same
		g.joinAlike(int32(i))
	}
	g.findMaps()
	g.entities()
	g.settle()
	g.findMaps()
	for g.settle() || g.restoreMaps() {
	}
	g.echo()
	for g.settle() || g.restoreMaps() {
	}
	g.lend()
	g.fillGaps()
	g.findEnums()
	g.findNumbers()
	g.findHazards()
	g.findNulls()
}

// joinAlike unites records of one place whose tags differ and little else.
func (g *graph) joinAlike(p int32) {
	if g.places[p].lead != p || len(g.places[p].recs) < 2 {
		return
	}
	rs := slices.Clone(g.inside(p))
	for i, x := range rs {
		for _, y := range rs[:i] {
			x, y := g.of(x), g.of(y)
			if x != y && g.jaccard(x, y) >= .75 && !g.clash(x, y, false) {
				g.uniteClusters(x, y)
			}
		}
	}
}

// jaccard compares the properties of two clusters, each counting the same.
func (g *graph) jaccard(a, b int32) float64 {
	both := g.shared(a, b)
	all := len(g.clusters[a].props) + len(g.clusters[b].props) - both
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

func (g *graph) shared(a, b int32) (n int) {
	for range common(g.clusters[a].props, g.clusters[b].props) {
		n++
	}
	return n
}

// common yields the properties that both sets have, as either has them.
func common(x, y []member) iter.Seq2[member, member] {
	return func(yield func(a, b member) bool) {
		for len(x) > 0 && len(y) > 0 {
			switch {
			case x[0].key < y[0].key:
				x = x[1:]
			case x[0].key > y[0].key:
				y = y[1:]
			default:
				if !yield(x[0], y[0]) {
					return
				}
				x, y = x[1:], y[1:]
			}
		}
	}
}

// clash says that two clusters can't be one thing: a shared property holds different kinds, or records
// that are unlike; or, with byTag, their tags exclude one another.
func (g *graph) clash(a, b int32, byTag bool) bool {
	c, d := &g.clusters[a], &g.clusters[b]
	if c.domain != d.domain {
		return true
	}
	if byTag && len(c.tags) > 0 && len(d.tags) > 0 && !sameTags(c.tags, d.tags) && tagName(c.tags[0]) == tagName(d.tags[0]) {
		return true
	}
	if (c.pool >= 0) != (d.pool >= 0) && (len(c.props) == 0 || len(d.props) == 0) {
		return true
	}
	return g.clashKinds(c.props, d.props)
}

// clashKinds says that two sets of properties hold different kinds under one name.
func (g *graph) clashKinds(x, y []member) bool {
	for a, b := range common(x, y) {
		if g.clashPlaces(a.place, b.place, 0) {
			return true
		}
	}
	return false
}

// clashPlaces says that two places can't be one.
func (g *graph) clashPlaces(a, b int32, depth int) bool {
	a, b = g.at(a), g.at(b)
	if a == b {
		return false
	}
	p, q := &g.places[a], &g.places[b]
	if p.kinds != 0 && q.kinds != 0 && p.kinds&q.kinds == 0 {
		return true
	}
	if p.items >= 0 && q.items >= 0 && depth < 4 && g.clashPlaces(p.items, q.items, depth+1) {
		return true
	}
	if len(p.recs) == 0 || len(q.recs) == 0 {
		return false
	}
	for _, x := range g.inside(a) {
		for _, y := range g.inside(b) {
			if !g.unlike(x, y) {
				return false
			}
		}
	}
	return true
}

// unlike says that two records share too little: less than half, and neither holds the other.
func (g *graph) unlike(x, y int32) bool {
	if x == y {
		return false
	}
	c, d := &g.clusters[x], &g.clusters[y]
	if c.isMap || d.isMap || len(c.props) == 0 || len(d.props) == 0 {
		return c.isMap != d.isMap && len(c.props) > 0 && len(d.props) > 0
	}
	both := g.shared(x, y)
	if both == len(c.props) || both == len(d.props) {
		return false
	}
	return float64(both) < .5*float64(len(c.props)+len(d.props)-both)
}

// likeness is a pair of clusters that may be one thing.
type likeness struct {
	score float64
	a, b  int32
}

// entities unites records of different positions that are one thing, the likest first.
func (g *graph) entities() {
	for d := domain(0); d < numDomains; d++ {
		g.identical(d)
		for _, l := range g.likely(d) {
			a, b := g.of(l.a), g.of(l.b)
			if a != b && !g.clash(a, b, true) {
				g.uniteClusters(a, b)
			}
		}
	}
}

// leaders lists the clusters of a domain that take part in finding entities.
func (g *graph) leaders(d domain) (out []int32) {
	for i := range g.clusters {
		if c := &g.clusters[i]; c.lead == int32(i) && c.domain == d && len(c.props) > 0 && !c.isMap {
			out = append(out, int32(i))
		}
	}
	return out
}

// identical unites records with the same properties.
func (g *graph) identical(d domain) {
	least := 2
	if d == inError {
		least = 1
	}
	groups := map[uint64][]int32{}
	for _, c := range g.leaders(d) {
		ps := g.clusters[c].props
		if len(ps) < least {
			continue
		}
		h := uint64(len(ps))
		for _, m := range ps {
			h = sketch.Pair(h, uint64(m.key))
		}
		groups[h] = append(groups[h], c)
	}
	for _, c := range g.leaders(d) { // in order, not in that of the map
		ps := g.clusters[c].props
		h := uint64(len(ps))
		for _, m := range ps {
			h = sketch.Pair(h, uint64(m.key))
		}
		group := groups[h]
		if len(group) < 2 || group[0] != c {
			continue
		}
		g.identicalGroup(group, d)
	}
}

func (g *graph) identicalGroup(group []int32, d domain) {
	if d != inError && g.weak(group[0]) {
		return
	}
	for i, y := range group {
		for _, x := range group[:i] {
			a, b := g.of(x), g.of(y)
			if a == b || !g.clash(a, b, true) {
				g.uniteClusters(a, b)
				break
			}
		}
	}
}

// weak says that the properties of a record are too few to name it.
func (g *graph) weak(c int32) bool { return len(g.clusters[c].props) < 3 }

// likely lists the pairs of clusters that are alike enough, the likest first.
func (g *graph) likely(d domain) []likeness {
	cs := g.leaders(d)
	df := make([]int, len(g.names))
	for _, c := range cs {
		for _, m := range g.clusters[c].props {
			df[m.key]++
		}
	}
	weight := make([]float64, len(g.names))
	for k, n := range df {
		if n > 0 {
			weight[k] = math.Log(1 + float64(len(cs))/float64(n))
		}
	}
	total := make([]float64, len(cs))
	index := map[int32][]int32{} // key → positions in cs that have it in their prefix
	known := map[int32]*calls{}
	var out []likeness
	for i, c := range cs {
		ps := slices.Clone(g.clusters[c].props)
		for _, m := range ps {
			total[i] += weight[m.key]
		}
		// Records that share half of their weight share one of the heaviest properties that make up
		// the first half.
		slices.SortFunc(ps, func(a, b member) int {
			return cmp.Or(cmp.Compare(weight[b.key], weight[a.key]), cmp.Compare(a.key, b.key))
		})
		rest := total[i]
		met := map[int32]bool{}
		for _, m := range ps {
			if rest < .5*total[i] {
				break
			}
			for _, j := range index[m.key] {
				if !met[j] {
					met[j] = true
					if s := g.alike(cs[j], c, weight, total[j]+total[i], d, known); s > 0 {
						out = append(out, likeness{s, cs[j], c})
					}
				}
			}
			index[m.key] = append(index[m.key], int32(i))
			rest -= weight[m.key]
		}
	}
	slices.SortFunc(out, func(x, y likeness) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return out
}

// alike scores a pair; 0 for too little.
func (g *graph) alike(a, b int32, weight []float64, sum float64, d domain, known map[int32]*calls) float64 {
	both, n := 0.0, 0
	for m := range common(g.clusters[a].props, g.clusters[b].props) {
		both += weight[m.key]
		n++
	}
	score := both / (sum - both)
	switch {
	case score >= .75 && n >= 3 && both >= 10:
	case score >= .5 && d == inError:
	case score >= .5 && n >= 2 && meet(g.callsOf(a, known).names, g.callsOf(b, known).names):
	case score >= .7 && n >= 2 && meet(g.callsOf(a, known).families, g.callsOf(b, known).families):
	default:
		return 0
	}
	return score
}

// calls are what a cluster is called at its places, and the URLs that are about it.
type calls struct {
	names, families map[string]bool
}

// callsOf gathers them once; they hold until clusters unite.
func (g *graph) callsOf(c int32, known map[int32]*calls) *calls {
	if k := known[c]; k != nil {
		return k
	}
	k := &calls{names: map[string]bool{}, families: map[string]bool{}}
	known[c] = k
	for _, h := range g.clusters[c].homes {
		if n := g.nameOf(h); n != "" {
			k.names[n] = true
		}
		w := &g.places[h].where
		if f := g.positions[w.pos].Family; w.field < 0 && f != "" {
			k.families[f] = true
		}
	}
	return k
}

// meet says that two sets share a member.
func meet(a, b map[string]bool) bool {
	if len(b) < len(a) {
		a, b = b, a
	}
	for x := range a {
		if b[x] {
			return true
		}
	}
	return false
}

// nameOf is what the thing at a place is called there: its property or, at the top, the last noun of the
// path, in the singular.
func (g *graph) nameOf(p int32) string {
	w := &g.places[p].where
	if g.inMap(w) {
		return g.nameOf(g.clusters[w.owner].home)
	}
	if w.field >= 0 {
		return noun.One(g.lower[w.field])
	}
	if ns := g.positions[w.pos].Nouns; len(ns) > 0 {
		return noun.One(lower(ns[0]))
	}
	return ""
}

// inMap says that a place holds a value of a map, so that its field is data.
func (g *graph) inMap(w *where) bool {
	return w.owner >= 0 && w.field >= 0 && g.clusters[g.of(w.owner)].isMap
}
