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
type fold struct {
	data    []byte
	tape    []token
	obs     Observer
	epoch   uint32
	whole   bool   // the body is not cut: presence and lengths may be counted
	objects uint32 // so far
	str     text   // the string at hand
	shapes  shapes
	names   names
	tags    tags
	records []*record // that the exchange has touched
	props   []touched
	buf     []byte
}

// touched is a property that the exchange has, and its record.
type touched struct {
	p *prop
	r *record
}

// at is where a value stands.
type at struct {
	depth        int
	pooled       bool // see node
	field, owner string
	item         bool
}

// value adds the value at i and returns what kind it is.
func (f *fold) value(i uint32, n *node, a *at) (kind int) {
	if a.pooled || n.epoch != f.epoch {
		n.epoch = f.epoch
		n.exch = sum32(n.exch, 1)
	}
	t := &f.tape[i]
	switch t.kind {
	case '"', '0', 's':
		return f.scalar(t, n, a)
	case '[':
		if kind = isArray; a.depth < maxDepth {
			f.array(i, n, a)
		}
	case '{':
		if kind = isObject; a.depth < maxDepth {
			f.object(i, n, a)
		}
	case 't', 'f':
		kind = isBoolean
	case 'n':
		kind = isNull
	case 'b':
		kind, n.files = isString, true
	}
	if mark := uint64(1 + kind); !n.isLatest(mark) {
		n.settle()
		n.latest, n.kind, n.shape, n.telling = latest{mark: mark}, uint8(kind), 0, ReportNothing
		n.kinds[kind] = sum32(n.kinds[kind], 1)
	}
	return kind
}

// scalar adds a string or number and returns what kind it is.
func (f *fold) scalar(t *token, n *node, a *at) (kind int) {
	s := f.data[t.start:t.end]
	mark := markOf(t.kind, s)
	if t.kind == '"' {
		s = f.text(t)
	}
	if n.isLatest(mark) {
		kind = int(n.kind)
		switch n.telling {
		case ReportNothing:
		case ReportScalar:
			n.settle() // what was told anew has been counted
			f.tell(n, a, kind, s, n.latest.hash)
		default:
			f.tellAgain(n, kind, s)
		}
		return kind
	}
	n.settle()
	if t.kind == '0' {
		kind, n.latest = n.number(s), latest{mark: mark, hash: sketch.Hash(s)}
	} else {
		kind = isString
		x := f.look(s)
		if t.kind == 's' {
			n.readText(x)
		}
		n.shape, n.latest = n.strings().add(x, n.keep), latest{mark, x.hash}
	}
	n.kind = uint8(kind)
	n.kinds[kind] = sum32(n.kinds[kind], 1)
	f.tell(n, a, kind, s, n.latest.hash)
	return kind
}

// look makes ready to look at a string, until the next one.
func (f *fold) look(s []byte) *text {
	f.str = text{s: s, hash: sketch.Hash(s), known: &f.shapes}
	return &f.str
}

// tell tells the observer of a string or number. Where a node is, so are its names: one place does for all its values.
func (f *fold) tell(n *node, a *at, kind int, text []byte, hash uint64) {
	if kind == isNumber {
		n.telling = ReportNothing
		return
	}
	if n.telling = ReportScalar; f.obs == nil {
		return
	}
	if n.place == nil {
		n.place = f.obs.Position(a.field, a.owner, a.item)
	}
	n.telling = f.obs.Scalar(n.place, 1<<kind, text, hash)
}

// tellAgain tells the observer that the latest value came again.
func (f *fold) tellAgain(n *node, kind int, text []byte) {
	switch {
	case f.obs != nil:
		f.obs.Repeat(&n.place, n.telling, 1<<kind, text, n.latest.hash)
	case n.telling == ReportCounted: // nobody is to be told of this one
		n.place.Count(-1)
	}
}

// number adds a number and says whether it is whole.
func (n *node) number(text []byte) (kind int) {
	whole, digits := int64(0), text
	if text[0] == '-' {
		digits = text[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' { // a point or an exponent
			return isNumber
		}
		whole = whole*10 + int64(c-'0') // wraps only where the length tells
	}
	if len(digits) > 18 {
		v, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			n.num.big = true
			return isInteger
		}
		whole = v
	} else if text[0] == '-' {
		whole = -whole
	}
	n.num.add(whole)
	return isInteger
}

// text returns the characters of a string, unescaped into a buffer that the next call reuses.
func (f *fold) text(t *token) []byte {
	if !t.esc {
		return f.data[t.start+1 : t.end-1]
	}
	return f.unescape(t)
}

func (f *fold) unescape(t *token) []byte {
	f.buf, _ = jsontext.AppendUnquote(f.buf[:0], f.data[t.start:t.end]) // invalid UTF-8 is replaced and reported
	return f.buf
}

// name is text for the names of properties; those of forms stand bare.
func (f *fold) name(t *token) []byte {
	if t.kind == 's' {
		return f.data[t.start:t.end]
	}
	return f.text(t)
}

func (f *fold) array(i uint32, n *node, a *at) {
	t := &f.tape[i]
	arr := n.array()
	end := skip(f.tape, i)
	count := uint32(0)
	b := *a
	b.depth++
	b.item = true
	var items *node
	for j := i + 1; j < end; j = skip(f.tape, j) {
		if items == nil {
			items = n.elements()
		}
		kind := f.value(j, items, &b)
		if count < maxPrefix {
			arr.prefix[count] |= 1 << kind
		}
		count++
	}
	if t.open {
		return
	}
	if count == 0 {
		arr.empty = sum32(arr.empty, 1)
	}
	arr.minLen, arr.maxLen = min(arr.minLen, count), max(arr.maxLen, count)
}

func (f *fold) object(i uint32, n *node, a *at) {
	end := skip(f.tape, i)
	var tag []byte
	if !n.tags {
		tag = f.tag(i, end)
	}
	r := n.record(tag, &f.tags)
	if n.many != nil && len(*n.many) > maxTags {
		n.untag(f.whole)
		r = n.rec[0]
	}
	b := at{depth: a.depth + 1, pooled: a.pooled || n.tags, owner: a.field}
	whole := f.whole && !f.tape[i].open
	f.enter(r, whole, b.pooled)
	f.objects++
	object := f.objects
	set, at := uint64(0), -1 // at is the slot of the property before
	for j := i + 1; j+1 < end; j = skip(f.tape, j+1) {
		var name []byte
		if t := &f.tape[j]; t.kind == '"' && !t.esc {
			name = f.data[t.start+1 : t.end-1]
		} else {
			name = f.name(t)
		}
		k := f.prop(r, name, at, &f.tape[j+1], b.depth)
		if k < 0 {
			f.pool(r, j, name, b)
			continue
		}
		at = k
		p := r.props[k].p
		if f.obs != nil && !p.node.told {
			p.node.told = true
			f.obs.Key(p.name.text)
		}
		if p.object != object || p.node.epoch != f.epoch {
			set += p.name.hash // in any order
			f.present(r, p, object, whole, b.pooled)
		}
		b.field = p.name.text
		f.value(j+1, &p.node, &b)
	}
	if whole && !r.wide {
		r.keySet(sketch.Int(set))
	}
}

// prop returns the slot of a record's property that comes after another one, making it if need be; -1 when its value is
// to be pooled.
func (f *fold) prop(r *record, name []byte, at int, value *token, depth int) int {
	if r.wide {
		return -1
	}
	i := r.lookup(name, at)
	if i < 0 && !utf8.Valid(name) { // names in a document are Unicode, so readers see the replacement
		name = []byte(string([]rune(string(name))))
		i = r.lookup(name, at)
	}
	if i >= 0 {
		return i
	}
	known := f.names.of(name)
	if known == nil {
		return -1
	}
	kind := value.kind
	if kind == '{' && depth >= maxDepth {
		kind = 0
	}
	i = r.add(known, at, kind)
	if len(r.props) > maxProps {
		r.collapse(f.whole)
		return -1
	}
	return i
}

// pool adds a property whose name is not kept: it is data, and the observer knows it as "*".
func (f *fold) pool(r *record, j uint32, name []byte, b at) {
	b.pooled = true
	v := r.values()
	v.names.add(sketch.Hash(name), 1, nil)
	b.field = "*"
	f.value(j+1, &v.node, &b)
}

// enter counts an object of a record.
func (f *fold) enter(r *record, whole, pooled bool) {
	if !whole {
		return
	}
	if pooled {
		r.objects, r.exch = sum32(r.objects, 1), sum32(r.exch, 1)
		return
	}
	if r.epoch != f.epoch {
		r.epoch, r.cur = f.epoch, 0
		f.records = append(f.records, r)
	}
	r.cur++
}

// present counts a property of an object, before its value.
func (f *fold) present(r *record, p *prop, object uint32, whole, pooled bool) {
	p.object = object
	if !whole {
		return
	}
	p.present = sum32(p.present, 1)
	if pooled {
		p.always = sum32(p.always, 1)
		return
	}
	if p.node.epoch != f.epoch {
		p.cur = 0
		f.props = append(f.props, touched{p, r})
	}
	p.cur++
}

// seal ends an exchange: what it had everywhere counts once.
func (f *fold) seal() {
	for _, t := range f.props {
		if t.p.cur == t.r.cur {
			t.p.always = sum32(t.p.always, 1)
		}
	}
	for _, r := range f.records {
		r.objects, r.exch = sum32(r.objects, r.cur), sum32(r.exch, 1)
		r.cur = 0
	}
	clear(f.props)
	clear(f.records)
	f.props, f.records = f.props[:0], f.records[:0]
}

// forget lets go of the last body.
func (f *fold) forget() {
	f.data, f.tape, f.obs, f.str = nil, nil, nil, text{}
	if cap(f.buf) > maxScratch || cap(f.props) > maxScratch {
		f.buf, f.props, f.records = nil, nil, nil
	}
}
