package schema

import "slices"

const (
	// minVariedRequests is how many requests show what a client chooses to send.
	minVariedRequests = 6
	// minKeySets is how many sets of members these requests must have.
	minKeySets = 4
	// minAlwaysSent is how many requests must all have a member for the schema to say so.
	minAlwaysSent = 5
)

// isRequestDomain reports whether the bodies of a domain are requests that can require members. A
// PATCH never does.
func isRequestDomain(d domain) bool { return d == domainRequest || d == domainForm }

// demandedRequests reports for each member of a cluster of requests whether there is proof that it
// is required: a refusal that demanded it, or requests that vary in most of their members and never
// in this one. A member that is always sent without proof may be the client's habit.
func (g *graph) demandedRequests(c int32, exchanges uint32, always []uint32) []bool {
	cl := &g.clusters[c]
	required := make([]bool, len(cl.members))
	proven := map[string]bool{}
	for _, r := range cl.facts {
		r.addConstant(proven)
	}
	for i, m := range cl.members {
		required[i] = always[i] == exchanges &&
			(g.demanded[c][m.name] || proven[g.names[m.name]] && g.hasChosenValues(m.position, 0))
	}
	return required
}

// addConstant adds the properties that all requests of one operation have, if these show by
// omissions which properties they need: there are enough requests, they have many sets of
// properties, and at most half of the properties are in all of them. Members that come and go
// together are one choice, and n sets show n-1 choices at most.
func (r *objectFacts) addConstant(names map[string]bool) {
	if r.exchanges < minVariedRequests || r.keySets == nil || r.keySets.distinct() < minKeySets {
		return
	}
	var constant []string
	sent := 0
	for _, s := range r.properties {
		if s.facts.present > 0 {
			sent++
		}
		if s.facts.exchanges == r.exchanges {
			constant = append(constant, s.name.text)
		}
	}
	if chosen := min(float64(sent-len(constant)), r.keySets.distinct()-1); float64(len(constant)) > chosen {
		return
	}
	for _, name := range constant {
		names[name] = true
	}
}

// hasChosenValues reports whether the values at a position of requests differ, and none of them is
// a value that clients send for an unset member: null, false, "" or an empty list. A value that
// never changes is a setting of the client. depth counts the positions above.
func (g *graph) hasChosenValues(p int32, depth int) bool {
	p = g.findPosition(p)
	if depth > maxMirrorDepth {
		return false
	}
	f := g.pooledFacts(p)
	switch {
	case f.kinds[kindNull] > 0 || f.kinds[kindBoolean] > 0 || f.strings != nil && f.strings.empty > 0 || g.hasEmptyList(p):
		return false
	case f.strings != nil && f.strings.values.distinct() >= 2, f.kinds[kindNumber] > 0,
		f.numbers.hasBig, f.numbers.hasRange && f.numbers.min < f.numbers.max:
		return true
	}
	if items := g.positions[p].items; items >= 0 && g.hasChosenValues(items, depth+1) {
		return true
	}
	clusters := g.clustersAt(p)
	for _, c := range clusters {
		for _, m := range g.clusters[c].members {
			if g.hasChosenValues(m.position, depth+1) {
				return true
			}
		}
		if pool := g.clusters[c].pool; pool >= 0 {
			return true
		}
	}
	return len(clusters) > 1
}

// hasEmptyList reports whether a list at a position was empty.
func (g *graph) hasEmptyList(p int32) bool {
	return slices.ContainsFunc(g.positions[p].facts, func(n *valueFacts) bool { return n.array != nil && n.array.empty > 0 })
}

// findDemanded finds the members that refusals of requests demanded. A refusal gives a name and not
// its place, so the shallowest record that has the name counts if it is the only one.
func (g *graph) findDemanded() {
	g.demanded = map[int32]map[int32]bool{}
	for i, root := range g.bodyRoots {
		if root < 0 || g.bodies[i].Demanded == nil || !isRequestDomain(domainOf(&g.bodies[i])) {
			continue
		}
		visited, found := map[int32]bool{}, map[int32]bool{}
		for level := g.recordsBelow([]int32{root}, visited); len(level) > 0; {
			holders := map[int32][]int32{}
			var next []int32
			for _, c := range level {
				for _, m := range g.clusters[c].members {
					holders[m.name] = append(holders[m.name], c)
					next = append(next, m.position)
				}
			}
			for name, cs := range holders {
				if found[name] || !g.bodies[i].Demanded.Has(g.names[name]) {
					continue
				}
				found[name] = true
				if len(cs) > 1 {
					continue
				}
				if g.demanded[cs[0]] == nil {
					g.demanded[cs[0]] = map[int32]bool{}
				}
				g.demanded[cs[0]][name] = true
			}
			level = g.recordsBelow(next, visited)
		}
	}
}

// recordsBelow returns the clusters at positions, or in lists there, that were not visited.
func (g *graph) recordsBelow(positions []int32, visited map[int32]bool) (out []int32) {
	for _, p := range positions {
		p = g.findPosition(p)
		for g.positions[p].items >= 0 && len(g.clustersAt(p)) == 0 {
			p = g.findPosition(g.positions[p].items)
		}
		for _, c := range g.clustersAt(p) {
			if !visited[c] && !g.clusters[c].isMap {
				visited[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}
