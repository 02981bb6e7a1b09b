package route

import "github.com/spectap/spectap/infer/noun"

// election finds the children of a place that are values of one parameter.
type election struct {
	d   *decider
	p   *place
	all []*child
	// barred children are literals whatever speaks for them; chosen ones are values because a person said so.
	barred, chosen map[*child]bool
}

// pool returns the children that are values, in order.
func (d *decider) pool(p *place, all []*child, s *siblings) []*child {
	e := &election{d: d, p: p, all: all, barred: map[*child]bool{}, chosen: map[*child]bool{}}
	open := !p.anyVariable()
	for _, c := range all {
		d.weigh(p, c, s)
		if c.own && c.plain == "" || c.shape == shapeVersion && !ofAThing(p, c) || open && (d.leadsToVersion(c) || d.isVersion(p, c, all)) {
			e.barred[c] = true
		}
		if o := d.override(p, c); o != nil && (c.own || o.Parameter) {
			c.fixed = true
			e.barred[c], e.chosen[c] = o.Literal, o.Parameter
		}
	}
	in := e.rounds()
	if len(in) < 4 {
		for c := range e.alike(len(in) > 0) {
			in[c] = true
		}
	}
	var out []*child
	m := gather(all, in)
	for _, c := range all {
		if names, strong := m.others(c); names+strong > 0 && !c.strong() && !e.barred[c] {
			c.add("compared with the values beside it", d.affinity(c, m), int64(names+strong))
		}
		if in[c] {
			out = append(out, c)
		}
	}
	return out
}

// rest says that a child stands for what a full node does not tell apart.
func (c *child) rest() bool { return c.shape == shapeRest && c.prefix == "" }

// lacksWitness says that a child looks like a word of the API, and nothing but its company says otherwise.
func (c *child) lacksWitness() bool { return c.wordLike() && !c.witness }

// certain says that a child is a value whatever the others are: a shared node has no text to be a literal by.
func (e *election) certain(c *child) bool {
	return !e.barred[c] && !c.rest() && (e.chosen[c] || !c.own)
}

// rounds begins with those that stand out by themselves and lets the members of each round judge all for the
// next, so that order cannot matter.
func (e *election) rounds() map[*child]bool {
	seed := map[*child]bool{}
	for _, c := range e.all {
		if e.certain(c) || !e.barred[c] && !c.rest() && c.z >= 0.7 && !c.lacksWitness() {
			seed[c] = true
		}
	}
	in := seed
	for range 3 {
		next, m := map[*child]bool{}, gather(e.all, in)
		for _, c := range e.all {
			if e.certain(c) || seed[c] && c.strong() || e.joins(c, m, seed) {
				next[c] = true
			}
		}
		if same(in, next) {
			break
		}
		in = next
	}
	return in
}

// joins says whether a child goes with the members of the last round.
func (e *election) joins(c *child, m *company, seed map[*child]bool) bool {
	if e.barred[c] || c.fixed {
		return false
	}
	names, strong := m.others(c)
	switch {
	case names+strong == 0 && !seed[c]:
		return false
	case c.rest():
		return names+strong > 0 || c.count() >= maxKids/2
	}
	return c.z+e.d.affinity(c, m) > 0 && (!c.lacksWitness() || names >= 2)
}

func same(a, b map[*child]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for c := range a {
		if !b[c] {
			return false
		}
	}
	return true
}

// alike finds a parameter where no segment, or but a few (more), stands out by itself but many are alike. Bodies
// must speak for a third of them, where there are bodies.
func (e *election) alike(more bool) map[*child]bool {
	spoken, bodies := 0, false
	u := map[*child]bool{}
	for _, c := range e.all {
		bodies = bodies || c.answers > 0
		if c.spokenFor() {
			spoken++
		}
		if !e.barred[c] && !c.fixed && c.z > -2.2 {
			u[c] = true
		}
	}
	least, parts := 4, partsAlike(e.p, e.all)
	if spoken >= 3 || parts || itemsWritten(e.p, e.all) {
		least = 3
	}
	if len(e.all) < least || (bodies || more) && 3*spoken < len(e.all) && !parts {
		return nil
	}
	in, m := map[*child]bool{}, gather(e.all, u)
	for _, c := range e.all {
		if u[c] && c.z+e.d.affinity(c, m) > 0.3 {
			in[c] = true
		}
	}
	if len(in) < least {
		return nil
	}
	return in
}

// bodyRules are those by which bodies speak for a value.
var bodyRules = map[string]bool{ruleEcho: true, ruleIDField: true, ruleNameField: true, ruleParentList: true, rulePair: true}

func (c *child) spokenFor() bool {
	for _, e := range c.evidence {
		if e.Weight > 0 && bodyRules[e.Rule] {
			return true
		}
	}
	return false
}

// partsAlike says that below a plural noun there are five words that have the same few parts, as items of a collection
// have, though no body names them: /screens/{…}/texts, /screens/{…}/partials. Three will do where nothing sets them apart.
func partsAlike(p *place, all []*child) bool {
	if p.variable() || !noun.IsPlural(p.label) {
		return false
	}
	heads, n, plural, bare := map[uint64]int{}, 0, 0, true
	for _, c := range all {
		if !c.own || c.strong() || len(c.heads) == 0 {
			continue
		}
		n++
		bare = bare && c.visits == 0
		if noun.IsPlural(c.plain) {
			plural++
		}
		countIn(heads, c.heads)
	}
	common, total := 0, 0
	for _, k := range heads {
		if total += k; k >= 3 {
			common += k
		}
	}
	if n >= 3 && bare && common == total && plural == 0 {
		return true
	}
	return n >= 5 && 5*common >= 4*total && 4*plural < n
}

// itemsWritten says that below a plural noun everything is written or deleted, as items are.
func itemsWritten(p *place, all []*child) bool {
	if p.variable() || !noun.IsPlural(p.label) {
		return false
	}
	for _, c := range all {
		if !c.has("PUT") && !c.has("DELETE") && !c.has("PATCH") {
			return false
		}
	}
	return true
}
