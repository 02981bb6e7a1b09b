package schema

import "slices"

// maxMirrorDepth bounds the depth of the comparison of requests with responses.
const maxMirrorDepth = 12

// mirrorRequests unites records inside requests with records inside responses if the response
// returns what the request sent. The steps of a test or the matchers of a silence are one thing in
// both directions. The bodies themselves stay separate, because responses add to them (ids, times).
// A record also stays separate if requests omit a property that responses always have.
func (g *graph) mirrorRequests() {
	responses := map[string][]int32{} // family → clusters in its responses
	for i, root := range g.bodyRoots {
		if p := &g.bodies[i]; root >= 0 && p.Role == Response && p.Family != "" {
			responses[p.Family] = append(responses[p.Family], g.responseRecords(root)...)
		}
	}
	for i, root := range g.bodyRoots {
		p := &g.bodies[i]
		if root < 0 || p.Role != Request || p.Form {
			continue
		}
		sent := g.clustersAt(g.findPosition(root))
		if it := g.positions[g.findPosition(root)].items; it >= 0 && len(sent) == 0 {
			sent = g.clustersAt(g.findPosition(it))
		}
		for _, r := range slices.Clone(sent) {
			if s := g.findMirror(r, responses[p.Family]); s >= 0 {
				for a, b := range commonMembers(slices.Clone(g.clusters[g.findCluster(r)].members),
					slices.Clone(g.clusters[g.findCluster(s)].members)) {
					g.mirrorPositions(a.position, b.position, 0)
				}
			}
		}
	}
}

// responseRecords returns the clusters of a response: at its top, in a list at the top, or one
// level down in an envelope or wrapper.
func (g *graph) responseRecords(root int32) []int32 {
	top := g.findPosition(root)
	out := slices.Clone(g.clustersAt(top))
	if it := g.positions[top].items; it >= 0 {
		out = append(out, g.clustersAt(g.findPosition(it))...)
	}
	for _, c := range slices.Clone(out) {
		if !g.isEnvelope(c) && !g.isWrapper(c) {
			continue
		}
		for _, m := range g.clusters[c].members {
			p := g.findPosition(m.position)
			out = append(out, g.clustersAt(p)...)
			if it := g.positions[p].items; it >= 0 {
				out = append(out, g.clustersAt(g.findPosition(it))...)
			}
		}
	}
	return out
}

// findMirror returns the response cluster that has the most members of request cluster r, and at
// least two thirds of them, or -1 if there is none.
func (g *graph) findMirror(r int32, responses []int32) int32 {
	best, bestCount := int32(-1), 0
	for _, s := range responses {
		s = g.findCluster(s)
		if n := g.sharedCount(r, s); n > bestCount && g.isMirror(r, s) {
			best, bestCount = s, n
		}
	}
	return best
}

// mirrorPositions unites the clusters at two positions, or the records below.
func (g *graph) mirrorPositions(a, b int32, depth int) {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b || depth > maxMirrorDepth {
		return
	}
	if x, y := g.positions[a].items, g.positions[b].items; x >= 0 && y >= 0 {
		g.mirrorPositions(x, y, depth+1)
	}
	rs, ss := g.clustersAt(a), g.clustersAt(b)
	if len(rs) != 1 || len(ss) != 1 {
		return
	}
	r, s := rs[0], ss[0]
	switch {
	case r == s:
	case g.isMirroredBy(r, s, 0):
		g.absorbRequest(r, s)
	default:
		for x, y := range commonMembers(slices.Clone(g.clusters[r].members), slices.Clone(g.clusters[s].members)) {
			g.mirrorPositions(x.position, y.position, depth+1)
		}
	}
}

// isMirror reports whether response cluster s has two thirds of the members of request cluster r,
// and no member whose type conflicts.
func (g *graph) isMirror(r, s int32) bool {
	c, d := &g.clusters[r], &g.clusters[s]
	return c.domain != domainResponse && d.domain == domainResponse && !c.isMap && !d.isMap && len(d.members) > 0 &&
		3*g.sharedCount(r, s) >= 2*len(c.members) && !g.haveTypeConflict(c.members, d.members)
}

// isMirroredBy reports whether request cluster r is the same record as response cluster s: s has
// all its members, r never omits a member that s always has, and the same holds below.
func (g *graph) isMirroredBy(r, s int32, depth int) bool {
	c, d := &g.clusters[r], &g.clusters[s]
	switch {
	case r == s || depth > maxMirrorDepth:
		return true
	case c.domain == domainResponse || d.domain != domainResponse || c.isMap != d.isMap ||
		c.pool >= 0 != (d.pool >= 0):
		return false
	case g.sharedCount(r, s) < len(c.members) || len(c.tags) > 0 && len(d.tags) > 0 && !haveCommonTag(c.tags, d.tags):
		return false
	}
	requestExchanges, requestCounts := g.exchangeCounts(r)
	responseExchanges, responseCounts := g.exchangeCounts(s)
	for j, m := range d.members {
		i, found := memberIndex(c.members, m.name)
		if responseCounts[j] == responseExchanges && (!found || requestCounts[i] < requestExchanges) {
			return false
		}
		if found && !g.isPositionMirroredBy(c.members[i].position, m.position, depth) {
			return false
		}
	}
	return c.pool < 0 || g.isPositionMirroredBy(c.pool, d.pool, depth)
}

// isPositionMirroredBy reports whether what requests send at position a may be what responses hold
// at position b.
func (g *graph) isPositionMirroredBy(a, b int32, depth int) bool {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return true
	}
	p, q := &g.positions[a], &g.positions[b]
	if p.types&^q.types != 0 {
		return false
	}
	rs, ss := g.clustersAt(a), g.clustersAt(b)
	if len(rs) > 1 || len(ss) > 1 || len(rs) == 1 && len(ss) == 0 ||
		len(rs) == 1 && !g.isMirroredBy(rs[0], ss[0], depth+1) {
		return false
	}
	return p.items < 0 || q.items < 0 || g.isPositionMirroredBy(p.items, q.items, depth+1)
}

// absorbRequest unites request cluster r with response cluster s. Its objects are no additional
// evidence, because the response counts what comes back.
func (g *graph) absorbRequest(r, s int32) {
	r, s = g.findCluster(r), g.findCluster(s)
	if r == s {
		return
	}
	c, d := &g.clusters[r], &g.clusters[s]
	members, pool := c.members, c.pool
	c.parent = s
	d.positions = append(d.positions, c.positions...)
	c.facts, c.members, c.positions = nil, nil, nil
	for a, b := range commonMembers(members, slices.Clone(d.members)) {
		g.absorbRequestPosition(a.position, b.position)
	}
	if pool >= 0 {
		g.absorbRequestPosition(pool, g.clusters[s].pool)
	}
}

// absorbRequestPosition unites request position a with response position b.
func (g *graph) absorbRequestPosition(a, b int32) {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return
	}
	p, q := &g.positions[a], &g.positions[b]
	p.parent = b
	q.mirrored = append(append(q.mirrored, p.facts...), p.mirrored...)
	items, clusters := p.items, g.clustersAt(a)
	p.facts, p.mirrored, p.clusters = nil, nil, nil
	if items >= 0 && q.items >= 0 {
		g.absorbRequestPosition(items, q.items)
	} else if items >= 0 {
		q.items = items
	}
	for _, r := range clusters {
		g.absorbRequest(r, g.clustersAt(g.findPosition(b))[0])
	}
}
