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
	maxLinearProps = 4
	// maxTags is how many kinds of records, told apart by the value of a tag, one place may hold.
	maxTags = 24
	// maxDepth is the depth below which only kinds of values are counted.
	maxDepth = 24
	// maxPrefix is the length up to which arrays are looked at as tuples.
	maxTuple = 4
)

// The kinds of values that a node counts.
const (
	kindNull = iota
	kindBoolean
	kindInteger
	kindNumber
	kindString
	kindArray
	kindObject
	numKinds
)

// node holds the facts of all values at one place, such as one property of one position.
//
// Under a pool (see record) every value is its own exchange: what shares an exchange cannot be known there
// without remembering more than a bounded number of keys.
//
// What each value needs comes first.
type valueFacts struct {
	latest        latest          // no fact, but see settle
	latestObjects [1]*objectFacts // the record, if there is one; the latest of many
	exchanges     uint32          // exchanges with a value here
	epoch         uint32          // of the exchange that counted last
	repeats       uint32          // how often the latest value came again, not counted below
	latestKind    uint8           // of the latest value
	repeatReport  RepeatReport
	hasOneObject  bool // more tags than maxTags: there is one record for all
	nameReported  bool // the observer knows the name of the property

	position      Position        // what the observer calls this place; no fact
	allObjects    *[]*objectFacts // nil unless there are more than one: all, ascending by tag
	strings       *stringFacts
	array         *arrayFacts
	kinds         [numKinds]uint32
	latestFormats format // of the latest value, a string
	isText        bool   // values were given as text (forms), their kinds show only in the votes
	isFile        bool   // values are files of a form
	keepsText     bool   // texts of values may be kept: the name is not one that holds secrets
	numbers       numberFacts
}

// stringFacts are those of non-empty strings.
type stringFacts struct {
	values       valueSample
	empty        uint32 // empty strings, not counted below
	minLen       uint32
	maxLen       uint32
	formatCounts [numFormats]uint32
}

// numberFacts give the range of integers; big tells of one beyond 64 bits, seen of others.
type numberFacts struct {
	min, max int64
	hasBig   bool
	hasRange bool
}

// any says that there were integers.
func (f *numberFacts) isSeen() bool { return f.hasBig || f.hasRange }

type arrayFacts struct {
	empty  uint32
	minLen uint32 // of whole arrays; maxUint32 when there was none
	maxLen uint32
	// prefix are the kinds of the first elements, a bit each.
	prefixKinds [maxTuple]uint8
	items       *valueFacts // nil, or inner
	inlineItems valueFacts

	_ [24]byte // as of properties
}

// records returns the records, ascending by tag. The slice is the node's.
func (n *valueFacts) objects() []*objectFacts {
	switch {
	case n.allObjects != nil:
		return *n.allObjects
	case n.latestObjects[0] != nil && !n.latestObjects[0].isSpare:
		return n.latestObjects[:]
	}
	return nil
}

// setRecords sets them.
func (n *valueFacts) setObjects(rs []*objectFacts) {
	n.allObjects, n.latestObjects[0] = nil, nil
	if len(rs) > 0 {
		n.latestObjects[0] = rs[0]
	}
	if len(rs) > 1 {
		n.allObjects = &rs
	}
}

// record returns the record of a tag, making it if need be. Tags come from ts.
func (n *valueFacts) objectFacts(tag []byte, ts *tagTable) *objectFacts {
	if r := n.latestObjects[0]; r != nil && !r.isSpare && (n.hasOneObject || r.tagString() == string(tag)) {
		return r
	}
	rs := n.objects()
	i, found := slices.BinarySearchFunc(rs, tag, func(r *objectFacts, t []byte) int { return strings.Compare(r.tagString(), string(t)) })
	if found {
		n.latestObjects[0] = rs[i]
		return rs[i]
	}
	if len(tag) > 0 && redact.Sensitive("", tagValue(string(tag))) {
		return n.objectFacts(nil, ts)
	}
	r := n.latestObjects[0]
	if r == nil || !r.isSpare {
		r = &objectFacts{}
	}
	r.tag, r.isSpare = ts.lookup(tag), false
	n.setObjects(slices.Insert(slices.Clip(rs), i, r))
	n.latestObjects[0] = r
	return r
}

// untag makes one record of all, as there are too many tags to tell apart.
func (n *valueFacts) dropTags(live bool) {
	all := &objectFacts{}
	for _, r := range n.objects() {
		all.merge(r, mergeMode{isPooled: true, keepCurrent: live})
	}
	n.setObjects([]*objectFacts{all})
	n.hasOneObject = true
}

func (n *valueFacts) stringFacts() *stringFacts {
	if n.strings == nil {
		n.strings = &stringFacts{}
	}
	return n.strings
}

func (n *valueFacts) arrayFacts() *arrayFacts {
	if n.array == nil {
		n.array = &arrayFacts{minLen: ^uint32(0)}
	}
	return n.array
}

// elements returns the node of the items; they share the name, so they share what may be kept.
func (n *valueFacts) itemFacts() *valueFacts {
	a := n.arrayFacts()
	if a.items == nil {
		a.items = &a.inlineItems
		a.inlineItems.keepsText = n.keepsText
	}
	return a.items
}

// text is a string that is looked at, with what is known of it. Its zero value but for s and hash is ready.
type stringValue struct {
	bytes   []byte
	hash    uint64
	formats format // with shapeKnown, once it is worked out
	cache   *formatCache
}

// formats tells which shapes the text has.
func (t *stringValue) allFormats() format {
	if t.formats == 0 {
		t.formats = t.cache.lookup(t.bytes, t.hash) | formatsKnown
	}
	return t.formats &^ formatsKnown
}

// add counts a string and returns its shape.
func (s *stringFacts) add(t *stringValue, keep bool) (f format) {
	if len(t.bytes) == 0 {
		s.empty = sum32(s.empty, 1)
		return formatsEmpty
	}
	l := uint32(len(t.bytes))
	if s.maxLen == 0 || l < s.minLen {
		s.minLen = l
	}
	s.maxLen = max(s.maxLen, l)
	i, found := s.values.find(t.hash)
	if found && s.values.entries[i].formats&formatsKnown != 0 {
		f = s.values.entries[i].formats &^ formatsKnown
		s.values.entries[i].count = sum32(s.values.entries[i].count, 1)
	} else {
		f = t.allFormats()
		kept := t.bytes
		if !keep || f&fmtToken == 0 {
			kept = nil
		}
		if s.values.acceptsAt(i) {
			s.values.add(t.hash, 1, kept)
			if i, found = s.values.find(t.hash); found {
				s.values.entries[i].formats = f | formatsKnown
			}
		}
	}
	s.countFormats(f, 1)
	return f
}

// repeat counts a string that was added before, n times more.
func (s *stringFacts) addRepeats(hash uint64, f format, n uint32) {
	if f == formatsEmpty {
		s.empty = sum32(s.empty, n)
		return
	}
	if i, found := s.values.find(hash); found {
		s.values.entries[i].count = sum32(s.values.entries[i].count, n)
	}
	s.countFormats(f, n)
}

// vote counts the shapes of n values.
func (s *stringFacts) countFormats(f format, n uint32) {
	for ; f != 0; f &= f - 1 {
		i := bits.TrailingZeros16(uint16(f))
		s.formatCounts[i] = sum32(s.formatCounts[i], n)
	}
}

// votesFor counts the values that have a shape.
func (s *stringFacts) formatCount(f format) uint32 {
	return s.formatCounts[bits.TrailingZeros16(uint16(f))]
}

func (f *numberFacts) add(v int64) {
	if !f.hasRange {
		f.min, f.max, f.hasRange = v, v, true
		return
	}
	f.min, f.max = min(f.min, v), max(f.max, v)
}
