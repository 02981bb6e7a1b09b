package schema

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// uniteAlikeTags unites clusters at one position that differ in their tags and little else.
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

// jaccard returns the Jaccard similarity of the member names of two clusters.
func (g *graph) jaccard(a, b int32) float64 {
	both := g.sharedCount(a, b)
	all := len(g.clusters[a].members) + len(g.clusters[b].members) - both
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

// sharedCount returns how many member names two clusters have in common.
func (g *graph) sharedCount(a, b int32) (n int) {
	for range commonMembers(g.clusters[a].members, g.clusters[b].members) {
		n++
	}
	return n
}

// commonMembers yields the members whose names occur in both sets, ordered by name.
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

// similarPair is a pair of clusters that may be one thing.
type similarPair struct {
	score float64
	a, b  int32
}

// linkRecords unites records of different bodies that are one thing, the most similar first.
func (g *graph) linkRecords() {
	for d := domain(0); d < numDomains; d++ {
		g.linkIdentical(d)
		for _, l := range g.similarPairs(d) {
			a, b := g.findCluster(l.a), g.findCluster(l.b)
			if a != b && !g.hasConflict(a, b, true) && !g.haveOtherNeeds(a, b) {
				g.uniteClusters(a, b)
			}
		}
	}
}

// linkableClusters returns the clusters of a domain that can be linked.
func (g *graph) linkableClusters(d domain) (out []int32) {
	for i := range g.clusters {
		if c := &g.clusters[i]; c.parent == int32(i) && c.domain == d && len(c.members) > 0 && !c.isMap {
			out = append(out, int32(i))
		}
	}
	return out
}

// linkIdentical unites records with equal member names.
func (g *graph) linkIdentical(d domain) {
	least := 2
	if d == domainError {
		least = 1
	}
	groups := map[uint64][]int32{}
	for _, c := range g.linkableClusters(d) {
		if members := g.clusters[c].members; len(members) >= least {
			h := namesHash(members)
			groups[h] = append(groups[h], c)
		}
	}
	for _, c := range g.linkableClusters(d) { // in order of clusters, not of the map
		group := groups[namesHash(g.clusters[c].members)]
		if len(group) < 2 || group[0] != c {
			continue
		}
		g.linkGroup(group, d)
	}
}

// namesHash returns a hash of the names of members.
func namesHash(members []member) uint64 {
	h := uint64(len(members))
	for _, m := range members {
		h = bottomk.Pair(h, uint64(m.name))
	}
	return h
}

// linkGroup unites clusters with equal member names, unless they conflict.
func (g *graph) linkGroup(group []int32, d domain) {
	if d != domainError && g.isGeneric(group[0]) {
		return
	}
	for i, y := range group {
		for _, x := range group[:i] {
			a, b := g.findCluster(x), g.findCluster(y)
			if a == b || !g.hasConflict(a, b, true) && !g.haveOtherNeeds(a, b) {
				g.uniteClusters(a, b)
				break
			}
		}
	}
}

// isGeneric reports whether a record has too few properties to identify it.
func (g *graph) isGeneric(c int32) bool { return len(g.clusters[c].members) < 3 }

// similarPairs returns the pairs of clusters that are similar enough to be linked, the most similar
// first. It compares only pairs that share a heavy member name (prefix filtering: Chaudhuri et al.,
// "A Primitive Operator for Similarity Joins in Data Cleaning", 2006).
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
	index := map[int32][]int32{} // name → indices in cs of the clusters with that name in their prefix
	cache := map[int32]*clusterNames{}
	var out []similarPair
	for i, c := range cs {
		ps := slices.Clone(g.clusters[c].members)
		for _, m := range ps {
			total[i] += weight[m.name]
		}
		// Records that share half of their weight share one of the heaviest members that make up
		// the first half.
		slices.SortFunc(ps, func(a, b member) int {
			return cmp.Or(cmp.Compare(weight[b.name], weight[a.name]), cmp.Compare(a.name, b.name))
		})
		remaining := total[i]
		compared := map[int32]bool{}
		for _, m := range ps {
			if remaining < .5*total[i] {
				break
			}
			for _, j := range index[m.name] {
				if !compared[j] {
					compared[j] = true
					if s := g.similarity(cs[j], c, weight, total[j]+total[i], d, cache); s > 0 {
						out = append(out, similarPair{s, cs[j], c})
					}
				}
			}
			index[m.name] = append(index[m.name], int32(i))
			remaining -= weight[m.name]
		}
	}
	slices.SortFunc(out, func(x, y similarPair) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return out
}

// similarity returns the weighted Jaccard similarity of two clusters, or 0 if it is too low to link
// them.
func (g *graph) similarity(a, b int32, weight []float64, sum float64, d domain,
	cache map[int32]*clusterNames) float64 {
	both, n := 0.0, 0
	for m := range commonMembers(g.clusters[a].members, g.clusters[b].members) {
		both += weight[m.name]
		n++
	}
	score := both / (sum - both)
	switch {
	case score >= .75 && n >= 3 && both >= 10:
	case score >= .5 && d == domainError:
	case score >= .5 && n >= 2 && intersects(g.namesOfCluster(a, cache).names, g.namesOfCluster(b, cache).names):
	case score >= .7 && n >= 2 && intersects(g.namesOfCluster(a, cache).families,
		g.namesOfCluster(b, cache).families):
	default:
		return 0
	}
	return score
}

// clusterNames holds the names of a cluster at its positions, and the URL families that return it.
type clusterNames struct{ names, families map[string]bool }

// namesOfCluster computes the names of a cluster, once per call of similarPairs.
func (g *graph) namesOfCluster(c int32, cache map[int32]*clusterNames) *clusterNames {
	if k := cache[c]; k != nil {
		return k
	}
	k := &clusterNames{names: map[string]bool{}, families: map[string]bool{}}
	cache[c] = k
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

// intersects reports whether two sets share a member.
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

// positionName returns what the thing at a position is called there, in the singular: its property
// name or, at the top, the last noun of the path.
func (g *graph) positionName(p int32) string {
	w := &g.positions[p].origin
	if g.isMapValue(w) {
		return g.positionName(g.clusters[w.owner].firstPosition)
	}
	if w.name >= 0 {
		return noun.One(g.lowerNames[w.name])
	}
	if nouns := g.bodies[w.body].Nouns; len(nouns) > 0 {
		return noun.One(lowerWords(nouns[0]))
	}
	return ""
}

// isMapValue reports whether a position holds a value of a map, so that its name is data.
func (g *graph) isMapValue(w *origin) bool {
	return w.owner >= 0 && w.name >= 0 && g.clusters[g.findCluster(w.owner)].isMap
}
