package schema

import "github.com/spectap/spectap/infer/sketch"

// record holds the facts of the objects of one tag at one place. What each object needs comes first, in a line of
// memory.
type objectFacts struct {
	tag             *string // "type=push": the name and value that tell it apart; nil for none
	props           []propertySlot
	latestKeySet    uint64 // hash of the latest key set; no fact, but see settle
	objects         uint32
	exchanges       uint32 // exchanges with such objects
	epoch           uint32
	exchangeObjects uint32 // objects of the exchange at hand
	repeats         uint32 // how often the latest key set came again, not counted in sets
	firstGuess      uint16 // the slot, from 1, of what the object before began with; no fact
	isCollapsed     bool   // see pool
	isSpare         bool   // it was made with its property, and nothing has it yet; its tag is open

	keySets *valueSample // key sets; nil while there was none but the latest
	// pool takes the values of properties whose names are data (see isDataKey) and, once there are more
	// than maxProps others, of all: then wide is set and props is empty.
	pool        *poolFacts
	inlineProps [2]propertySlot // where props begins
}

// slot is where a record has a property. What finds it stands side by side, and properties are reached from there, not
// one from the other: their lines of memory can be waited for together.
type propertySlot struct {
	name      *nameFacts
	facts     *propertyFacts
	hash      uint32 // of the name
	nextGuess uint16 // the slot, from 1, of what came after it in the object before; no fact
}

// pooled are values of properties that are not told apart, and their names.
type poolFacts struct {
	values valueFacts
	names  valueSample
}

// prop is one property of a record. It is three lines of memory, of 64 bytes each, and the first is all that is needed
// for a value that comes again: there is more of them than caches hold.
type propertyFacts struct {
	name            *nameFacts
	present         uint32 // objects that have it
	exchanges       uint32 // exchanges in which every object had it
	exchangeObjects uint32 // objects of the exchange at hand
	latestObject    uint32 // the object that counted last: names may be repeated in one
	values          valueFacts

	_ [24]byte
}

// tagText is the record's tag.
func (r *objectFacts) tagString() string {
	if r.tag == nil {
		return ""
	}
	return *r.tag
}

// guess is where the slot is noted that comes after another one, or first where at is -1. Objects of one kind mostly
// have one order, with some left out: what came after a property the last time is looked at first.
func (r *objectFacts) nextGuess(at int) *uint16 {
	if at < 0 {
		return &r.firstGuess
	}
	return &r.props[at].nextGuess
}

// lookup finds the slot of a property that comes after another one (-1 where an object begins), -1 when there is none.
func (r *objectFacts) findProperty(name []byte, at int) int {
	guess := r.nextGuess(at)
	if i := int(*guess) - 1; uint(i) < uint(len(r.props)) && r.props[i].name.text == string(name) {
		return i
	}
	i := r.searchProperty(name)
	if i >= 0 {
		*guess = uint16(i + 1)
	}
	return i
}

// search looks through all slots, by hash where there are many.
func (r *objectFacts) searchProperty(name []byte) int {
	if len(r.props) <= maxLinearProps {
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
func (r *objectFacts) addProperty(name *nameFacts, at int, kind byte) int {
	var p *propertyFacts
	switch kind {
	case '"':
		x := &struct {
			p propertyFacts
			s stringFacts
			_ [24]byte // the next one begins with a line of memory, too
		}{}
		p, x.p.values.strings = &x.p, &x.s
	case '{':
		x := &struct {
			p propertyFacts
			r objectFacts
		}{}
		p, x.p.values.latestObjects[0], x.r.isSpare = &x.p, &x.r, true
	default:
		p = &propertyFacts{}
	}
	p.name, p.values.keepsText = name, name.keepsText
	if r.props == nil {
		r.props = r.inlineProps[:0]
	}
	r.props = append(r.props, propertySlot{name: name, facts: p, hash: uint32(name.hash)})
	*r.nextGuess(at) = uint16(len(r.props))
	return len(r.props) - 1
}

// collapse pools the values of all properties. Facts that rest on exchanges end here.
func (r *objectFacts) collapse(live bool) {
	for _, s := range r.props {
		r.addToPool(s.facts, mergeMode{isPooled: true, keepCurrent: live})
	}
	r.props, r.inlineProps, r.firstGuess, r.isCollapsed = nil, [2]propertySlot{}, 0, true
	r.keySets, r.repeats = nil, 0
}

func (r *objectFacts) addToPool(p *propertyFacts, m mergeMode) {
	n := uint32(0)
	p.values.settle()
	for _, c := range p.values.kinds {
		n = sum32(n, c)
	}
	v := r.poolFacts()
	v.names.add(p.name.hash, n, nil)
	v.values.merge(&p.values, m)
}

// values returns the pool.
func (r *objectFacts) poolFacts() *poolFacts {
	if r.pool == nil {
		r.pool = &poolFacts{}
	}
	return r.pool
}
