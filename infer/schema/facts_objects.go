package schema

import "github.com/spectap/spectap/infer/bottomk"

// objectFacts counts the objects with one tag at one position. The fields that every added object
// needs come first, so that they share a cache line.
type objectFacts struct {
	tag             *string // "type=push": the name and value of the tag, or nil
	properties      []propertySlot
	latestKeySet    uint64 // hash of the latest set of keys; not a fact, see settle
	objects         uint32
	exchanges       uint32 // exchanges with such objects
	epoch           uint32
	exchangeObjects uint32 // objects of the current exchange
	repeats         uint32 // repeats of the latest key set, not counted in keySets
	firstGuess      uint16 // the slot, from 1, that the previous object began with; not a fact
	isCollapsed     bool   // see pool
	isSpare         bool   // created along with its property and still unused; it may take any tag

	keySets *valueSample // key sets; nil while there was only the latest
	// pool holds the values of properties whose names are data (see isDataKey). Once there are more
	// than maxProperties others, it holds all values; then isCollapsed is set and properties is
	// empty.
	pool             *poolFacts
	inlineProperties [2]propertySlot // the first elements of properties
}

// propertySlot locates a property in objectFacts. The fields needed to find it lie next to each
// other and point to the property, so the processor can load several properties at once.
type propertySlot struct {
	name      *nameFacts
	facts     *propertyFacts
	hash      uint32 // of the name
	nextGuess uint16 // the slot, from 1, that followed this one in the previous object; not a fact
}

// poolFacts counts the names and values of properties that are not counted one by one.
type poolFacts struct {
	values valueFacts
	names  valueSample
}

// propertyFacts counts one property of an object. It fills three cache lines of 64 bytes, and a
// repeated value needs only the first: there are more properties than the processor caches hold.
type propertyFacts struct {
	name            *nameFacts
	present         uint32 // objects that have it
	exchanges       uint32 // exchanges in which every object had it
	exchangeObjects uint32 // objects of the current exchange that have it
	latestObject    uint32 // the object that counted last: an object may repeat a name
	values          valueFacts

	_ [24]byte
}

// tagString returns the tag, or "" for none.
func (r *objectFacts) tagString() string {
	if r.tag == nil {
		return ""
	}
	return *r.tag
}

// nextGuess returns where the slot that followed slot previous is recorded; previous is -1 for the
// start of the object. Most objects list their properties in one order and omit some, so the
// property that followed last time is tried first.
func (r *objectFacts) nextGuess(previous int) *uint16 {
	if previous < 0 {
		return &r.firstGuess
	}
	return &r.properties[previous].nextGuess
}

// findProperty returns the slot of a property that follows slot previous (-1 for the start of the
// object), or -1 if there is none.
func (r *objectFacts) findProperty(name []byte, previous int) int {
	guess := r.nextGuess(previous)
	if i := int(*guess) - 1; uint(i) < uint(len(r.properties)) && r.properties[i].name.text == string(name) {
		return i
	}
	i := r.searchProperty(name)
	if i >= 0 {
		*guess = uint16(i + 1)
	}
	return i
}

// searchProperty searches all slots, comparing hashes first if there are many.
func (r *objectFacts) searchProperty(name []byte) int {
	if len(r.properties) <= maxLinearProperties {
		for i := range r.properties {
			if r.properties[i].name.text == string(name) {
				return i
			}
		}
		return -1
	}
	h := uint32(bottomk.Hash(name))
	for i := range r.properties {
		if s := &r.properties[i]; s.hash == h && s.name.text == string(name) {
			return i
		}
	}
	return -1
}

// addProperty creates a property that follows slot previous and returns its slot. It does not check
// maxProperties. kind is the kind of the first value: '"' for a string or '{' for an object with
// facts. The facts of that kind are allocated together with the property, because they are used
// together.
func (r *objectFacts) addProperty(name *nameFacts, previous int, kind byte) int {
	var p *propertyFacts
	switch kind {
	case '"':
		x := &struct {
			p propertyFacts
			s stringFacts
			_ [24]byte // the next allocation starts on a cache line, too
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
	if r.properties == nil {
		r.properties = r.inlineProperties[:0]
	}
	r.properties = append(r.properties, propertySlot{name: name, facts: p, hash: uint32(name.hash)})
	*r.nextGuess(previous) = uint16(len(r.properties))
	return len(r.properties) - 1
}

// collapse moves the values of all properties to the pool. Counts per exchange end here.
func (r *objectFacts) collapse(keepCurrent bool) {
	for _, s := range r.properties {
		r.addToPool(s.facts, mergeMode{isPooled: true, keepCurrent: keepCurrent})
	}
	r.properties, r.inlineProperties, r.firstGuess, r.isCollapsed = nil, [2]propertySlot{}, 0, true
	r.keySets, r.repeats = nil, 0
}

// addToPool adds the name and values of a property to the pool.
func (r *objectFacts) addToPool(p *propertyFacts, m mergeMode) {
	n := uint32(0)
	p.values.settle()
	for _, c := range p.values.kinds {
		n = sum32(n, c)
	}
	v := r.poolFacts()
	v.names.add(p.name.hash, n)
	v.values.merge(&p.values, m)
}

// poolFacts returns the pool, and creates it if needed.
func (r *objectFacts) poolFacts() *poolFacts {
	if r.pool == nil {
		r.pool = &poolFacts{}
	}
	return r.pool
}
