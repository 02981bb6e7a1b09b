package schema

import (
	"slices"
	"strings"
)

// mode says how facts are added to others.
type mode struct {
	// pooled: the result lies under a pool, so each value counts as an exchange of its own.
	pooled bool
	// live: what the exchange at hand has counted so far is to be kept, it is whole.
	live bool
}

// merge adds the facts of o, which stays as it is and shares nothing with n afterwards.
func (n *node) merge(o *node, m mode) {
	n.settle()
	o.settle()
	for i, c := range o.kinds {
		n.kinds[i] = sum32(n.kinds[i], c)
	}
	if m.pooled {
		for _, c := range o.kinds {
			n.exch = sum32(n.exch, c)
		}
	} else {
		n.exch = sum32(n.exch, o.exch)
	}
	n.typed, n.files = n.typed || o.typed, n.files || o.files
	if o.str != nil {
		n.strings().merge(o.str, n.keep)
	}
	n.num.merge(&o.num)
	if o.arr != nil {
		n.mergeArray(o.arr, m)
	}
	n.mergeRecords(o, m)
}

func (n *node) mergeArray(o *arrayFacts, m mode) {
	a := n.array()
	a.empty = sum32(a.empty, o.empty)
	a.minLen, a.maxLen = min(a.minLen, o.minLen), max(a.maxLen, o.maxLen)
	for i := range a.prefix {
		a.prefix[i] |= o.prefix[i]
	}
	if o.items != nil {
		n.elements().merge(o.items, m)
	}
}

func (n *node) mergeRecords(o *node, m mode) {
	if o.tags && !n.tags {
		n.untag(m.live)
	}
	for _, r := range o.records() {
		rm := m
		if n.tags {
			rm.pooled = true
		}
		n.record([]byte(r.tagText()), nil).merge(r, rm)
		if !n.tags && len(n.records()) > maxTags {
			n.untag(m.live)
		}
	}
}

func (r *record) merge(o *record, m mode) {
	r.settle()
	o.settle()
	objects, exch := o.objects, o.exch
	if m.live {
		objects = sum32(objects, o.cur)
	}
	if m.pooled {
		exch = objects
	}
	r.objects, r.exch = sum32(r.objects, objects), sum32(r.exch, exch)
	if o.pool != nil {
		pm := m
		pm.pooled = true
		v := r.values()
		v.node.merge(&o.pool.node, pm)
		v.names.merge(&o.pool.names, false)
	}
	if o.wide && !r.wide {
		r.collapse(m.live)
	}
	if r.wide {
		m.pooled = true
		for _, s := range o.props {
			r.putPool(s.p, m)
		}
		return
	}
	at := -1
	for _, s := range o.props {
		op := s.p
		always := op.always
		if m.pooled {
			always = op.present
		}
		was := at
		if at = r.lookup([]byte(op.name.text), was); at < 0 {
			at = r.add(op.name, was, 0)
			r.props[at].p.node.keep = op.node.keep
		}
		p := r.props[at].p
		p.present, p.always = sum32(p.present, op.present), sum32(p.always, always)
		p.node.merge(&op.node, m)
	}
	if o.sets != nil {
		if r.sets == nil {
			r.sets = &values{}
		}
		r.sets.merge(o.sets, false)
	}
	if len(r.props) > maxProps {
		r.collapse(m.live)
	}
}

func (s *stringFacts) merge(o *stringFacts, keep bool) {
	s.empty = sum32(s.empty, o.empty)
	if o.maxLen > 0 && (s.maxLen == 0 || o.minLen < s.minLen) {
		s.minLen = o.minLen
	}
	s.maxLen = max(s.maxLen, o.maxLen)
	for i, c := range o.votes {
		s.votes[i] = sum32(s.votes[i], c)
	}
	s.values.merge(&o.values, keep)
}

func (f *numberFacts) merge(o *numberFacts) {
	f.big = f.big || o.big
	if o.seen {
		f.add(o.min)
		f.add(o.max)
	}
}

// sorted returns the properties by name.
func (r *record) sorted() []*prop {
	ps := make([]*prop, len(r.props))
	for i, s := range r.props {
		ps[i] = s.p
	}
	slices.SortFunc(ps, func(a, b *prop) int { return strings.Compare(a.name.text, b.name.text) })
	return ps
}
