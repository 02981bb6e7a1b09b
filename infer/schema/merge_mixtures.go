package schema

import "slices"

// markMixtures marks the positions that would hold the records of several collections if the
// records at ps became one, and those below.
func (g *graph) markMixtures(ps []int32, depth int) {
	if depth > maxMirrorDepth {
		return
	}
	var records, items []int32
	for _, p := range ps {
		records = append(records, g.clustersAt(p)...)
		if it := g.positions[p].items; it >= 0 {
			items = append(items, g.findPosition(it))
		}
	}
	slices.Sort(records)
	records = slices.Compact(records)
	if len(ps) > 1 && g.areMixed(records, ps) {
		for _, p := range ps {
			g.positions[p].isMixed, g.positions[p].clusters = true, nil
		}
		return
	}
	if len(items) > 1 {
		g.markMixtures(items, depth+1)
	}
	below := map[int32][]int32{} // by name
	var names []int32
	for _, c := range records {
		for _, m := range g.clusters[c].members {
			if below[m.name] == nil {
				names = append(names, m.name)
			}
			if p := g.findPosition(m.position); !slices.Contains(below[m.name], p) {
				below[m.name] = append(below[m.name], p)
			}
		}
	}
	for _, name := range names {
		if len(below[name]) > 1 {
			g.markMixtures(below[name], depth+1)
		}
	}
}

// areMixed reports whether two of the records at positions are unlike, and operations elsewhere are
// about each of them.
func (g *graph) areMixed(records, ps []int32) bool {
	var own []int32
	for _, c := range records {
		if !g.isSubject(c, ps) {
			continue
		}
		if slices.ContainsFunc(own, func(o int32) bool { return g.areDissimilar(c, o) }) {
			return true
		}
		own = append(own, c)
	}
	return false
}

// isSubject reports whether an operation is about a record: the record is a body, an item of a body
// that is a list, or in an envelope or wrapper. Positions ps do not count.
func (g *graph) isSubject(c int32, ps []int32) bool {
	return slices.ContainsFunc(g.clusters[c].positions, func(h int32) bool {
		if slices.Contains(ps, g.findPosition(h)) {
			return false
		}
		w := &g.positions[h].origin
		if w.name < 0 {
			return true
		}
		owner := g.findCluster(w.owner)
		return g.isWholeRecord(owner) && (g.isEnvelope(owner) || g.isWrapper(owner))
	})
}
