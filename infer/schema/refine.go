package schema

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

const (
	commonForms = 20  // forms from which a field may be common to all
	commonShare = .15 // share of forms that have such a field
)

// lend gives requests the properties of others that make or change the same thing, as optional ones:
// clients seldom send all that a server takes.
func (g *graph) lend() {
	type home struct {
		family string
		form   bool
	}
	groups := map[home][]int32{}
	var order []home
	forms := map[int32]bool{}
	for i, root := range g.roots {
		p := &g.positions[i]
		if root < 0 || p.Role != Request || p.Family == "" || p.Method == "DELETE" { // which says what goes, not what it is like
			continue
		}
		for _, c := range g.inside(g.at(root)) {
			if g.clusters[c].isMap || g.clusters[c].domain == inForm != p.Form {
				continue
			}
			h := home{p.Family, p.Form}
			if groups[h] == nil {
				order = append(order, h)
			}
			if !slices.Contains(groups[h], c) {
				groups[h] = append(groups[h], c)
			}
			if p.Form {
				forms[c] = true
			}
		}
	}
	for _, h := range order {
		g.lendAmong(groups[h])
	}
	g.lendCommon(forms)
}

// lendAmong gives each of some clusters the properties of the others, unless they are unlike.
func (g *graph) lendAmong(cs []int32) {
	before := make([][]member, len(cs))
	for i, c := range cs {
		before[i] = slices.Clone(g.clusters[c].props)
	}
	for i, c := range cs {
		for j, d := range cs {
			if i != j && !g.clash(c, d, true) || i != j && g.clusters[c].domain != g.clusters[d].domain && !g.clashKinds(before[i], before[j]) {
				g.addMembers(c, before[j])
			}
		}
	}
}

// addMembers adds properties that a cluster lacks; their places are shared.
func (g *graph) addMembers(c int32, ms []member) {
	cl := &g.clusters[c]
	for _, m := range ms {
		i, found := slices.BinarySearchFunc(cl.props, m.key, func(x member, k int32) int { return cmp.Compare(x.key, k) })
		if !found {
			cl.props = slices.Insert(cl.props, i, m)
		}
	}
}

// lendCommon gives all forms the fields that many unlike forms have: they belong to the API, not to one
// operation.
func (g *graph) lendCommon(forms map[int32]bool) {
	if len(forms) < commonForms {
		return
	}
	cs := make([]int32, 0, len(forms))
	for c := range forms {
		cs = append(cs, c)
	}
	slices.Sort(cs)
	count := map[int32][]int32{}
	var keys []int32
	for _, c := range cs {
		for _, m := range g.clusters[c].props {
			if count[m.key] == nil {
				keys = append(keys, m.key)
			}
			count[m.key] = append(count[m.key], m.place)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if ps := count[k]; float64(len(ps)) >= commonShare*float64(len(cs)) && g.agree(ps) {
			for _, c := range cs {
				g.addMembers(c, []member{{k, ps[0]}})
			}
		}
	}
}

// agree says that no two of some places are of different kinds.
func (g *graph) agree(ps []int32) bool {
	var kinds uint8
	for _, p := range ps {
		kinds |= g.places[g.at(p)].kinds
	}
	return kinds&(kinds-1) == 0
}

// gapKey is what places must share to tell of one another.
type gapKey struct {
	field  int32
	noun   string // at the top of answers, instead of the field
	depth  int32
	domain domain
	lists  bool // of the places that are lists, else of all
}

func (g *graph) gapKey(p int32) (gapKey, bool) {
	w := &g.places[p].where
	if w.values || g.inMap(w) {
		return gapKey{}, false
	}
	k := gapKey{field: w.field, depth: w.depth, domain: domainOf(&g.positions[w.pos])}
	if w.field < 0 {
		ns := g.positions[w.pos].Nouns
		if len(ns) == 0 || k.domain != inResponse {
			return gapKey{}, false
		}
		k.noun = ns[0]
	}
	return k, true
}

// fillGaps takes over from properties of the same name what places do not show: the items of lists that
// were always empty, the kind of what was always null. All that have the name must agree.
func (g *graph) fillGaps() {
	known := map[gapKey]int32{} // place that stands for all; -1 when they differ
	var gaps []int32
	for i := range g.places {
		p := int32(i)
		if g.places[p].lead != p {
			continue
		}
		k, ok := g.gapKey(p)
		if !ok {
			continue
		}
		if g.gap(p) {
			gaps = append(gaps, p)
			continue
		}
		for _, lists := range []bool{false, true} {
			k.lists = lists
			if lists && g.places[p].kinds != classArray {
				continue
			}
			if first, met := known[k]; !met {
				known[k] = p
			} else if first >= 0 && !g.same(first, p, 0) {
				known[k] = -1
			}
		}
	}
	for _, p := range gaps {
		k, _ := g.gapKey(p)
		k.lists = g.empties(p)
		q, ok := known[k]
		switch {
		case !ok || q < 0:
		case k.lists:
			g.places[p].items = g.places[q].items
		case k.field >= 0:
			g.places[p].as = q
		}
	}
	g.guessKinds(gaps)
}

const (
	likeNames  = 3 // names with one last word that make it tell the kind
	likePlaces = 8 // places of these
	likeShare  = .9
)

// guessKinds gives places that only ever held null the scalar kind that all other properties with the same
// last word in their names have: what ends in _count counts, what ends in At is a time.
func (g *graph) guessKinds(gaps []int32) {
	type word struct {
		last string
		sent bool
	}
	type likes struct {
		kinds  map[uint8]int // places by what they hold
		names  map[int32]bool
		places int
	}
	wordOf := func(p int32) (word, bool) {
		w := &g.places[p].where
		if w.field < 0 || w.depth > 0 || w.values || g.inMap(w) {
			return word{}, false
		}
		ws := noun.Words(g.names[w.field])
		if len(ws) < 2 {
			return word{}, false
		}
		d := domainOf(&g.positions[w.pos])
		return word{ws[len(ws)-1], d != inResponse && d != inError}, true
	}
	seen := map[word]*likes{}
	for i := range g.places {
		p := int32(i)
		if g.places[p].lead != p || g.places[p].kinds == 0 {
			continue
		}
		if k, ok := wordOf(p); ok {
			l := seen[k]
			if l == nil {
				l = &likes{kinds: map[uint8]int{}, names: map[int32]bool{}}
				seen[k] = l
			}
			l.kinds[g.places[p].kinds]++
			l.names[g.places[p].where.field] = true
			l.places++
		}
	}
	for _, p := range gaps {
		k, ok := wordOf(p)
		l := seen[k]
		if !ok || l == nil || g.places[p].as >= 0 || g.empties(p) || len(l.names) < likeNames || l.places < likePlaces {
			continue
		}
		most := func(class uint8) bool { return float64(l.kinds[class]) >= likeShare*float64(l.places) }
		switch {
		case most(classBool):
			g.places[p].guess = Boolean
		case most(classNumber):
			g.places[p].guess = Number
			if counts(k.last) {
				g.places[p].guess = Integer
			}
		case most(classString):
			g.places[p].guess = String
		}
	}
}

// gap says that a place was only ever null, or an empty list.
func (g *graph) gap(p int32) bool {
	pl := &g.places[p]
	return pl.kinds == 0 && len(pl.recs) == 0 && pl.items < 0 && !slices.ContainsFunc(pl.nodes, func(n *node) bool { return n.typed })
}

func (g *graph) empties(p int32) bool {
	for _, n := range g.places[p].nodes {
		if n.kinds[isArray] > 0 {
			return true
		}
	}
	return false
}

// same says that two places have the same kinds and records.
func (g *graph) same(a, b int32, depth int) bool {
	a, b = g.at(a), g.at(b)
	if a == b {
		return true
	}
	p, q := &g.places[a], &g.places[b]
	if p.kinds != q.kinds || depth > 4 || (p.items < 0) != (q.items < 0) || !slices.Equal(g.inside(a), g.inside(b)) {
		return false
	}
	return p.items < 0 || g.same(p.items, q.items, depth+1)
}
