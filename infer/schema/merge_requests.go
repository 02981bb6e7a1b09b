package schema

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

const (
	minCommonForms = 20  // number of forms from which a field may be common to all
	minCommonShare = .15 // share of forms that must have such a field
)

// shareRequestProperties adds to each request the properties of other requests that create or
// change the same thing, as optional properties. Clients seldom send everything that a server
// accepts.
func (g *graph) shareRequestProperties() {
	type endpoint struct {
		family string
		form   bool
	}
	groups := map[endpoint][]int32{}
	var order []endpoint
	forms := map[int32]bool{}
	for i, root := range g.bodyRoots {
		p := &g.bodies[i]
		// a DELETE body selects a thing and does not describe it
		if root < 0 || p.Role != Request || p.Family == "" || p.Method == "DELETE" {
			continue
		}
		for _, c := range g.clustersAt(g.findPosition(root)) {
			if g.clusters[c].isMap || g.clusters[c].domain == domainForm != p.Form {
				continue
			}
			h := endpoint{p.Family, p.Form}
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
		g.shareAmong(groups[h])
	}
	g.shareCommonFields(forms)
}

// shareAmong adds to each cluster the members of the others, unless they conflict.
func (g *graph) shareAmong(cs []int32) {
	before := make([][]member, len(cs))
	for i, c := range cs {
		before[i] = slices.Clone(g.clusters[c].members)
	}
	for i, c := range cs {
		for j, d := range cs {
			if i != j && !g.hasConflict(c, d, true) ||
				i != j && g.clusters[c].domain != g.clusters[d].domain && !g.haveTypeConflict(before[i], before[j]) {
				g.addMembers(c, before[j])
			}
		}
	}
}

// addMembers adds the members that a cluster lacks. It shares their positions.
func (g *graph) addMembers(c int32, ms []member) {
	cl := &g.clusters[c]
	for _, m := range ms {
		i, found := slices.BinarySearchFunc(cl.members, m.name,
			func(x member, k int32) int { return cmp.Compare(x.name, k) })
		if !found {
			cl.members = slices.Insert(cl.members, i, m)
		}
	}
}

// shareCommonFields adds to all forms the fields that many different forms have: such fields belong
// to the API, not to one operation.
func (g *graph) shareCommonFields(forms map[int32]bool) {
	if len(forms) < minCommonForms {
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
		for _, m := range g.clusters[c].members {
			if count[m.name] == nil {
				keys = append(keys, m.name)
			}
			count[m.name] = append(count[m.name], m.position)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if ps := count[k]; float64(len(ps)) >= minCommonShare*float64(len(cs)) && g.haveOneType(ps) {
			for _, c := range cs {
				g.addMembers(c, []member{{k, ps[0]}})
			}
		}
	}
}

// haveOneType reports whether the positions have at most one type.
func (g *graph) haveOneType(ps []int32) bool {
	var kinds uint8
	for _, p := range ps {
		kinds |= g.positions[g.findPosition(p)].types
	}
	return kinds&(kinds-1) == 0
}

// unknownKey is what two positions must have in common for one to show the schema of the other.
type unknownKey struct {
	field  int32
	noun   string // at the top of responses, instead of name
	depth  int32
	domain domain
	lists  bool // among positions that are lists only, else among all
}

func (g *graph) unknownKeyOf(p int32) (unknownKey, bool) {
	w := &g.positions[p].origin
	if w.isMapValue || g.isMapValue(w) {
		return unknownKey{}, false
	}
	k := unknownKey{field: w.name, depth: w.arrayDepth, domain: domainOf(&g.bodies[w.body])}
	if w.name < 0 {
		ns := g.bodies[w.body].Nouns
		if len(ns) == 0 || k.domain != domainResponse {
			return unknownKey{}, false
		}
		k.noun = ns[0]
	}
	return k, true
}

// fillUnknown takes what a position does not show from positions of the same name: the items of
// lists that were always empty, the kind of values that were always null. All positions of the name
// must agree.
func (g *graph) fillUnknown() {
	representatives := map[unknownKey]int32{} // the representative position; -1 if positions differ
	var unknown []int32
	for i := range g.positions {
		p := int32(i)
		if g.positions[p].parent != p {
			continue
		}
		k, ok := g.unknownKeyOf(p)
		if !ok {
			continue
		}
		if g.isUnknown(p) {
			unknown = append(unknown, p)
			continue
		}
		for _, lists := range []bool{false, true} {
			k.lists = lists
			if lists && g.positions[p].types != typeArray {
				continue
			}
			if first, seen := representatives[k]; !seen {
				representatives[k] = p
			} else if first >= 0 && !g.haveSameSchema(first, p, 0) {
				representatives[k] = -1
			}
		}
	}
	for _, p := range unknown {
		k, _ := g.unknownKeyOf(p)
		k.lists = g.hasEmptyArrays(p)
		q, ok := representatives[k]
		switch {
		case !ok || q < 0:
		case k.lists:
			g.positions[p].items = g.positions[q].items
		case k.field >= 0:
			g.positions[p].sameAs = q
		}
	}
	g.assumeKinds(unknown)
}

const (
	minWordNames     = 3 // names that end in a word, for the word to show the kind
	minWordPositions = 8 // positions with such names
	minWordShare     = .9
)

// assumeKinds sets the scalar kind of positions that only ever held null, if nearly all properties
// with the same last word in their names have that kind: a name in _count is a number, a name in At
// a time.
func (g *graph) assumeKinds(unknown []int32) {
	type word struct {
		last string
		sent bool
	}
	type wordStats struct {
		kinds  map[uint8]int // positions by type
		names  map[int32]bool
		places int
	}
	wordOf := func(p int32) (word, bool) {
		w := &g.positions[p].origin
		if w.name < 0 || w.arrayDepth > 0 || w.isMapValue || g.isMapValue(w) {
			return word{}, false
		}
		ws := noun.Words(g.names[w.name])
		if len(ws) < 2 {
			return word{}, false
		}
		d := domainOf(&g.bodies[w.body])
		return word{ws[len(ws)-1], d != domainResponse && d != domainError}, true
	}
	seen := map[word]*wordStats{}
	for i := range g.positions {
		p := int32(i)
		if g.positions[p].parent != p || g.positions[p].types == 0 {
			continue
		}
		if k, ok := wordOf(p); ok {
			l := seen[k]
			if l == nil {
				l = &wordStats{kinds: map[uint8]int{}, names: map[int32]bool{}}
				seen[k] = l
			}
			l.kinds[g.positions[p].types]++
			l.names[g.positions[p].origin.name] = true
			l.places++
		}
	}
	for _, p := range unknown {
		k, ok := wordOf(p)
		l := seen[k]
		if !ok || l == nil || g.positions[p].sameAs >= 0 || g.hasEmptyArrays(p) ||
			len(l.names) < minWordNames || l.places < minWordPositions {
			continue
		}
		most := func(class uint8) bool { return float64(l.kinds[class]) >= minWordShare*float64(l.places) }
		switch {
		case most(typeBoolean):
			g.positions[p].assumedKind = Boolean
		case most(typeNumber):
			g.positions[p].assumedKind = Number
			if isCountName(k.last) {
				g.positions[p].assumedKind = Integer
			}
		case most(typeString):
			g.positions[p].assumedKind = String
		}
	}
}

// isUnknown reports whether a position only ever held null or empty lists.
func (g *graph) isUnknown(p int32) bool {
	pl := &g.positions[p]
	return pl.types == 0 && len(pl.clusters) == 0 && pl.items < 0 &&
		!slices.ContainsFunc(pl.facts, func(n *valueFacts) bool { return n.isText })
}

func (g *graph) hasEmptyArrays(p int32) bool {
	for _, n := range g.positions[p].facts {
		if n.kinds[kindArray] > 0 {
			return true
		}
	}
	return false
}

// haveSameSchema reports whether two positions have the same types and clusters.
func (g *graph) haveSameSchema(a, b int32, depth int) bool {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return true
	}
	p, q := &g.positions[a], &g.positions[b]
	if p.types != q.types || depth > 4 || (p.items < 0) != (q.items < 0) ||
		!slices.Equal(g.clustersAt(a), g.clustersAt(b)) {
		return false
	}
	return p.items < 0 || g.haveSameSchema(p.items, q.items, depth+1)
}
