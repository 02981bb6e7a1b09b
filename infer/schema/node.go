package schema

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
)

const (
	// maxProps is how many properties an object may have before it is taken for a map whose values are
	// pooled: widest objects of real APIs have some 150.
	maxProps = 256
	// maxTags is how many kinds of records, told apart by the value of a tag, one place may hold.
	maxTags = 24
	// maxDepth is the depth below which only kinds of values are counted.
	maxDepth = 24
	// maxPrefix is the length up to which arrays are looked at as tuples.
	maxPrefix = 4
)

// The kinds of values that a node counts.
const (
	isNull = iota
	isBoolean
	isInteger
	isNumber
	isString
	isArray
	isObject
	numKinds
)

// node holds the facts of all values at one place, such as one property of one position.
//
// Under a pool (see record) every value is its own exchange: what shares an exchange cannot be known there
// without remembering more than a bounded number of keys.
//
// It is two lines of memory, of 64 bytes each: what each value needs comes first, and what a new one needs after.
type node struct {
	latest  latest // no fact, but see settle
	place   Place  // what the observer calls this place; no fact
	str     *stringFacts
	arr     *arrayFacts
	exch    uint32  // exchanges with a value here
	epoch   uint32  // of the exchange that counted last
	again   uint32  // how often the latest value came again, not counted below
	kind    uint8   // of the latest value
	telling Telling // of the latest value
	typed   bool    // values were given as text (forms), their kinds show only in the votes
	files   bool    // values are files of a form

	recs  []*record // ascending by tag
	num   *numberFacts
	kinds [numKinds]uint32
	shape format // of the latest value, a string
	keep  bool   // texts of values may be kept: the name is not one that holds secrets
	tags  bool   // more tags than maxTags: recs holds one record for all
}

// stringFacts are those of non-empty strings.
type stringFacts struct {
	values values
	empty  uint32 // empty strings, not counted below
	minLen uint32
	maxLen uint32
	votes  [numFormats]uint32
}

// numberFacts give the range of integers; big tells of one beyond 64 bits.
type numberFacts struct {
	min, max int64
	big      bool
	seen     bool
}

type arrayFacts struct {
	empty  uint32
	minLen uint32 // of whole arrays; maxUint32 when there was none
	maxLen uint32
	// prefix are the kinds of the first elements, a bit each.
	prefix [maxPrefix]uint8
	items  *node
}

// record holds the facts of the objects of one tag at one place. What each object needs comes first.
type record struct {
	tag     string // "type=push": the name and value that tell it apart; "" for none
	first   *prop  // of the object before; no fact
	at      *prop  // found last, nil where an object begins; no fact
	set     uint64 // hash of the latest key set; no fact, but see settle
	objects uint32
	exch    uint32 // exchanges with such objects
	epoch   uint32
	cur     uint32 // objects of the exchange at hand
	again   uint32 // how often the latest key set came again, not counted in sets
	wide    bool   // see pool

	props  []*prop
	hashes []uint32 // of their names
	sets   values   // key sets
	// pool takes the values of properties whose names are data (see isDataKey) and, once there are more
	// than maxProps others, of all: then wide is set and props is empty.
	pool   *node
	pooled values // names of properties in the pool
}

// prop is one property of a record, in 64 bytes.
type prop struct {
	name    string
	hash    uint64
	next    *prop // what came after it in the object before; no fact
	node    *node
	present uint32 // objects that have it
	always  uint32 // exchanges in which every object had it

	epoch  uint32
	cur    uint32
	object uint32 // the object that counted last: names may be repeated in one
	told   bool   // the observer knows the name
}

// rewind begins another object.
func (r *record) rewind() { r.at = nil }

// guess is where the property is noted that comes next. Objects of one kind mostly have one order, with some left
// out: what came after a property the last time is looked at first.
func (r *record) guess() **prop {
	if r.at == nil {
		return &r.first
	}
	return &r.at.next
}

// lookup finds a property, nil when there is none.
func (r *record) lookup(name []byte) *prop {
	guess := r.guess()
	if p := *guess; p != nil && p.name == string(name) {
		r.at = p
		return p
	}
	p := r.search(name)
	if p != nil {
		*guess, r.at = p, p
	}
	return p
}

// search looks for a property by its hash: it is rarely asked for, and there are never many.
func (r *record) search(name []byte) *prop {
	h := uint32(sketch.Hash(name))
	for i, other := range r.hashes {
		if other == h && r.props[i].name == string(name) {
			return r.props[i]
		}
	}
	return nil
}

// add makes a property; it does not look whether there are too many. What its values need is made with it, as it is
// looked at together: kind is the one that it will have first, '"' for a string, '0' for a whole number, 0 for
// others.
func (r *record) add(name nameFacts, kind byte) *prop {
	var p *prop
	switch kind {
	case '"':
		x := &struct {
			p prop
			n node
			s stringFacts
			v [1]value
		}{}
		p, x.p.node, x.n.str, x.s.values.list = &x.p, &x.n, &x.s, x.v[:0]
	case '0':
		x := &struct {
			p prop
			n node
			f numberFacts
			_ [40]byte // it begins with a line of memory as the others do
		}{}
		p, x.p.node, x.n.num = &x.p, &x.n, &x.f
	default:
		x := &struct {
			p prop
			n node
		}{}
		p, x.p.node = &x.p, &x.n
	}
	p.name, p.hash, p.node.keep = name.name, name.hash, name.keep
	r.props = append(r.props, p)
	*r.guess(), r.at = p, p
	r.hashes = append(r.hashes, uint32(p.hash))
	return p
}

// collapse pools the values of all properties. Facts that rest on exchanges end here.
func (r *record) collapse(live bool) {
	for _, p := range r.props {
		r.putPool(p, mode{pooled: true, live: live})
	}
	r.props, r.hashes, r.first, r.at, r.wide = nil, nil, nil, nil, true
	r.sets, r.again = values{}, 0
}

func (r *record) putPool(p *prop, m mode) {
	n := uint32(0)
	p.node.settle()
	for _, c := range p.node.kinds {
		n = sum32(n, c)
	}
	r.pooled.add(p.hash, n, nil)
	r.values().merge(p.node, m)
}

// values returns the node of the pool.
func (r *record) values() *node {
	if r.pool == nil {
		r.pool = &node{}
	}
	return r.pool
}

// record returns the record of a tag, making it if need be, and whether it stands for all tags.
func (n *node) record(tag []byte) *record {
	if n.tags {
		return n.recs[0]
	}
	if len(n.recs) == 1 && n.recs[0].tag == string(tag) {
		return n.recs[0]
	}
	i, found := slices.BinarySearchFunc(n.recs, tag, func(r *record, t []byte) int { return strings.Compare(r.tag, string(t)) })
	if found {
		return n.recs[i]
	}
	if len(tag) > 0 && redact.Sensitive("", tagValue(string(tag))) {
		return n.record(nil)
	}
	x := &struct {
		r record
		s [1]*record
		v [1]value
	}{}
	x.r.tag, x.r.sets.list, x.s[0] = string(tag), x.v[:0], &x.r
	if len(n.recs) == 0 { // mostly there is no other: side by side with its list
		n.recs = x.s[:]
	} else {
		n.recs = slices.Insert(n.recs, i, &x.r)
	}
	return &x.r
}

// untag makes one record of all, as there are too many tags to tell apart.
func (n *node) untag(live bool) {
	all := &record{}
	for _, r := range n.recs {
		all.merge(r, mode{pooled: true, live: live})
	}
	n.recs, n.tags = []*record{all}, true
}

func (n *node) strings() *stringFacts {
	if n.str == nil {
		n.str = &stringFacts{}
	}
	return n.str
}

func (n *node) array() *arrayFacts {
	if n.arr == nil {
		n.arr = &arrayFacts{minLen: ^uint32(0)}
	}
	return n.arr
}

// elements returns the node of the items; they share the name, so they share what may be kept.
func (n *node) elements() *node {
	a := n.array()
	if a.items == nil {
		a.items = &node{keep: n.keep}
	}
	return a.items
}

// text is a string that is looked at, with what is known of it. Its zero value but for s and hash is ready.
type text struct {
	s     []byte
	hash  uint64
	shape format // with shapeKnown, once it is worked out
	known *shapes
}

// formats tells which shapes the text has.
func (t *text) formats() format {
	if t.shape == 0 {
		t.shape = t.known.of(t.s, t.hash) | shapeKnown
	}
	return t.shape &^ shapeKnown
}

// add counts a string and returns its shape.
func (s *stringFacts) add(t *text, keep bool) (f format) {
	if len(t.s) == 0 {
		s.empty = sum32(s.empty, 1)
		return shapeEmpty
	}
	l := uint32(len(t.s))
	if s.maxLen == 0 || l < s.minLen {
		s.minLen = l
	}
	s.maxLen = max(s.maxLen, l)
	i, found := s.values.find(t.hash)
	if found && s.values.list[i].shape&shapeKnown != 0 {
		f = s.values.list[i].shape &^ shapeKnown
		s.values.list[i].count = sum32(s.values.list[i].count, 1)
	} else {
		f = t.formats()
		kept := t.s
		if !keep || f&fmtToken == 0 {
			kept = nil
		}
		if s.values.keeps(i) {
			s.values.add(t.hash, 1, kept)
			if i, found = s.values.find(t.hash); found {
				s.values.list[i].shape = f | shapeKnown
			}
		}
	}
	s.vote(f, 1)
	return f
}

// repeat counts a string that was added before, n times more.
func (s *stringFacts) repeat(hash uint64, f format, n uint32) {
	if f == shapeEmpty {
		s.empty = sum32(s.empty, n)
		return
	}
	if i, found := s.values.find(hash); found {
		s.values.list[i].count = sum32(s.values.list[i].count, n)
	}
	s.vote(f, n)
}

// vote counts the shapes of n values.
func (s *stringFacts) vote(f format, n uint32) {
	for ; f != 0; f &= f - 1 {
		i := bits.TrailingZeros16(uint16(f))
		s.votes[i] = sum32(s.votes[i], n)
	}
}

// votesFor counts the values that have a shape.
func (s *stringFacts) votesFor(f format) uint32 { return s.votes[bits.TrailingZeros16(uint16(f))] }

func (f *numberFacts) add(v int64) {
	if !f.seen {
		f.min, f.max, f.seen = v, v, true
		return
	}
	f.min, f.max = min(f.min, v), max(f.max, v)
}
