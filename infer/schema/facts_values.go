package schema

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact"
)

const (
	// maxProperties is how many properties an object may have before it counts as a map whose
	// values are pooled. The widest objects of real APIs have about 150.
	maxProperties = 256
	// maxLinearProperties is how many properties are searched by comparing each name.
	maxLinearProperties = 4
	// maxTags is how many tags may divide the objects of one position.
	maxTags = 24
	// maxDepth is the depth below which only the kinds of values are counted.
	maxDepth = 24
	// maxTuple is the length of the longest array that can be a tuple.
	maxTuple = 4
)

// The kinds of values that valueFacts counts.
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

// valueFacts counts all values at one position, such as one property of one kind of body.
//
// Below a pool (see objectFacts) every value counts as an exchange of its own, because counting the
// values that share an exchange would take unbounded memory.
//
// The fields that every added value needs come first, so that they share a cache line.
type valueFacts struct {
	latest        latest          // not a fact, see settle
	latestObjects [1]*objectFacts // the only objectFacts, or the latest of several
	exchanges     uint32          // exchanges with a value here
	epoch         uint32          // the exchange that counted last
	repeats       uint32          // repeats of latest that are not counted below
	latestKind    uint8           // of latest
	repeatReport  RepeatReport
	ignoresTags   bool // there were more than maxTags tags: one objectFacts holds all objects
	nameReported  bool // the observer received the name of the property

	position      Position        // the observer's name for this position; not a fact
	allObjects    *[]*objectFacts // nil unless there are several: all, ascending by tag
	strings       *stringFacts
	array         *arrayFacts
	kinds         [numKinds]uint32
	latestFormats format // of latest, if it is a string
	isText        bool   // values come from text (forms), so only formatCounts shows their types
	isFile        bool   // values are files of a form
	keepsText     bool   // short values may be kept as text: the name is not sensitive
	numbers       numberFacts
}

// stringFacts counts strings. All fields but empty count only those that are not empty.
type stringFacts struct {
	values       valueSample
	empty        uint32 // number of empty strings
	minLen       uint32
	maxLen       uint32
	formatCounts [numFormats]uint32
}

// numberFacts holds the range of the integers. hasBig reports one that does not fit 64 bits,
// hasRange any other.
type numberFacts struct {
	min, max int64
	hasBig   bool
	hasRange bool
}

// isSeen reports whether there were integers.
func (f *numberFacts) isSeen() bool { return f.hasBig || f.hasRange }

// arrayFacts counts arrays.
type arrayFacts struct {
	empty  uint32
	minLen uint32 // of complete arrays; maxUint32 without any
	maxLen uint32
	// prefixKinds holds one bit per kind for each of the first elements.
	prefixKinds [maxTuple]uint8
	items       *valueFacts // nil or &inlineItems
	inlineItems valueFacts

	_ [24]byte // rounds up to cache lines, as in propertyFacts
}

// objects returns the facts of the objects, ascending by tag. The caller must not change the slice.
func (n *valueFacts) objects() []*objectFacts {
	switch {
	case n.allObjects != nil:
		return *n.allObjects
	case n.latestObjects[0] != nil && !n.latestObjects[0].isSpare:
		return n.latestObjects[:]
	}
	return nil
}

// setObjects replaces the facts of the objects.
func (n *valueFacts) setObjects(rs []*objectFacts) {
	n.allObjects, n.latestObjects[0] = nil, nil
	if len(rs) > 0 {
		n.latestObjects[0] = rs[0]
	}
	if len(rs) > 1 {
		n.allObjects = &rs
	}
}

// objectFacts returns the facts of the objects with this tag, and creates them if needed. It
// interns tags in ts.
func (n *valueFacts) objectFacts(tag []byte, ts *tagTable) *objectFacts {
	if r := n.latestObjects[0]; r != nil && !r.isSpare && (n.ignoresTags || r.tagString() == string(tag)) {
		return r
	}
	rs := n.objects()
	i, found := slices.BinarySearchFunc(rs, tag,
		func(r *objectFacts, t []byte) int { return strings.Compare(r.tagString(), string(t)) })
	if found {
		n.latestObjects[0] = rs[i]
		return rs[i]
	}
	if len(tag) > 0 && redact.IsSensitive("", tagValue(string(tag))) {
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

// dropTags merges the facts of all tags into one, because there are too many tags.
func (n *valueFacts) dropTags(keepCurrent bool) {
	all := &objectFacts{}
	for _, r := range n.objects() {
		all.merge(r, mergeMode{isPooled: true, keepCurrent: keepCurrent})
	}
	n.setObjects([]*objectFacts{all})
	n.ignoresTags = true
}

// stringFacts returns the facts of strings, and creates them if needed.
func (n *valueFacts) stringFacts() *stringFacts {
	if n.strings == nil {
		n.strings = &stringFacts{}
	}
	return n.strings
}

// arrayFacts returns the facts of arrays, and creates them if needed.
func (n *valueFacts) arrayFacts() *arrayFacts {
	if n.array == nil {
		n.array = &arrayFacts{minLen: ^uint32(0)}
	}
	return n.array
}

// itemFacts returns the facts of the items. Items share the name of the array, and so its
// sensitivity.
func (n *valueFacts) itemFacts() *valueFacts {
	a := n.arrayFacts()
	if a.items == nil {
		a.items = &a.inlineItems
		a.inlineItems.keepsText = n.keepsText
	}
	return a.items
}

// stringValue is a string being added. Its zero value is ready, except for bytes and hash.
type stringValue struct {
	bytes   []byte
	hash    uint64
	formats format // includes formatsKnown once computed
	cache   *formatCache

	observer     Observer // nil for a parameter
	field, owner string   // as in [Observer.Hides]
	isItem       bool
	isHidden     bool // the text was not kept because of where it stands
}

// hides reports whether the text must not be kept because of where it stands.
func (t *stringValue) hides() bool {
	t.isHidden = t.observer != nil && t.observer.Hides(t.field, t.owner, t.isItem, t.bytes)
	return t.isHidden
}

// allFormats returns the formats that the string has.
func (t *stringValue) allFormats() format {
	if t.formats == 0 {
		t.formats = t.cache.lookup(t.bytes, t.hash) | formatsKnown
	}
	return t.formats &^ formatsKnown
}

// add counts a string n times and returns its formats.
func (s *stringFacts) add(t *stringValue, keepText bool, n uint32) (f format) {
	if len(t.bytes) == 0 {
		s.empty = sum32(s.empty, n)
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
		s.values.entries[i].count = sum32(s.values.entries[i].count, n)
	} else {
		f, found = t.allFormats(), false
		if s.values.acceptsAt(i) {
			s.values.add(t.hash, n)
			if i, found = s.values.find(t.hash); found {
				s.values.entries[i].formats = f | formatsKnown
			}
		}
	}
	if found && keepText && f&fmtToken != 0 && s.values.entries[i].text == "" {
		s.values.keepText(i, t)
	}
	s.countFormats(f, n)
	return f
}

// addRepeats counts a string that was added before n more times.
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

// countFormats adds n to the count of each format.
func (s *stringFacts) countFormats(f format, n uint32) {
	for ; f != 0; f &= f - 1 {
		i := bits.TrailingZeros16(uint16(f))
		s.formatCounts[i] = sum32(s.formatCounts[i], n)
	}
}

// formatCount returns how many values have a format.
func (s *stringFacts) formatCount(f format) uint32 {
	return s.formatCounts[bits.TrailingZeros16(uint16(f))]
}

// add extends the range to v.
func (f *numberFacts) add(v int64) {
	if !f.hasRange {
		f.min, f.max, f.hasRange = v, v, true
		return
	}
	f.min, f.max = min(f.min, v), max(f.max, v)
}
