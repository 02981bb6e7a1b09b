package schema

import "github.com/spectap/spectap/infer/sketch"

// record holds the facts of the objects of one tag at one place. What each object needs comes first, in a line of
// memory.
type record struct {
	tag     *string // "type=push": the name and value that tell it apart; nil for none
	props   []slot
	set     uint64 // hash of the latest key set; no fact, but see settle
	objects uint32
	exch    uint32 // exchanges with such objects
	epoch   uint32
	cur     uint32 // objects of the exchange at hand
	again   uint32 // how often the latest key set came again, not counted in sets
	first   uint16 // the slot, from 1, of what the object before began with; no fact
	wide    bool   // see pool
	spare   bool   // it was made with its property, and nothing has it yet; its tag is open

	sets *values // key sets; nil while there was none but the latest
	// pool takes the values of properties whose names are data (see isDataKey) and, once there are more
	// than maxProps others, of all: then wide is set and props is empty.
	pool *pooled
	own  [2]slot // where props begins
}

// slot is where a record has a property. What finds it stands side by side, and properties are reached from there, not
// one from the other: their lines of memory can be waited for together.
type slot struct {
	name *nameFacts
	p    *prop
	hash uint32 // of the name
	next uint16 // the slot, from 1, of what came after it in the object before; no fact
}

// pooled are values of properties that are not told apart, and their names.
type pooled struct {
	node  node
	names values
}

// prop is one property of a record. It is three lines of memory, of 64 bytes each, and the first is all that is needed
// for a value that comes again: there is more of them than caches hold.
type prop struct {
	name    *nameFacts
	present uint32 // objects that have it
	always  uint32 // exchanges in which every object had it
	cur     uint32 // objects of the exchange at hand
	object  uint32 // the object that counted last: names may be repeated in one
	node    node

	_ [24]byte
}

// tagText is the record's tag.
func (r *record) tagText() string {
	if r.tag == nil {
		return ""
	}
	return *r.tag
}

// guess is where the slot is noted that comes after another one, or first where at is -1. Objects of one kind mostly
// have one order, with some left out: what came after a property the last time is looked at first.
func (r *record) guess(at int) *uint16 {
	if at < 0 {
		return &r.first
	}
	return &r.props[at].next
}

// lookup finds the slot of a property that comes after another one (-1 where an object begins), -1 when there is none.
func (r *record) lookup(name []byte, at int) int {
	guess := r.guess(at)
	if i := int(*guess) - 1; uint(i) < uint(len(r.props)) && r.props[i].name.text == string(name) {
		return i
	}
	i := r.search(name)
	if i >= 0 {
		*guess = uint16(i + 1)
	}
	return i
}

// search looks through all slots, by hash where there are many.
func (r *record) search(name []byte) int {
	if len(r.props) <= fewProps {
		for i := range r.props {
			if r.props[i].name.text == string(name) {
				return i
			}
		}
		return -1
	}
	h := uint32(sketch.Hash(name))
	for i := range r.props {
		if s := &r.props[i]; s.hash == h && s.name.text == string(name) {
			return i
		}
	}
	return -1
}

// add makes a property that comes after another one, and returns its slot; it does not look whether there are too many.
// What its values need is made with it, as it is looked at together: kind is the one that it will have first, '"' for a
// string, '{' for an object with a record.
func (r *record) add(name *nameFacts, at int, kind byte) int {
	var p *prop
	switch kind {
	case '"':
		x := &struct {
			p prop
			s stringFacts
			_ [24]byte // the next one begins with a line of memory, too
		}{}
		p, x.p.node.str = &x.p, &x.s
	case '{':
		x := &struct {
			p prop
			r record
		}{}
		p, x.p.node.rec[0], x.r.spare = &x.p, &x.r, true
	default:
		p = &prop{}
	}
	p.name, p.node.keep = name, name.keep
	if r.props == nil {
		r.props = r.own[:0]
	}
	r.props = append(r.props, slot{name: name, p: p, hash: uint32(name.hash)})
	*r.guess(at) = uint16(len(r.props))
	return len(r.props) - 1
}

// collapse pools the values of all properties. Facts that rest on exchanges end here.
func (r *record) collapse(live bool) {
	for _, s := range r.props {
		r.putPool(s.p, mode{pooled: true, live: live})
	}
	r.props, r.own, r.first, r.wide = nil, [2]slot{}, 0, true
	r.sets, r.again = nil, 0
}

func (r *record) putPool(p *prop, m mode) {
	n := uint32(0)
	p.node.settle()
	for _, c := range p.node.kinds {
		n = sum32(n, c)
	}
	v := r.values()
	v.names.add(p.name.hash, n, nil)
	v.node.merge(&p.node, m)
}

// values returns the pool.
func (r *record) values() *pooled {
	if r.pool == nil {
		r.pool = &pooled{}
	}
	return r.pool
}
