package schema

import "slices"

// echoDepth bounds how deep what is sent is compared with what is answered.
const echoDepth = 12

// echo unites the parts of what is sent with those of what is answered, where an answer gives back what a request
// brought: the steps of a test, the matchers of a silence are one thing, whichever way they go. The bodies themselves
// stay apart, as answers add to them (ids, times); and so does a part of which requests leave out what answers never
// do.
func (g *graph) echo() {
	answers := map[string][]int32{} // family → records that its answers hold
	for i, root := range g.roots {
		if p := &g.positions[i]; root >= 0 && p.Role == Response && p.Family != "" {
			answers[p.Family] = append(answers[p.Family], g.told(root)...)
		}
	}
	for i, root := range g.roots {
		p := &g.positions[i]
		if root < 0 || p.Role != Request || p.Form {
			continue
		}
		sent := g.inside(g.at(root))
		if it := g.places[g.at(root)].items; it >= 0 && len(sent) == 0 {
			sent = g.inside(g.at(it))
		}
		for _, r := range slices.Clone(sent) {
			if s := g.mirror(r, answers[p.Family]); s >= 0 {
				for a, b := range common(slices.Clone(g.clusters[g.of(r)].props), slices.Clone(g.clusters[g.of(s)].props)) {
					g.echoPlaces(a.place, b.place, 0)
				}
			}
		}
	}
}

// told lists the records of an answer: at its top, in a list there, or one level down in an envelope or a page.
func (g *graph) told(root int32) []int32 {
	top := g.at(root)
	out := slices.Clone(g.inside(top))
	if it := g.places[top].items; it >= 0 {
		out = append(out, g.inside(g.at(it))...)
	}
	for _, c := range slices.Clone(out) {
		if !g.isEnvelope(c) && !g.isWrapper(c) {
			continue
		}
		for _, m := range g.clusters[c].props {
			p := g.at(m.place)
			out = append(out, g.inside(p)...)
			if it := g.places[p].items; it >= 0 {
				out = append(out, g.inside(g.at(it))...)
			}
		}
	}
	return out
}

// mirror finds, among the records of answers, the one that has most of what is sent; -1 when none has two thirds.
func (g *graph) mirror(r int32, answers []int32) int32 {
	best, most := int32(-1), 0
	for _, s := range answers {
		s = g.of(s)
		if n := g.shared(r, s); n > most && g.mirrors(r, s) {
			best, most = s, n
		}
	}
	return best
}

// echoPlaces unites the records of two places, or what they hold.
func (g *graph) echoPlaces(a, b int32, depth int) {
	a, b = g.at(a), g.at(b)
	if a == b || depth > echoDepth {
		return
	}
	if x, y := g.places[a].items, g.places[b].items; x >= 0 && y >= 0 {
		g.echoPlaces(x, y, depth+1)
	}
	rs, ss := g.inside(a), g.inside(b)
	if len(rs) != 1 || len(ss) != 1 {
		return
	}
	r, s := rs[0], ss[0]
	switch {
	case r == s:
	case g.echoes(r, s, 0):
		g.absorb(r, s)
	default:
		for x, y := range common(slices.Clone(g.clusters[r].props), slices.Clone(g.clusters[s].props)) {
			g.echoPlaces(x.place, y.place, depth+1)
		}
	}
}

// mirrors says that a record that is sent has two thirds of its properties from one that is answered, and no others of
// these under the same names.
func (g *graph) mirrors(r, s int32) bool {
	c, d := &g.clusters[r], &g.clusters[s]
	return c.domain != inResponse && d.domain == inResponse && !c.isMap && !d.isMap && len(d.props) > 0 &&
		3*g.shared(r, s) >= 2*len(c.props) && !g.clashKinds(c.props, d.props)
}

// echoes says that a record that is sent is one that is answered: all that it has is there, nothing that is always
// there lacks, and so on down.
func (g *graph) echoes(r, s int32, depth int) bool {
	r, s = g.of(r), g.of(s)
	c, d := &g.clusters[r], &g.clusters[s]
	switch {
	case r == s || depth > echoDepth:
		return true
	case c.domain == inResponse || d.domain != inResponse || c.isMap != d.isMap || c.pool >= 0 != (d.pool >= 0):
		return false
	case g.shared(r, s) < len(c.props) || len(c.tags) > 0 && len(d.tags) > 0 && !sameTags(c.tags, d.tags):
		return false
	}
	sentIn, sent := g.tally(r)
	toldIn, told := g.tally(s)
	for j, m := range d.props {
		i, found := slices.BinarySearchFunc(c.props, m.key, func(x member, k int32) int { return int(x.key - k) })
		if told[j] == toldIn && (!found || sent[i] < sentIn) {
			return false
		}
		if found && !g.echoesAt(c.props[i].place, m.place, depth) {
			return false
		}
	}
	return c.pool < 0 || g.echoesAt(c.pool, d.pool, depth)
}

// echoesAt says that what is sent at a place may be what is answered at another.
func (g *graph) echoesAt(a, b int32, depth int) bool {
	a, b = g.at(a), g.at(b)
	if a == b {
		return true
	}
	p, q := &g.places[a], &g.places[b]
	if p.kinds&^q.kinds != 0 {
		return false
	}
	rs, ss := g.inside(a), g.inside(b)
	if len(rs) > 1 || len(ss) > 1 || len(rs) == 1 && len(ss) == 0 || len(rs) == 1 && !g.echoes(rs[0], ss[0], depth+1) {
		return false
	}
	return p.items < 0 || q.items < 0 || g.echoesAt(p.items, q.items, depth+1)
}

// absorb makes a record that is sent one with one that is answered. Its objects are no further witnesses: what comes
// back was counted there.
func (g *graph) absorb(r, s int32) {
	r, s = g.of(r), g.of(s)
	if r == s {
		return
	}
	c, d := &g.clusters[r], &g.clusters[s]
	props, pool := c.props, c.pool
	c.lead = s
	d.homes = append(d.homes, c.homes...)
	c.recs, c.props, c.homes = nil, nil, nil
	for a, b := range common(props, slices.Clone(d.props)) {
		g.absorbPlace(a.place, b.place)
	}
	if pool >= 0 {
		g.absorbPlace(pool, g.clusters[s].pool)
	}
}

func (g *graph) absorbPlace(a, b int32) {
	a, b = g.at(a), g.at(b)
	if a == b {
		return
	}
	p, q := &g.places[a], &g.places[b]
	p.lead = b
	q.sent = append(append(q.sent, p.nodes...), p.sent...)
	items, recs := p.items, g.inside(a)
	p.nodes, p.sent, p.recs = nil, nil, nil
	if items >= 0 && q.items >= 0 {
		g.absorbPlace(items, q.items)
	} else if items >= 0 {
		q.items = items
	}
	for _, r := range recs {
		g.absorb(r, g.inside(g.at(b))[0])
	}
}
