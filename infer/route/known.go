package route

import "github.com/spectap/spectap/infer/sketch"

// knowledge is what one pass of decisions teaches the next: segments that are values in one place are likely
// values in another, and below the same noun more so.
type knowledge struct {
	values   map[uint64]placesOf // by the segment's hash
	under    map[uint64]placesOf // by the hashes of the noun above and the segment
	literals map[uint64]placesOf // by the segment's hash
	nouns    map[string]placesOf // nouns that have a parameter below
	bare     map[string]placesOf // nouns that have only literals below
	pairs    map[uint64]placesOf // values of parameters one right below the other
}

// placesOf are the places of something, by their literals.
type placesOf map[uint64]struct{}

// elsewhere counts the places other than the one given.
func (p placesOf) elsewhere(here uint64) int {
	n := len(p)
	if _, ok := p[here]; ok {
		n--
	}
	return n
}

func note[K comparable](m map[K]placesOf, k K, at uint64) {
	if m[k] == nil {
		m[k] = placesOf{}
	}
	m[k][at] = struct{}{}
}

// firm says that there is no doubt that a literal is one.
func (p *place) firm() bool {
	sum := 0.0
	for _, e := range p.evidence {
		sum += e.Weight
	}
	return sum < -1.5
}

// signature names a place by the literals above it.
func (p *place) signature() uint64 {
	h := uint64(1)
	for _, q := range p.chain() {
		if q.variable() {
			h = sketch.Pair(h, 0)
		} else {
			h = sketch.Pair(h, sketch.Hash(q.label))
		}
	}
	return h
}

// noun is the nearest literal at or above a place.
func (p *place) noun() string {
	for ; p != nil && p.up != nil; p = p.up {
		if !p.variable() && !p.version {
			return p.label
		}
	}
	return ""
}

// learn sums up a pass.
func (d *decider) learn() *knowledge {
	k := &knowledge{map[uint64]placesOf{}, map[uint64]placesOf{}, map[uint64]placesOf{}, map[string]placesOf{}, map[string]placesOf{}, map[uint64]placesOf{}}
	done := map[*place]bool{}
	for _, x := range d.out {
		for _, p := range x.places {
			if done[p] || x.rest {
				continue
			}
			done[p] = true
			at := p.up.signature()
			if !p.variable() {
				if p.firm() {
					note(k.literals, sketch.Hash(p.label), at)
				}
				if !p.up.variable() && p.up.label != "" {
					note(k.bare, p.up.label, at)
				}
				continue
			}
			noun := sketch.Hash(p.up.noun())
			if !p.up.variable() && p.up.label != "" {
				note(k.nouns, p.up.label, at)
			}
			p.eachPair(func(a, b uint64) { note(k.pairs, sketch.Pair(a, b), at) })
			for _, c := range p.members {
				if c.own {
					note(k.values, c.hash, at)
					note(k.under, sketch.Pair(noun, c.hash), at)
				}
			}
		}
	}
	return k
}

// eachPair yields the values that stand here with the values of the parameter right above them.
func (p *place) eachPair(yield func(above, here uint64)) {
	if p.up == nil || !p.up.variable() {
		return
	}
	for _, a := range p.up.members {
		if !a.own {
			continue
		}
		for _, n := range a.nodes {
			for _, c := range p.members {
				if c.own && n.kids[c.label] != nil {
					yield(a.hash, c.hash)
				}
			}
		}
	}
}

// pairsAbove yields the segments that stand right above a child.
func (p *place) pairsAbove(c *child, yield func(m *child)) {
	for _, m := range p.members {
		if !m.own {
			continue
		}
		for _, n := range m.nodes {
			if n.kids[c.label] != nil {
				yield(m)
				break
			}
		}
	}
}

// weighPairs looks for a child joined with a segment above it, as one value of a body or as two parameters elsewhere.
func (d *decider) weighPairs(p *place, c *child) {
	if !c.own || c.strong() || !p.variable() {
		return
	}
	joined, elsewhere := int64(0), int64(0)
	here := p.signature()
	p.pairsAbove(c, func(m *child) {
		if v := d.t.index.ids.m[hash2(m.plain, c.plain)]; v != nil && v.classes&(classID|className|classOther) != 0 {
			joined++
		}
		if d.known != nil && d.known.pairs[sketch.Pair(m.hash, c.hash)].elsewhere(here) > 0 {
			elsewhere++
		}
	})
	switch {
	case c.pairs > 0 || joined > 0:
		c.add(rulePair, d.w.Pair, max(c.pairs, joined))
	case elsewhere > 0:
		c.add("follows the same value elsewhere", d.w.Pair, elsewhere)
	default:
		return
	}
	c.witness = true
}

// weighKnown adds what the pass before teaches.
func (d *decider) weighKnown(p *place, c *child) {
	k := d.known
	if k == nil || !c.own || c.strong() {
		return
	}
	w, here := d.w, p.signature()
	values, literals := k.values[c.hash].elsewhere(here), k.literals[c.hash].elsewhere(here)
	switch {
	case values > literals:
		c.add("is a value of a parameter elsewhere", w.KnownValue, int64(values))
		if p.variable() || values > 1 {
			c.witness = true
		}
	case literals > values:
		c.add("is a literal elsewhere", w.KnownLiteral, int64(literals))
	}
	if n := k.under[sketch.Pair(sketch.Hash(p.noun()), c.hash)].elsewhere(here); n > 0 {
		c.add("is a value of a parameter below the same noun elsewhere", w.KnownHere, int64(n))
		c.witness = true
	}
	if !p.variable() && p.label != "" {
		if n := k.nouns[p.label].elsewhere(here); n > 0 && n > k.bare[p.label].elsewhere(here) {
			c.add("a parameter follows this noun elsewhere", w.KnownParent, int64(n))
		}
	}
}
