package schema

import (
	"slices"
	"strings"
)

// mergeMode selects how exchanges are counted in a merge.
type mergeMode struct {
	// isPooled is set if the result lies below a pool, so that each value counts as an exchange of
	// its own.
	isPooled bool
	// keepCurrent is set if the counts of the current exchange are complete and must be kept.
	keepCurrent bool
}

// merge adds the facts of o. It does not change o and shares no memory with it.
func (n *valueFacts) merge(o *valueFacts, m mergeMode) {
	n.settle()
	o.settle()
	for i, c := range o.kinds {
		n.kinds[i] = sum32(n.kinds[i], c)
	}
	if m.isPooled {
		for _, c := range o.kinds {
			n.exchanges = sum32(n.exchanges, c)
		}
	} else {
		n.exchanges = sum32(n.exchanges, o.exchanges)
	}
	n.isText, n.isFile = n.isText || o.isText, n.isFile || o.isFile
	if o.strings != nil {
		n.stringFacts().merge(o.strings, n.keepsText)
	}
	n.numbers.merge(&o.numbers)
	if o.array != nil {
		n.mergeArray(o.array, m)
	}
	n.mergeObjects(o, m)
}

// mergeArray adds the facts of arrays.
func (n *valueFacts) mergeArray(o *arrayFacts, m mergeMode) {
	a := n.arrayFacts()
	a.empty = sum32(a.empty, o.empty)
	a.minLen, a.maxLen = min(a.minLen, o.minLen), max(a.maxLen, o.maxLen)
	for i := range a.prefixKinds {
		a.prefixKinds[i] |= o.prefixKinds[i]
	}
	if o.items != nil {
		n.itemFacts().merge(o.items, m)
	}
}

// mergeObjects adds the facts of the objects of o, by tag.
func (n *valueFacts) mergeObjects(o *valueFacts, m mergeMode) {
	if o.ignoresTags && !n.ignoresTags {
		n.dropTags(m.keepCurrent)
	}
	for _, r := range o.objects() {
		rm := m
		if n.ignoresTags {
			rm.isPooled = true
		}
		n.objectFacts([]byte(r.tagString()), nil).merge(r, rm)
		if !n.ignoresTags && len(n.objects()) > maxTags {
			n.dropTags(m.keepCurrent)
		}
	}
}

// merge adds the facts of o.
func (r *objectFacts) merge(o *objectFacts, m mergeMode) {
	r.settle()
	o.settle()
	objects, exchanges := o.objects, o.exchanges
	if m.keepCurrent {
		objects = sum32(objects, o.exchangeObjects)
	}
	if m.isPooled {
		exchanges = objects
	}
	r.objects, r.exchanges = sum32(r.objects, objects), sum32(r.exchanges, exchanges)
	if o.pool != nil {
		pm := m
		pm.isPooled = true
		v := r.poolFacts()
		v.values.merge(&o.pool.values, pm)
		v.names.merge(&o.pool.names, false)
	}
	if o.isCollapsed && !r.isCollapsed {
		r.collapse(m.keepCurrent)
	}
	if r.isCollapsed {
		m.isPooled = true
		for _, s := range o.properties {
			r.addToPool(s.facts, m)
		}
		return
	}
	slot := -1
	for _, s := range o.properties {
		op := s.facts
		always := op.exchanges
		if m.isPooled {
			always = op.present
		}
		previous := slot
		if slot = r.findProperty([]byte(op.name.text), previous); slot < 0 {
			slot = r.addProperty(op.name, previous, 0)
			r.properties[slot].facts.values.keepsText = op.values.keepsText
		}
		p := r.properties[slot].facts
		p.present, p.exchanges = sum32(p.present, op.present), sum32(p.exchanges, always)
		p.values.merge(&op.values, m)
	}
	if o.keySets != nil {
		if r.keySets == nil {
			r.keySets = &valueSample{}
		}
		r.keySets.merge(o.keySets, false)
	}
	if len(r.properties) > maxProperties {
		r.collapse(m.keepCurrent)
	}
}

// merge adds the facts of o. It keeps texts if keepText is set.
func (s *stringFacts) merge(o *stringFacts, keepText bool) {
	s.empty = sum32(s.empty, o.empty)
	if o.maxLen > 0 && (s.maxLen == 0 || o.minLen < s.minLen) {
		s.minLen = o.minLen
	}
	s.maxLen = max(s.maxLen, o.maxLen)
	for i, c := range o.formatCounts {
		s.formatCounts[i] = sum32(s.formatCounts[i], c)
	}
	s.values.merge(&o.values, keepText)
}

// merge adds the range of o.
func (f *numberFacts) merge(o *numberFacts) {
	f.hasBig = f.hasBig || o.hasBig
	if o.hasRange {
		f.add(o.min)
		f.add(o.max)
	}
}

// sortedProperties returns the properties, ascending by name.
func (r *objectFacts) sortedProperties() []*propertyFacts {
	ps := make([]*propertyFacts, len(r.properties))
	for i, s := range r.properties {
		ps[i] = s.facts
	}
	slices.SortFunc(ps, func(a, b *propertyFacts) int { return strings.Compare(a.name.text, b.name.text) })
	return ps
}
