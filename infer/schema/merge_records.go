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
func (g *graph) resolve() {
	for i := range g.positions { // records of one place that nothing tells apart
		g.uniteSameTags(int32(i))
		g.processUnions()
	}
	for i := range g.positions { // tagged records that are alike all the same
		g.uniteAlikeTags(int32(i))
	}
	g.findMaps()
	g.linkRecords()
	g.decideAlternatives()
	g.findMaps()
	for g.decideAlternatives() || g.restoreMaps() {
	}
	g.mirrorRequests()
	for g.decideAlternatives() || g.restoreMaps() {
	}
	g.shareRequestProperties()
	g.fillUnknown()
	g.findEnums()
	g.findNumbers()
	g.estimateAbsence()
	g.findNullable()
}

// joinAlike unites records of one place whose tags differ and little else.
func (g *graph) uniteAlikeTags(p int32) {
	if g.positions[p].parent != p || len(g.positions[p].clusters) < 2 {
		return
	}
	rs := slices.Clone(g.clustersAt(p))
	for i, x := range rs {
		for _, y := range rs[:i] {
			x, y := g.findCluster(x), g.findCluster(y)
			if x != y && g.jaccard(x, y) >= .75 && !g.hasConflict(x, y, false) {
				g.uniteClusters(x, y)
			}
		}
	}
}

// jaccard compares the properties of two clusters, each counting the same.
func (g *graph) jaccard(a, b int32) float64 {
	both := g.sharedCount(a, b)
	all := len(g.clusters[a].members) + len(g.clusters[b].members) - both
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

func (g *graph) sharedCount(a, b int32) (n int) {
	for range commonMembers(g.clusters[a].members, g.clusters[b].members) {
		n++
	}
	return n
}

// common yields the properties that both sets have, as either has them.
func commonMembers(x, y []member) iter.Seq2[member, member] {
	return func(yield func(a, b member) bool) {
		for len(x) > 0 && len(y) > 0 {
			switch {
			case x[0].name < y[0].name:
				x = x[1:]
			case x[0].name > y[0].name:
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
func (g *graph) hasConflict(a, b int32, byTag bool) bool {
	c, d := &g.clusters[a], &g.clusters[b]
	if c.domain != d.domain {
		return true
	}
	if byTag && len(c.tags) > 0 && len(d.tags) > 0 && !sameTags(c.tags, d.tags) && tagName(c.tags[0]) == tagName(d.tags[0]) {
		return true
	}
	if (c.pool >= 0) != (d.pool >= 0) && (len(c.members) == 0 || len(d.members) == 0) {
		return true
	}
	return g.haveTypeConflict(c.members, d.members)
}

// clashKinds says that two sets of properties hold different kinds under one name.
func (g *graph) haveTypeConflict(x, y []member) bool {
	for a, b := range commonMembers(x, y) {
		if g.positionsConflict(a.position, b.position, 0) {
			return true
		}
	}
	return false
}

// clashPlaces says that two places can't be one.
func (g *graph) positionsConflict(a, b int32, depth int) bool {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return false
	}
	p, q := &g.positions[a], &g.positions[b]
	if p.types != 0 && q.types != 0 && p.types&q.types == 0 {
		return true
	}
	if p.items >= 0 && q.items >= 0 && depth < 4 && g.positionsConflict(p.items, q.items, depth+1) {
		return true
	}
	if len(p.clusters) == 0 || len(q.clusters) == 0 {
		return false
	}
	for _, x := range g.clustersAt(a) {
		for _, y := range g.clustersAt(b) {
			if !g.areDissimilar(x, y) {
				return false
			}
		}
	}
	return true
}

// unlike says that two records share too little: less than half, and neither holds the other.
func (g *graph) areDissimilar(x, y int32) bool {
	if x == y {
		return false
	}
	c, d := &g.clusters[x], &g.clusters[y]
	if c.isMap || d.isMap || len(c.members) == 0 || len(d.members) == 0 {
		return c.isMap != d.isMap && len(c.members) > 0 && len(d.members) > 0
	}
	both := g.sharedCount(x, y)
	if both == len(c.members) || both == len(d.members) {
		return false
	}
	return float64(both) < .5*float64(len(c.members)+len(d.members)-both)
}

// likeness is a pair of clusters that may be one thing.
type similarPair struct {
	score float64
	a, b  int32
}

// entities unites records of different positions that are one thing, the likest first.
func (g *graph) linkRecords() {
	for d := domain(0); d < numDomains; d++ {
		g.linkIdentical(d)
		for _, l := range g.similarPairs(d) {
			a, b := g.findCluster(l.a), g.findCluster(l.b)
			if a != b && !g.hasConflict(a, b, true) {
				g.uniteClusters(a, b)
			}
		}
	}
}

// leaders lists the clusters of a domain that take part in finding entities.
func (g *graph) linkableClusters(d domain) (out []int32) {
	for i := range g.clusters {
		if c := &g.clusters[i]; c.parent == int32(i) && c.domain == d && len(c.members) > 0 && !c.isMap {
			out = append(out, int32(i))
		}
	}
	return out
}

// identical unites records with the same properties.
func (g *graph) linkIdentical(d domain) {
	least := 2
	if d == domainError {
		least = 1
	}
	groups := map[uint64][]int32{}
	for _, c := range g.linkableClusters(d) {
		ps := g.clusters[c].members
		if len(ps) < least {
			continue
		}
		h := uint64(len(ps))
		for _, m := range ps {
			h = sketch.Pair(h, uint64(m.name))
		}
		groups[h] = append(groups[h], c)
	}
	for _, c := range g.linkableClusters(d) { // in order, not in that of the map
		ps := g.clusters[c].members
		h := uint64(len(ps))
		for _, m := range ps {
			h = sketch.Pair(h, uint64(m.name))
		}
		group := groups[h]
		if len(group) < 2 || group[0] != c {
			continue
		}
		g.linkGroup(group, d)
	}
}

func (g *graph) linkGroup(group []int32, d domain) {
	if d != domainError && g.isGeneric(group[0]) {
		return
	}
	for i, y := range group {
		for _, x := range group[:i] {
			a, b := g.findCluster(x), g.findCluster(y)
			if a == b || !g.hasConflict(a, b, true) {
				g.uniteClusters(a, b)
				break
			}
		}
	}
}

// weak says that the properties of a record are too few to name it.
func (g *graph) isGeneric(c int32) bool { return len(g.clusters[c].members) < 3 }

// likely lists the pairs of clusters that are alike enough, the likest first.
func (g *graph) similarPairs(d domain) []similarPair {
	cs := g.linkableClusters(d)
	df := make([]int, len(g.names))
	for _, c := range cs {
		for _, m := range g.clusters[c].members {
			df[m.name]++
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
	known := map[int32]*clusterNames{}
	var out []similarPair
	for i, c := range cs {
		ps := slices.Clone(g.clusters[c].members)
		for _, m := range ps {
			total[i] += weight[m.name]
		}
		// Records that share half of their weight share one of the heaviest properties that make up
		// the first half.
		slices.SortFunc(ps, func(a, b member) int {
			return cmp.Or(cmp.Compare(weight[b.name], weight[a.name]), cmp.Compare(a.name, b.name))
		})
		rest := total[i]
		met := map[int32]bool{}
		for _, m := range ps {
			if rest < .5*total[i] {
				break
			}
			for _, j := range index[m.name] {
				if !met[j] {
					met[j] = true
					if s := g.similarity(cs[j], c, weight, total[j]+total[i], d, known); s > 0 {
						out = append(out, similarPair{s, cs[j], c})
					}
				}
			}
			index[m.name] = append(index[m.name], int32(i))
			rest -= weight[m.name]
		}
	}
	slices.SortFunc(out, func(x, y similarPair) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return out
}

// alike scores a pair; 0 for too little.
func (g *graph) similarity(a, b int32, weight []float64, sum float64, d domain, known map[int32]*clusterNames) float64 {
	both, n := 0.0, 0
	for m := range commonMembers(g.clusters[a].members, g.clusters[b].members) {
		both += weight[m.name]
		n++
	}
	score := both / (sum - both)
	switch {
	case score >= .75 && n >= 3 && both >= 10:
	case score >= .5 && d == domainError:
	case score >= .5 && n >= 2 && intersects(g.namesOfCluster(a, known).names, g.namesOfCluster(b, known).names):
	case score >= .7 && n >= 2 && intersects(g.namesOfCluster(a, known).families, g.namesOfCluster(b, known).families):
	default:
		return 0
	}
	return score
}

// calls are what a cluster is called at its places, and the URLs that are about it.
type clusterNames struct {
	names, families map[string]bool
}

// callsOf gathers them once; they hold until clusters unite.
func (g *graph) namesOfCluster(c int32, known map[int32]*clusterNames) *clusterNames {
	if k := known[c]; k != nil {
		return k
	}
	k := &clusterNames{names: map[string]bool{}, families: map[string]bool{}}
	known[c] = k
	for _, h := range g.clusters[c].positions {
		if n := g.positionName(h); n != "" {
			k.names[n] = true
		}
		w := &g.positions[h].origin
		if f := g.bodies[w.body].Family; w.name < 0 && f != "" {
			k.families[f] = true
		}
	}
	return k
}

// meet says that two sets share a member.
func intersects(a, b map[string]bool) bool {
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
func (g *graph) positionName(p int32) string {
	w := &g.positions[p].origin
	if g.isMapValue(w) {
		return g.positionName(g.clusters[w.owner].firstPosition)
	}
	if w.name >= 0 {
		return noun.One(g.lowerNames[w.name])
	}
	if ns := g.bodies[w.body].Nouns; len(ns) > 0 {
		return noun.One(lowerWords(ns[0]))
	}
	return ""
}

// inMap says that a place holds a value of a map, so that its field is data.
func (g *graph) isMapValue(w *origin) bool {
	return w.owner >= 0 && w.name >= 0 && g.clusters[g.findCluster(w.owner)].isMap
}
