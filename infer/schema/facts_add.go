package schema

import (
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/infer/sketch"
)

// Observer is told of the names, strings and integers of a body while it is read.
type Observer interface {
	// Place is asked once for each place where they stand, and what it returns is given with each of them: the
	// name of the property that holds it or, with item set, of the array that lists it; and the name of the property
	// that holds the object around it ("" at the top).
	Position(field, owner string, item bool) Position
	// Scalar is a string or integer, in their order. Text is a string without quotes and escapes, or the JSON text,
	// and valid during the call only; hash is sketch.Hash of it. It returns how to tell of the same value if that is
	// what comes next to the place, in this body or another.
	Scalar(place Position, kind Kind, text []byte, hash uint64) RepeatReport
	// Again is told, instead of Scalar, of such a value; how is what Scalar returned. The observer is another
	// then, if the body is. Place points to where the place is kept: it is seldom needed, and seldom near.
	Repeat(place *Position, how RepeatReport, kind Kind, text []byte, hash uint64)
	// Key is the name of a property, told once for each place.
	Key(name string)
}

// Place is what an observer knows a place by.
type Position interface {
	// Count is told how often the value that the place had last came again, of those that Again was told of and that
	// were Counted: not at once, but before another value comes, and no later than [Facts.Settle].
	Count(n int)
}

// Telling is how an observer is told of a value that comes again.
type RepeatReport uint8

// The ways of telling.
const (
	ReportScalar  RepeatReport = iota // by Scalar
	ReportNothing                     // it need not be
	ReportRepeat                      // by Again
	ReportCounted                     // by Again and, later, by the place's Count
)

// fold adds one body, given as tokens, to a tree of facts.
type accumulator struct {
	data              []byte
	tokens            []token
	observer          Observer
	epoch             uint32
	isComplete        bool        // the body is not cut: presence and lengths may be counted
	objectCount       uint32      // so far
	current           stringValue // the string at hand
	formats           formatCache
	names             nameTable
	tags              tagTable
	touchedObjects    []*objectFacts // that the exchange has touched
	touchedProperties []touchedProperty
	scratch           []byte
}

// touched is a property that the exchange has, and its record.
type touchedProperty struct {
	property *propertyFacts
	owner    *objectFacts
}

// at is where a value stands.
type valueContext struct {
	depth        int
	isPooled     bool // see node
	field, owner string
	isItem       bool
}

// value adds the value at i and returns what kind it is.
func (f *accumulator) addValue(i uint32, n *valueFacts, a *valueContext) (kind int) {
	if a.isPooled || n.epoch != f.epoch {
		n.epoch = f.epoch
		n.exchanges = sum32(n.exchanges, 1)
	}
	t := &f.tokens[i]
	switch t.kind {
	case '"', '0', 's':
		return f.addScalar(t, n, a)
	case '[':
		if kind = kindArray; a.depth < maxDepth {
			f.addArray(i, n, a)
		}
	case '{':
		if kind = kindObject; a.depth < maxDepth {
			f.addObject(i, n, a)
		}
	case 't', 'f':
		kind = kindBoolean
	case 'n':
		kind = kindNull
	case 'b':
		kind, n.isFile = kindString, true
	}
	if mark := uint64(1 + kind); !n.countIfLatest(mark) {
		n.settle()
		n.latest, n.latestKind, n.latestFormats, n.repeatReport = latest{fingerprint: mark}, uint8(kind), 0, ReportNothing
		n.kinds[kind] = sum32(n.kinds[kind], 1)
	}
	return kind
}

// scalar adds a string or number and returns what kind it is.
func (f *accumulator) addScalar(t *token, n *valueFacts, a *valueContext) (kind int) {
	s := f.data[t.start:t.end]
	mark := fingerprintOf(t.kind, s)
	if t.kind == '"' {
		s = f.stringText(t)
	}
	if n.countIfLatest(mark) {
		kind = int(n.latestKind)
		switch n.repeatReport {
		case ReportNothing:
		case ReportScalar:
			n.settle() // what was told anew has been counted
			f.report(n, a, kind, s, n.latest.hash)
		default:
			f.reportRepeat(n, kind, s)
		}
		return kind
	}
	n.settle()
	if t.kind == '0' {
		kind, n.latest = n.addNumber(s), latest{fingerprint: mark, hash: sketch.Hash(s)}
	} else {
		kind = kindString
		x := f.prepareString(s)
		if t.kind == 's' {
			n.markText(x)
		}
		n.latestFormats, n.latest = n.stringFacts().add(x, n.keepsText), latest{mark, x.hash}
	}
	n.latestKind = uint8(kind)
	n.kinds[kind] = sum32(n.kinds[kind], 1)
	f.report(n, a, kind, s, n.latest.hash)
	return kind
}

// look makes ready to look at a string, until the next one.
func (f *accumulator) prepareString(s []byte) *stringValue {
	f.current = stringValue{bytes: s, hash: sketch.Hash(s), cache: &f.formats}
	return &f.current
}

// tell tells the observer of a string or number. Where a node is, so are its names: one place does for all its values.
func (f *accumulator) report(n *valueFacts, a *valueContext, kind int, text []byte, hash uint64) {
	if kind == kindNumber {
		n.repeatReport = ReportNothing
		return
	}
	if n.repeatReport = ReportScalar; f.observer == nil {
		return
	}
	if n.position == nil {
		n.position = f.observer.Position(a.field, a.owner, a.isItem)
	}
	n.repeatReport = f.observer.Scalar(n.position, 1<<kind, text, hash)
}

// tellAgain tells the observer that the latest value came again.
func (f *accumulator) reportRepeat(n *valueFacts, kind int, text []byte) {
	switch {
	case f.observer != nil:
		f.observer.Repeat(&n.position, n.repeatReport, 1<<kind, text, n.latest.hash)
	case n.repeatReport == ReportCounted: // nobody is to be told of this one
		n.position.Count(-1)
	}
}

// number adds a number and says whether it is whole.
func (n *valueFacts) addNumber(text []byte) (kind int) {
	whole, digits := int64(0), text
	if text[0] == '-' {
		digits = text[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' { // a point or an exponent
			return kindNumber
		}
		whole = whole*10 + int64(c-'0') // wraps only where the length tells
	}
	if len(digits) > 18 {
		v, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			n.numbers.hasBig = true
			return kindInteger
		}
		whole = v
	} else if text[0] == '-' {
		whole = -whole
	}
	n.numbers.add(whole)
	return kindInteger
}

// text returns the characters of a string, unescaped into a buffer that the next call reuses.
func (f *accumulator) stringText(t *token) []byte {
	if !t.hasEscapes {
		return f.data[t.start+1 : t.end-1]
	}
	return f.unescape(t)
}

func (f *accumulator) unescape(t *token) []byte {
	f.scratch, _ = jsontext.AppendUnquote(f.scratch[:0], f.data[t.start:t.end]) // invalid UTF-8 is replaced and reported
	return f.scratch
}

// name is text for the names of properties; those of forms stand bare.
func (f *accumulator) nameText(t *token) []byte {
	if t.kind == 's' {
		return f.data[t.start:t.end]
	}
	return f.stringText(t)
}

func (f *accumulator) addArray(i uint32, n *valueFacts, a *valueContext) {
	t := &f.tokens[i]
	arr := n.arrayFacts()
	end := nextValue(f.tokens, i)
	count := uint32(0)
	b := *a
	b.depth++
	b.isItem = true
	var items *valueFacts
	for j := i + 1; j < end; j = nextValue(f.tokens, j) {
		if items == nil {
			items = n.itemFacts()
		}
		kind := f.addValue(j, items, &b)
		if count < maxTuple {
			arr.prefixKinds[count] |= 1 << kind
		}
		count++
	}
	if t.isOpen {
		return
	}
	if count == 0 {
		arr.empty = sum32(arr.empty, 1)
	}
	arr.minLen, arr.maxLen = min(arr.minLen, count), max(arr.maxLen, count)
}

func (f *accumulator) addObject(i uint32, n *valueFacts, a *valueContext) {
	end := nextValue(f.tokens, i)
	var tag []byte
	if !n.hasOneObject {
		tag = f.findTag(i, end)
	}
	r := n.objectFacts(tag, &f.tags)
	if n.allObjects != nil && len(*n.allObjects) > maxTags {
		n.dropTags(f.isComplete)
		r = n.latestObjects[0]
	}
	b := valueContext{depth: a.depth + 1, isPooled: a.isPooled || n.hasOneObject, owner: a.field}
	whole := f.isComplete && !f.tokens[i].isOpen
	f.countObject(r, whole, b.isPooled)
	f.objectCount++
	object := f.objectCount
	set, at := uint64(0), -1 // at is the slot of the property before
	for j := i + 1; j+1 < end; j = nextValue(f.tokens, j+1) {
		var name []byte
		if t := &f.tokens[j]; t.kind == '"' && !t.hasEscapes {
			name = f.data[t.start+1 : t.end-1]
		} else {
			name = f.nameText(t)
		}
		k := f.property(r, name, at, &f.tokens[j+1], b.depth)
		if k < 0 {
			f.addPooled(r, j, name, b)
			continue
		}
		at = k
		p := r.props[k].facts
		if f.observer != nil && !p.values.nameReported {
			p.values.nameReported = true
			f.observer.Key(p.name.text)
		}
		if p.latestObject != object || p.values.epoch != f.epoch {
			set += p.name.hash // in any order
			f.countProperty(r, p, object, whole, b.isPooled)
		}
		b.field = p.name.text
		f.addValue(j+1, &p.values, &b)
	}
	if whole && !r.isCollapsed {
		r.countKeySet(sketch.Int(set))
	}
}

// prop returns the slot of a record's property that comes after another one, making it if need be; -1 when its value is
// to be pooled.
func (f *accumulator) property(r *objectFacts, name []byte, at int, value *token, depth int) int {
	if r.isCollapsed {
		return -1
	}
	i := r.findProperty(name, at)
	if i < 0 && !utf8.Valid(name) { // names in a document are Unicode, so readers see the replacement
		name = []byte(string([]rune(string(name))))
		i = r.findProperty(name, at)
	}
	if i >= 0 {
		return i
	}
	known := f.names.lookup(name)
	if known == nil {
		return -1
	}
	kind := value.kind
	if kind == '{' && depth >= maxDepth {
		kind = 0
	}
	i = r.addProperty(known, at, kind)
	if len(r.props) > maxProps {
		r.collapse(f.isComplete)
		return -1
	}
	return i
}

// pool adds a property whose name is not kept: it is data, and the observer knows it as "*".
func (f *accumulator) addPooled(r *objectFacts, j uint32, name []byte, b valueContext) {
	b.isPooled = true
	v := r.poolFacts()
	v.names.add(sketch.Hash(name), 1, nil)
	b.field = "*"
	f.addValue(j+1, &v.values, &b)
}

// enter counts an object of a record.
func (f *accumulator) countObject(r *objectFacts, whole, pooled bool) {
	if !whole {
		return
	}
	if pooled {
		r.objects, r.exchanges = sum32(r.objects, 1), sum32(r.exchanges, 1)
		return
	}
	if r.epoch != f.epoch {
		r.epoch, r.exchangeObjects = f.epoch, 0
		f.touchedObjects = append(f.touchedObjects, r)
	}
	r.exchangeObjects++
}

// present counts a property of an object, before its value.
func (f *accumulator) countProperty(r *objectFacts, p *propertyFacts, object uint32, whole, pooled bool) {
	p.latestObject = object
	if !whole {
		return
	}
	p.present = sum32(p.present, 1)
	if pooled {
		p.exchanges = sum32(p.exchanges, 1)
		return
	}
	if p.values.epoch != f.epoch {
		p.exchangeObjects = 0
		f.touchedProperties = append(f.touchedProperties, touchedProperty{p, r})
	}
	p.exchangeObjects++
}

// seal ends an exchange: what it had everywhere counts once.
func (f *accumulator) endExchange() {
	for _, t := range f.touchedProperties {
		if t.property.exchangeObjects == t.owner.exchangeObjects {
			t.property.exchanges = sum32(t.property.exchanges, 1)
		}
	}
	for _, r := range f.touchedObjects {
		r.objects, r.exchanges = sum32(r.objects, r.exchangeObjects), sum32(r.exchanges, 1)
		r.exchangeObjects = 0
	}
	clear(f.touchedProperties)
	clear(f.touchedObjects)
	f.touchedProperties, f.touchedObjects = f.touchedProperties[:0], f.touchedObjects[:0]
}

// forget lets go of the last body.
func (f *accumulator) release() {
	f.data, f.tokens, f.observer, f.current = nil, nil, nil, stringValue{}
	if cap(f.scratch) > maxRetainedTokens || cap(f.touchedProperties) > maxRetainedTokens {
		f.scratch, f.touchedProperties, f.touchedObjects = nil, nil, nil
	}
}
