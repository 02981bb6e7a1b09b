package schema

import (
	"cmp"
	"slices"
)

// pendingUnion is a request to unite two positions or two clusters.
type pendingUnion struct {
	a, b        int32
	areClusters bool
}

// findPosition returns the root of the set that position p belongs to. It halves the path.
func (g *graph) findPosition(p int32) int32 {
	for g.positions[p].parent != p {
		g.positions[p].parent = g.positions[g.positions[p].parent].parent
		p = g.positions[p].parent
	}
	return p
}

// findCluster returns the root of the set that cluster c belongs to. It halves the path.
func (g *graph) findCluster(c int32) int32 {
	for g.clusters[c].parent != c {
		g.clusters[c].parent = g.clusters[g.clusters[c].parent].parent
		c = g.clusters[c].parent
	}
	return c
}

// unitePositions unites two positions, and everything that follows.
func (g *graph) unitePositions(a, b int32) {
	g.pendingUnions = append(g.pendingUnions, pendingUnion{a, b, false})
	g.processUnions()
}

// uniteClusters unites two clusters, and everything that follows.
func (g *graph) uniteClusters(a, b int32) {
	g.pendingUnions = append(g.pendingUnions, pendingUnion{a, b, true})
	g.processUnions()
}

// processUnions performs the pending unions and those that follow from them.
func (g *graph) processUnions() {
	for len(g.pendingUnions) > 0 {
		t := g.pendingUnions[len(g.pendingUnions)-1]
		g.pendingUnions = g.pendingUnions[:len(g.pendingUnions)-1]
		if t.areClusters {
			g.mergeClusters(t.a, t.b)
		} else {
			g.mergePositions(t.a, t.b)
		}
	}
}

// mergePositions makes one set of two positions, and requests the unions that follow.
func (g *graph) mergePositions(a, b int32) {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	p, q := &g.positions[a], &g.positions[b]
	q.parent = a
	p.facts = append(p.facts, q.facts...)
	p.mirrored = append(p.mirrored, q.mirrored...)
	p.types |= q.types
	p.isMixed = p.isMixed || q.isMixed
	if p.isMixed {
		p.clusters, q.clusters = nil, nil
	}
	switch {
	case p.items < 0:
		p.items = q.items
	case q.items >= 0:
		g.pendingUnions = append(g.pendingUnions, pendingUnion{p.items, q.items, false})
	}
	p.clusters = append(p.clusters, q.clusters...)
	q.facts, q.mirrored, q.clusters = nil, nil, nil
	g.uniteSameTags(a)
}

// uniteSameTags requests the union of the clusters at a position that have no tags or share one.
func (g *graph) uniteSameTags(a int32) {
	rs := g.clustersAt(a)
	for i, x := range rs {
		for _, y := range rs[:i] {
			if haveCommonTag(g.clusters[x].tags, g.clusters[y].tags) {
				g.pendingUnions = append(g.pendingUnions, pendingUnion{y, x, true})
				break
			}
		}
	}
}

// clustersAt returns the clusters at a position, ascending and without duplicates.
func (g *graph) clustersAt(a int32) []int32 {
	p := &g.positions[a]
	for i, c := range p.clusters {
		p.clusters[i] = g.findCluster(c)
	}
	slices.Sort(p.clusters)
	p.clusters = slices.Compact(p.clusters)
	return p.clusters
}

// haveCommonTag reports whether both sets are empty or share a tag.
func haveCommonTag(a, b []string) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// mergeClusters makes one set of two clusters, and requests the unions that follow.
func (g *graph) mergeClusters(a, b int32) {
	a, b = g.findCluster(a), g.findCluster(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	c, d := &g.clusters[a], &g.clusters[b]
	d.parent = a
	c.facts = append(c.facts, d.facts...)
	c.positions = append(c.positions, d.positions...)
	c.isMap = c.isMap || d.isMap
	c.mapReason = cmp.Or(c.mapReason, d.mapReason)
	c.tags = append(c.tags, d.tags...)
	slices.Sort(c.tags)
	c.tags = slices.Compact(c.tags)
	switch {
	case c.pool < 0:
		c.pool = d.pool
	case d.pool >= 0:
		g.pendingUnions = append(g.pendingUnions, pendingUnion{c.pool, d.pool, false})
	}
	var out []member
	i, j := 0, 0
	for i < len(c.members) && j < len(d.members) {
		switch x, y := c.members[i], d.members[j]; {
		case x.name < y.name:
			out = append(out, x)
			i++
		case x.name > y.name:
			out = append(out, y)
			j++
		default:
			out = append(out, x)
			g.pendingUnions = append(g.pendingUnions, pendingUnion{x.position, y.position, false})
			i, j = i+1, j+1
		}
	}
	out = append(append(out, c.members[i:]...), d.members[j:]...)
	c.members = out
	d.facts, d.members, d.positions = nil, nil, nil
}
