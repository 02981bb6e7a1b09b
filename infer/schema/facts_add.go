package schema

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/bottomk"
)

// accumulator adds one body, given as tokens, to a tree of facts.
type accumulator struct {
	data              []byte
	tokens            []token
	observer          Observer
	epoch             uint32
	weight            uint32      // how often the body is added
	isComplete        bool        // the body is not truncated: presence and lengths count
	hasHidden         bool        // a text was not kept because of where it stands
	objectCount       uint32      // objects of the exchange so far
	current           stringValue // the string being added
	formats           formatCache
	names             nameTable
	tags              tagTable
	touchedObjects    []*objectFacts // by the current exchange
	touchedProperties []touchedProperty
	scratch           []byte
}

// touchedProperty is a property that occurs in the current exchange, and its owner.
type touchedProperty struct {
	property *propertyFacts
	owner    *objectFacts
}

// valueContext says where a value stands.
type valueContext struct {
	depth        int
	isPooled     bool // see valueFacts
	field, owner string
	isItem       bool
	isSecret     bool // below a secret name
}

// addValue adds the value at token i and returns its kind.
func (f *accumulator) addValue(i uint32, n *valueFacts, a *valueContext) (kind int) {
	if a.isPooled || n.epoch != f.epoch {
		n.epoch = f.epoch
		n.exchanges = sum32(n.exchanges, f.weight)
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
	if fingerprint := uint64(1 + kind); !n.countIfLatest(fingerprint, f.weight) {
		n.settle()
		n.latest, n.latestKind = latest{fingerprint: fingerprint}, uint8(kind)
		n.latestFormats, n.repeatReport = 0, ReportNothing
		n.kinds[kind] = sum32(n.kinds[kind], f.weight)
	}
	return kind
}

// addScalar adds a string or number and returns its kind.
func (f *accumulator) addScalar(t *token, n *valueFacts, a *valueContext) (kind int) {
	s := f.data[t.start:t.end]
	fingerprint := fingerprintOf(t.kind, s)
	if t.kind == '"' {
		s = f.stringText(t)
	}
	if n.countIfLatest(fingerprint, f.weight) {
		kind = int(n.latestKind)
		switch n.repeatReport {
		case ReportNothing:
		case ReportScalar:
			n.settle() // Scalar counts this one itself
			f.report(n, a, kind, s, n.latest.hash)
		default:
			f.reportRepeat(n, kind, s)
		}
		return kind
	}
	n.settle()
	if t.kind == '0' {
		kind, n.latest = n.addNumber(s), latest{fingerprint: fingerprint, hash: bottomk.Hash(s)}
	} else {
		kind = kindString
		x := f.prepareString(s)
		if t.kind == 's' {
			n.markText(x)
		}
		keepsText := n.keepsText && !(rules.MayHoldVocabulary(a.field) && bytes.ContainsAny(s, "0123456789"))
		if keepsText {
			x.observer, x.field, x.owner, x.isItem = f.observer, a.field, a.owner, a.isItem
		}
		n.latestFormats, n.latest = n.stringFacts().add(x, keepsText, f.weight), latest{fingerprint, x.hash}
		if x.isHidden {
			f.hasHidden = true
			n.latest.fingerprint = 0 // it may stand elsewhere the next time
		}
	}
	n.latestKind = uint8(kind)
	n.kinds[kind] = sum32(n.kinds[kind], f.weight)
	f.report(n, a, kind, s, n.latest.hash)
	return kind
}

// prepareString returns the stringValue of s. It is valid until the next call.
func (f *accumulator) prepareString(s []byte) *stringValue {
	f.current = stringValue{bytes: s, hash: bottomk.Hash(s), cache: &f.formats}
	return &f.current
}

// report reports a string or number to the observer. A position has one field and owner, so
// Position is called once.
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

// reportRepeat reports that the latest value occurred again.
func (f *accumulator) reportRepeat(n *valueFacts, kind int, text []byte) {
	switch {
	case f.observer != nil:
		f.observer.Repeat(&n.position, n.repeatReport, 1<<kind, text, n.latest.hash)
	case n.repeatReport == ReportCounted: // this repeat has no observer
		n.position.Count(-1)
	}
}

// addNumber adds a number to the range and returns its kind: kindInteger or kindNumber.
func (n *valueFacts) addNumber(text []byte) (kind int) {
	value, digits := int64(0), text
	if text[0] == '-' {
		digits = text[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' { // a decimal point or an exponent
			return kindNumber
		}
		value = value*10 + int64(c-'0') // overflows only if there are more than 18 digits
	}
	if len(digits) > 18 {
		v, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			n.numbers.hasBig = true
			return kindInteger
		}
		value = v
	} else if text[0] == '-' {
		value = -value
	}
	n.numbers.add(value)
	return kindInteger
}

// stringText returns the text of a string, which is valid until the next call.
func (f *accumulator) stringText(t *token) []byte {
	if !t.hasEscapes {
		return f.data[t.start+1 : t.end-1]
	}
	f.scratch, _ = jsontext.AppendUnquote(f.scratch[:0], f.data[t.start:t.end])
	return f.scratch
}

// nameText is stringText for property names. Names in forms have no quotes.
func (f *accumulator) nameText(t *token) []byte {
	if t.kind == 's' {
		return f.data[t.start:t.end]
	}
	return f.stringText(t)
}

// addArray adds the array at token i.
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
		arr.empty = sum32(arr.empty, f.weight)
	}
	arr.minLen, arr.maxLen = min(arr.minLen, count), max(arr.maxLen, count)
}

// addObject adds the object at token i.
func (f *accumulator) addObject(i uint32, n *valueFacts, a *valueContext) {
	end := nextValue(f.tokens, i)
	var tag []byte
	if !n.ignoresTags && !a.isSecret {
		tag = f.findTag(i, end)
	}
	r := n.objectFacts(tag, &f.tags)
	if n.allObjects != nil && len(*n.allObjects) > maxTags {
		n.dropTags(f.isComplete)
		r = n.latestObjects[0]
	}
	b := valueContext{depth: a.depth + 1, isPooled: a.isPooled || n.ignoresTags, owner: a.field, isSecret: a.isSecret}
	isComplete := f.isComplete && !f.tokens[i].isOpen
	f.countObject(r, isComplete, b.isPooled)
	f.objectCount++
	object := f.objectCount
	keySet, previous := uint64(0), -1 // previous is the slot of the previous property
	for j := i + 1; j+1 < end; j = nextValue(f.tokens, j+1) {
		var name []byte
		if t := &f.tokens[j]; t.kind == '"' && !t.hasEscapes {
			name = f.data[t.start+1 : t.end-1]
		} else {
			name = f.nameText(t)
		}
		k := f.property(r, name, previous, &f.tokens[j+1], b.depth)
		if k < 0 {
			f.addPooled(r, j, name, b)
			continue
		}
		previous = k
		p := r.properties[k].facts
		if f.observer != nil && !p.values.nameReported {
			p.values.nameReported = true
			f.observer.Key(p.name.text)
		}
		if p.latestObject != object || p.values.epoch != f.epoch {
			keySet += p.name.hash // independent of the order
			f.countProperty(r, p, object, isComplete, b.isPooled)
		}
		b.field, b.isSecret = p.name.text, a.isSecret || p.name.isSecret
		if a.isSecret && p.values.keepsText {
			p.values.keepsText = rules.ClassUnder("", rules.Secret, b.field) < rules.Weak
		}
		f.addValue(j+1, &p.values, &b)
	}
	if isComplete && !r.isCollapsed {
		r.countKeySet(bottomk.Int(keySet), f.weight)
	}
}

// property returns the slot of a property that follows slot previous, and creates it if needed. It
// returns -1 if the value belongs in the pool.
func (f *accumulator) property(r *objectFacts, name []byte, previous int, value *token, depth int) int {
	if r.isCollapsed {
		return -1
	}
	i := r.findProperty(name, previous)
	if i < 0 && !utf8.Valid(name) { // documents hold Unicode, so readers see the replacement characters
		name = []byte(string([]rune(string(name))))
		i = r.findProperty(name, previous)
	}
	if i >= 0 {
		return i
	}
	facts := f.names.lookup(name)
	if facts == nil {
		return -1
	}
	kind := value.kind
	if kind == '{' && depth >= maxDepth {
		kind = 0
	}
	i = r.addProperty(facts, previous, kind)
	if len(r.properties) > maxProperties {
		r.collapse(f.isComplete)
		return -1
	}
	return i
}

// addPooled adds a property whose name is not kept. The observer sees it as "*".
func (f *accumulator) addPooled(r *objectFacts, j uint32, name []byte, b valueContext) {
	b.isPooled = true
	v := r.poolFacts()
	v.names.add(bottomk.Hash(name), f.weight)
	b.field = "*"
	f.addValue(j+1, &v.values, &b)
}

// countObject counts an object.
func (f *accumulator) countObject(r *objectFacts, isComplete, isPooled bool) {
	if !isComplete {
		return
	}
	if isPooled {
		r.objects, r.exchanges = sum32(r.objects, f.weight), sum32(r.exchanges, f.weight)
		return
	}
	if r.epoch != f.epoch {
		r.epoch, r.exchangeObjects = f.epoch, 0
		f.touchedObjects = append(f.touchedObjects, r)
	}
	r.exchangeObjects++
}

// countProperty counts a property of an object, before its value.
func (f *accumulator) countProperty(r *objectFacts, p *propertyFacts, object uint32, isComplete, isPooled bool) {
	p.latestObject = object
	if !isComplete {
		return
	}
	p.present = sum32(p.present, f.weight)
	if isPooled {
		p.exchanges = sum32(p.exchanges, f.weight)
		return
	}
	if p.values.epoch != f.epoch {
		p.exchangeObjects = 0
		f.touchedProperties = append(f.touchedProperties, touchedProperty{p, r})
	}
	p.exchangeObjects++
}

// endExchange counts the properties that every object of the exchange had.
func (f *accumulator) endExchange() {
	for _, t := range f.touchedProperties {
		if t.property.exchangeObjects == t.owner.exchangeObjects {
			t.property.exchanges = sum32(t.property.exchanges, f.weight)
		}
	}
	for _, r := range f.touchedObjects {
		r.objects, r.exchanges = sum32(r.objects, times32(r.exchangeObjects, f.weight)), sum32(r.exchanges, f.weight)
		r.exchangeObjects = 0
	}
	clear(f.touchedProperties)
	clear(f.touchedObjects)
	f.touchedProperties, f.touchedObjects = f.touchedProperties[:0], f.touchedObjects[:0]
}

// release drops all references to the last body.
func (f *accumulator) release() {
	f.data, f.tokens, f.observer, f.current = nil, nil, nil, stringValue{}
	if cap(f.scratch) > maxRetainedTokens || cap(f.touchedProperties) > maxRetainedTokens {
		f.scratch, f.touchedProperties, f.touchedObjects = nil, nil, nil
	}
}
