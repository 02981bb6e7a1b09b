package schema

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact"
)

const (
	// maxProps is how many properties an object may have before it is taken for a map whose values are
	// pooled: widest objects of real APIs have some 150.
	maxProps = 256
	// fewProps is how many properties are searched one by one.
	fewProps = 4
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
// What each value needs comes first.
type node struct {
	latest  latest     // no fact, but see settle
	rec     [1]*record // the record, if there is one; the latest of many
	exch    uint32     // exchanges with a value here
	epoch   uint32     // of the exchange that counted last
	again   uint32     // how often the latest value came again, not counted below
	kind    uint8      // of the latest value
	telling RepeatReport
	tags    bool // more tags than maxTags: there is one record for all
	told    bool // the observer knows the name of the property

	place Position   // what the observer calls this place; no fact
	many  *[]*record // nil unless there are more than one: all, ascending by tag
	str   *stringFacts
	arr   *arrayFacts
	kinds [numKinds]uint32
	shape format // of the latest value, a string
	typed bool   // values were given as text (forms), their kinds show only in the votes
	files bool   // values are files of a form
	keep  bool   // texts of values may be kept: the name is not one that holds secrets
	num   numberFacts
}

// stringFacts are those of non-empty strings.
type stringFacts struct {
	values values
	empty  uint32 // empty strings, not counted below
	minLen uint32
	maxLen uint32
	votes  [numFormats]uint32
}

// numberFacts give the range of integers; big tells of one beyond 64 bits, seen of others.
type numberFacts struct {
	min, max int64
	big      bool
	seen     bool
}

// any says that there were integers.
func (f *numberFacts) any() bool { return f.big || f.seen }

type arrayFacts struct {
	empty  uint32
	minLen uint32 // of whole arrays; maxUint32 when there was none
	maxLen uint32
	// prefix are the kinds of the first elements, a bit each.
	prefix [maxPrefix]uint8
	items  *node // nil, or inner
	inner  node

	_ [24]byte // as of properties
}

// records returns the records, ascending by tag. The slice is the node's.
func (n *node) records() []*record {
	switch {
	case n.many != nil:
		return *n.many
	case n.rec[0] != nil && !n.rec[0].spare:
		return n.rec[:]
	}
	return nil
}

// setRecords sets them.
func (n *node) setRecords(rs []*record) {
	n.many, n.rec[0] = nil, nil
	if len(rs) > 0 {
		n.rec[0] = rs[0]
	}
	if len(rs) > 1 {
		n.many = &rs
	}
}

// record returns the record of a tag, making it if need be. Tags come from ts.
func (n *node) record(tag []byte, ts *tags) *record {
	if r := n.rec[0]; r != nil && !r.spare && (n.tags || r.tagText() == string(tag)) {
		return r
	}
	rs := n.records()
	i, found := slices.BinarySearchFunc(rs, tag, func(r *record, t []byte) int { return strings.Compare(r.tagText(), string(t)) })
	if found {
		n.rec[0] = rs[i]
		return rs[i]
	}
	if len(tag) > 0 && redact.Sensitive("", tagValue(string(tag))) {
		return n.record(nil, ts)
	}
	r := n.rec[0]
	if r == nil || !r.spare {
		r = &record{}
	}
	r.tag, r.spare = ts.of(tag), false
	n.setRecords(slices.Insert(slices.Clip(rs), i, r))
	n.rec[0] = r
	return r
}

// untag makes one record of all, as there are too many tags to tell apart.
func (n *node) untag(live bool) {
	all := &record{}
	for _, r := range n.records() {
		all.merge(r, mode{pooled: true, live: live})
	}
	n.setRecords([]*record{all})
	n.tags = true
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
		a.items = &a.inner
		a.inner.keep = n.keep
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
