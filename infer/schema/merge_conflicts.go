package schema

// hasConflict reports whether two clusters cannot be one thing: a common member holds different
// types or dissimilar records or, if byTag is set, their tags exclude each other.
func (g *graph) hasConflict(a, b int32, byTag bool) bool {
	c, d := &g.clusters[a], &g.clusters[b]
	if c.domain != d.domain || byTag && g.haveOtherTags(a, b) {
		return true
	}
	if (c.pool >= 0) != (d.pool >= 0) && (len(c.members) == 0 || len(d.members) == 0) {
		return true
	}
	return g.haveTypeConflict(c.members, d.members)
}

// haveOtherTags reports whether the tags of two records exclude each other.
func (g *graph) haveOtherTags(a, b int32) bool {
	x, y := g.clusters[a].tags, g.clusters[b].tags
	return len(x) > 0 && len(y) > 0 && !haveCommonTag(x, y) && tagName(x[0]) == tagName(y[0])
}

// haveTypeConflict reports whether two sets of members hold different types under one name.
func (g *graph) haveTypeConflict(x, y []member) bool {
	for a, b := range commonMembers(x, y) {
		if g.positionsConflict(a.position, b.position, 0) {
			return true
		}
	}
	return false
}

// positionsConflict reports whether two positions cannot be the same.
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
			if !g.areDissimilar(x, y) && !g.haveOtherTags(x, y) {
				return false
			}
		}
	}
	return true
}

// areDissimilar reports whether two records have less than half of their members in common, and
// neither contains all members of the other.
func (g *graph) areDissimilar(x, y int32) bool {
	n, m, both := len(g.clusters[x].members), len(g.clusters[y].members), g.sharedCount(x, y)
	return both < n && both < m && 2*both < n+m-both
}
