package schema

import (
	"maps"
	"slices"
)

const (
	minCommonForms = 20 // number of forms from which a field may be common to all
	minCommonShare = .5 // share of forms that must have such a field
	minRepeats     = 3  // how often requests have a value that says what they are
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

// shareAmong adds to each cluster the members of the others that share one with it, unless they
// conflict: a request for many objects and one for a single object share no member. Forms are sent
// in parts, and so need not share one.
func (g *graph) shareAmong(cs []int32) {
	before := make([][]member, len(cs))
	for i, c := range cs {
		before[i] = slices.Clone(g.clusters[c].members)
	}
	for i, c := range cs {
		if exchanges, _ := g.exchangeCounts(c); exchanges < 2 && g.clusters[c].domain == domainPatch {
			continue
		}
		for j, d := range cs {
			if i == j || g.clusters[c].domain != domainForm && !g.areOneKind(before[i], before[j]) {
				continue
			}
			if !g.hasConflict(c, d, true) ||
				g.clusters[c].domain != g.clusters[d].domain && !g.haveTypeConflict(before[i], before[j]) {
				g.addMembers(c, before[j])
			}
		}
	}
}

// areOneKind reports whether a name is in both sets, other than that of a member whose values tell
// apart what requests are: "schemas": ["urn:User"] and "schemas": ["urn:PatchOp"].
func (g *graph) areOneKind(x, y []member) bool {
	for a, b := range commonMembers(x, y) {
		p, q := g.constantsAt(a.position), g.constantsAt(b.position)
		if len(p) == 0 || len(q) == 0 || slices.ContainsFunc(p, func(v sampledValue) bool {
			return slices.ContainsFunc(q, func(w sampledValue) bool { return v.hash == w.hash })
		}) {
			return true
		}
	}
	return false
}

// constantsAt returns the strings at a position, or in the lists there, if each was often sent.
func (g *graph) constantsAt(id int32) []sampledValue {
	id = g.findPosition(id)
	if it := g.positions[id].items; it >= 0 {
		id = g.findPosition(it)
	}
	f := g.independentFacts(id)
	if f.strings == nil || int64(len(f.strings.values.entries)*minRepeats) > int64(f.kinds[kindString]) {
		return nil
	}
	return f.strings.values.entries
}

// addMembers adds the members that a cluster lacks. It shares their positions.
func (g *graph) addMembers(c int32, ms []member) {
	cl := &g.clusters[c]
	for _, m := range ms {
		i, found := memberIndex(cl.members, m.name)
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
	cs := slices.Sorted(maps.Keys(forms))
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

// haveOtherNeeds reports whether one of two bodies of requests needs a member that the other omits
// at times, so that an update does not hide what a create needs.
func (g *graph) haveOtherNeeds(a, b int32) bool {
	return isRequestDomain(g.clusters[a].domain) && isRequestDomain(g.clusters[b].domain) &&
		g.isWholeRecord(a) && g.isWholeRecord(b) && (g.omitsNeeded(a, b) || g.omitsNeeded(b, a))
}

// omitsNeeded reports whether requests with record a omit at times what all requests with record b
// have, if these are enough to say so or a refusal demanded it.
func (g *graph) omitsNeeded(a, b int32) bool {
	omitting, kept := g.exchangeCounts(a)
	exchanges, always := g.exchangeCounts(b)
	for i, m := range g.clusters[b].members {
		j, found := memberIndex(g.clusters[a].members, m.name)
		if always[i] == exchanges && exchanges > 0 && omitting > 0 && (!found || kept[j] < omitting) &&
			(exchanges >= minAlwaysSent || g.isDemanded(b, m.name)) {
			return true
		}
	}
	return false
}

// isDemanded reports whether a refusal of an operation whose requests are record c demanded a name.
func (g *graph) isDemanded(c, name int32) bool {
	return slices.ContainsFunc(g.clusters[c].positions, func(h int32) bool {
		w := &g.positions[h].origin
		demanded := g.bodies[w.body].Demanded
		return w.name < 0 && demanded != nil && demanded.Has(g.names[name])
	})
}
