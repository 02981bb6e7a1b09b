package schema

import (
	"slices"
	"strings"
)

// mode says how facts are added to others.
type mergeMode struct {
	// pooled: the result lies under a pool, so each value counts as an exchange of its own.
	isPooled bool
	// live: what the exchange at hand has counted so far is to be kept, it is whole.
	keepCurrent bool
}

// merge adds the facts of o, which stays as it is and shares nothing with n afterwards.
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

func (n *valueFacts) mergeObjects(o *valueFacts, m mergeMode) {
	if o.hasOneObject && !n.hasOneObject {
		n.dropTags(m.keepCurrent)
	}
	for _, r := range o.objects() {
		rm := m
		if n.hasOneObject {
			rm.isPooled = true
		}
		n.objectFacts([]byte(r.tagString()), nil).merge(r, rm)
		if !n.hasOneObject && len(n.objects()) > maxTags {
			n.dropTags(m.keepCurrent)
		}
	}
}

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
		for _, s := range o.props {
			r.addToPool(s.facts, m)
		}
		return
	}
	at := -1
	for _, s := range o.props {
		op := s.facts
		always := op.exchanges
		if m.isPooled {
			always = op.present
		}
		was := at
		if at = r.findProperty([]byte(op.name.text), was); at < 0 {
			at = r.addProperty(op.name, was, 0)
			r.props[at].facts.values.keepsText = op.values.keepsText
		}
		p := r.props[at].facts
		p.present, p.exchanges = sum32(p.present, op.present), sum32(p.exchanges, always)
		p.values.merge(&op.values, m)
	}
	if o.keySets != nil {
		if r.keySets == nil {
			r.keySets = &valueSample{}
		}
		r.keySets.merge(o.keySets, false)
	}
	if len(r.props) > maxProps {
		r.collapse(m.keepCurrent)
	}
}

func (s *stringFacts) merge(o *stringFacts, keep bool) {
	s.empty = sum32(s.empty, o.empty)
	if o.maxLen > 0 && (s.maxLen == 0 || o.minLen < s.minLen) {
		s.minLen = o.minLen
	}
	s.maxLen = max(s.maxLen, o.maxLen)
	for i, c := range o.formatCounts {
		s.formatCounts[i] = sum32(s.formatCounts[i], c)
	}
	s.values.merge(&o.values, keep)
}

func (f *numberFacts) merge(o *numberFacts) {
	f.hasBig = f.hasBig || o.hasBig
	if o.hasRange {
		f.add(o.min)
		f.add(o.max)
	}
}

// sorted returns the properties by name.
func (r *objectFacts) sortedProperties() []*propertyFacts {
	ps := make([]*propertyFacts, len(r.props))
	for i, s := range r.props {
		ps[i] = s.facts
	}
	slices.SortFunc(ps, func(a, b *propertyFacts) int { return strings.Compare(a.name.text, b.name.text) })
	return ps
}
