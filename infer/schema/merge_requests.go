package schema

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

const (
	minCommonForms = 20  // forms from which a field may be common to all
	minCommonShare = .15 // share of forms that have such a field
)

// lend gives requests the properties of others that make or change the same thing, as optional ones:
// clients seldom send all that a server takes.
func (g *graph) shareRequestProperties() {
	type home struct {
		family string
		form   bool
	}
	groups := map[home][]int32{}
	var order []home
	forms := map[int32]bool{}
	for i, root := range g.bodyRoots {
		p := &g.bodies[i]
		if root < 0 || p.Role != Request || p.Family == "" || p.Method == "DELETE" { // which says what goes, not what it is like
			continue
		}
		for _, c := range g.clustersAt(g.findPosition(root)) {
			if g.clusters[c].isMap || g.clusters[c].domain == domainForm != p.Form {
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
		g.shareAmong(groups[h])
	}
	g.shareCommonFields(forms)
}

// lendAmong gives each of some clusters the properties of the others, unless they are unlike.
func (g *graph) shareAmong(cs []int32) {
	before := make([][]member, len(cs))
	for i, c := range cs {
		before[i] = slices.Clone(g.clusters[c].members)
	}
	for i, c := range cs {
		for j, d := range cs {
			if i != j && !g.hasConflict(c, d, true) || i != j && g.clusters[c].domain != g.clusters[d].domain && !g.haveTypeConflict(before[i], before[j]) {
				g.addMembers(c, before[j])
			}
		}
	}
}

// addMembers adds properties that a cluster lacks; their places are shared.
func (g *graph) addMembers(c int32, ms []member) {
	cl := &g.clusters[c]
	for _, m := range ms {
		i, found := slices.BinarySearchFunc(cl.members, m.name, func(x member, k int32) int { return cmp.Compare(x.name, k) })
		if !found {
			cl.members = slices.Insert(cl.members, i, m)
		}
	}
}

// lendCommon gives all forms the fields that many unlike forms have: they belong to the API, not to one
// operation.
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

// agree says that no two of some places are of different kinds.
func (g *graph) haveOneType(ps []int32) bool {
	var kinds uint8
	for _, p := range ps {
		kinds |= g.positions[g.findPosition(p)].types
	}
	return kinds&(kinds-1) == 0
}

// gapKey is what places must share to tell of one another.
type unknownKey struct {
	field  int32
	noun   string // at the top of answers, instead of the field
	depth  int32
	domain domain
	lists  bool // of the places that are lists, else of all
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

// fillGaps takes over from properties of the same name what places do not show: the items of lists that
// were always empty, the kind of what was always null. All that have the name must agree.
func (g *graph) fillUnknown() {
	known := map[unknownKey]int32{} // place that stands for all; -1 when they differ
	var gaps []int32
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
			gaps = append(gaps, p)
			continue
		}
		for _, lists := range []bool{false, true} {
			k.lists = lists
			if lists && g.positions[p].types != typeArray {
				continue
			}
			if first, met := known[k]; !met {
				known[k] = p
			} else if first >= 0 && !g.haveSameSchema(first, p, 0) {
				known[k] = -1
			}
		}
	}
	for _, p := range gaps {
		k, _ := g.unknownKeyOf(p)
		k.lists = g.hasEmptyArrays(p)
		q, ok := known[k]
		switch {
		case !ok || q < 0:
		case k.lists:
			g.positions[p].items = g.positions[q].items
		case k.field >= 0:
			g.positions[p].sameAs = q
		}
	}
	g.assumeKinds(gaps)
}

const (
	minWordNames     = 3 // names with one last word that make it tell the kind
	minWordPositions = 8 // places of these
	minWordShare     = .9
)

// guessKinds gives places that only ever held null the scalar kind that all other properties with the same
// last word in their names have: what ends in _count counts, what ends in At is a time.
func (g *graph) assumeKinds(gaps []int32) {
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
	seen := map[word]*likes{}
	for i := range g.positions {
		p := int32(i)
		if g.positions[p].parent != p || g.positions[p].types == 0 {
			continue
		}
		if k, ok := wordOf(p); ok {
			l := seen[k]
			if l == nil {
				l = &likes{kinds: map[uint8]int{}, names: map[int32]bool{}}
				seen[k] = l
			}
			l.kinds[g.positions[p].types]++
			l.names[g.positions[p].origin.name] = true
			l.places++
		}
	}
	for _, p := range gaps {
		k, ok := wordOf(p)
		l := seen[k]
		if !ok || l == nil || g.positions[p].sameAs >= 0 || g.hasEmptyArrays(p) || len(l.names) < minWordNames || l.places < minWordPositions {
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

// gap says that a place was only ever null, or an empty list.
func (g *graph) isUnknown(p int32) bool {
	pl := &g.positions[p]
	return pl.types == 0 && len(pl.clusters) == 0 && pl.items < 0 && !slices.ContainsFunc(pl.facts, func(n *valueFacts) bool { return n.isText })
}

func (g *graph) hasEmptyArrays(p int32) bool {
	for _, n := range g.positions[p].facts {
		if n.kinds[kindArray] > 0 {
			return true
		}
	}
	return false
}

// same says that two places have the same kinds and records.
func (g *graph) haveSameSchema(a, b int32, depth int) bool {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return true
	}
	p, q := &g.positions[a], &g.positions[b]
	if p.types != q.types || depth > 4 || (p.items < 0) != (q.items < 0) || !slices.Equal(g.clustersAt(a), g.clustersAt(b)) {
		return false
	}
	return p.items < 0 || g.haveSameSchema(p.items, q.items, depth+1)
}
