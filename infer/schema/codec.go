package schema

import (
	"errors"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/varint"
)

// codecVersion is the first byte of encoded facts. It changes with the encoding and with the hash
// function.
const codecVersion = 2

// errFacts is the error for data that is not encoded facts.
var errFacts = errors.New("decode facts: not in the encoding of this version")

// AppendBinary appends the encoding of the facts to b. Equal facts have equal encodings. The error
// is always nil.
func (f *Facts) AppendBinary(b []byte) ([]byte, error) {
	e := encoder{names: map[string]uint64{}}
	b = e.value(varint.Uint(append(b, codecVersion), uint64(f.exchanges)), &f.root)
	if f.partial > 0 { // earlier versions have no such counter
		b = varint.Uint(b, uint64(f.partial))
	}
	return b, nil
}

// UnmarshalBinary replaces f by the facts encoded in data, and does not retain data.
func (f *Facts) UnmarshalBinary(data []byte) error {
	d := decoder{Reader: varint.NewReader(data)}
	if d.Byte() != codecVersion {
		return errFacts
	}
	g := Facts{exchanges: d.Uint32()}
	d.value(&g.root, 0)
	if d.Rest() > 0 {
		if g.partial = d.Uint32(); g.partial == 0 {
			return errFacts
		}
	}
	if d.End() != nil {
		return errFacts
	}
	*f = g
	return nil
}

// encoder writes repeated names as indices.
type encoder struct{ names map[string]uint64 }

// name writes a string, or its index if it was written before.
func (e *encoder) name(b []byte, s string) []byte {
	if i, ok := e.names[s]; ok {
		return varint.Uint(b, i+1)
	}
	e.names[s] = uint64(len(e.names))
	return varint.String(varint.Uint(b, 0), s)
}

// appendCounters writes 32-bit counters.
func appendCounters(b []byte, ns ...uint32) []byte {
	for _, n := range ns {
		b = varint.Uint(b, uint64(n))
	}
	return b
}

// appendSparse writes a bit mask of the counters that are not 0, followed by those counters.
func appendSparse(b []byte, ns []uint32) []byte {
	var mask uint64
	for i, n := range ns {
		if n > 0 {
			mask |= 1 << i
		}
	}
	b = varint.Uint(b, mask)
	for _, n := range ns {
		if n > 0 {
			b = appendCounters(b, n)
		}
	}
	return b
}

// value writes the facts of a position and everything below.
func (e *encoder) value(b []byte, n *valueFacts) []byte {
	n.settle()
	b = varint.Flags(b, n.keepsText, n.isText, n.isFile, n.ignoresTags, n.strings != nil, n.numbers.isSeen(),
		n.array != nil, len(n.objects()) > 0)
	b = appendSparse(appendCounters(b, n.exchanges), n.kinds[:])
	if n.strings != nil {
		b = n.strings.appendTo(b)
	}
	if n.numbers.isSeen() {
		b = varint.Flags(b, n.numbers.hasBig, n.numbers.hasRange)
		b = varint.Int(varint.Int(b, n.numbers.min), n.numbers.max)
	}
	if n.array != nil {
		b = e.array(b, n.array)
	}
	if rs := n.objects(); len(rs) > 0 {
		b = varint.Uint(b, uint64(len(rs)))
		for _, r := range rs {
			b = e.object(b, r)
		}
	}
	return b
}

// appendTo writes the facts of strings.
func (s *stringFacts) appendTo(b []byte) []byte {
	b = appendSparse(appendCounters(b, s.empty, s.minLen, s.maxLen), s.formatCounts[:])
	return s.values.appendTo(b)
}

// appendTo writes a sample.
func (v *valueSample) appendTo(b []byte) []byte {
	b = varint.Uint(varint.Bool(b, v.isOverflowed), uint64(len(v.entries)))
	for _, x := range v.entries {
		b = varint.String(appendCounters(varint.Word(b, x.hash), x.count), x.text)
	}
	return b
}

// array writes the facts of arrays.
func (e *encoder) array(b []byte, a *arrayFacts) []byte {
	b = appendCounters(b, a.empty, a.minLen, a.maxLen)
	b = varint.Bool(append(b, a.prefixKinds[:]...), a.items != nil)
	if a.items != nil {
		b = e.value(b, a.items)
	}
	return b
}

// object writes the facts of the objects with one tag.
func (e *encoder) object(b []byte, r *objectFacts) []byte {
	r.settle()
	b = varint.Flags(e.name(b, r.tagString()), r.pool != nil, r.isCollapsed)
	b = appendCounters(b, r.objects, r.exchanges)
	if r.keySets == nil {
		b = new(valueSample).appendTo(b)
	} else {
		b = r.keySets.appendTo(b)
	}
	if r.pool != nil {
		b = e.value(r.pool.names.appendTo(b), &r.pool.values)
	}
	b = varint.Uint(b, uint64(len(r.properties)))
	for _, p := range r.sortedProperties() {
		b = e.value(appendCounters(e.name(b, p.name.text), p.present, p.exchanges), &p.values)
	}
	return b
}

// decoder reads what encoder wrote. It fails on limits, so that no input takes unbounded memory.
type decoder struct {
	*varint.Reader
	names     []string
	nameFacts map[string]*nameFacts
}

// nameFactsOf returns the facts of a property name. They lack keepsText, which valueFacts encode.
func (d *decoder) nameFactsOf(name string) *nameFacts {
	f := d.nameFacts[name]
	if f == nil {
		if d.nameFacts == nil {
			d.nameFacts = map[string]*nameFacts{}
		}
		f = &nameFacts{text: name, hash: bottomk.Hash(name), isSecret: isSecretName(name)}
		d.nameFacts[name] = f
	}
	return f
}

// name reads a string written by encoder.name.
func (d *decoder) name() string {
	i := d.Uint()
	if i == 0 {
		s := d.String()
		d.names = append(d.names, s)
		return s
	}
	if i > uint64(len(d.names)) {
		d.Fail()
		return ""
	}
	return d.names[i-1]
}

// sparse reads counters written by encoder.sparse.
func (d *decoder) sparse(ns []uint32) {
	mask := d.Uint()
	if mask>>len(ns) != 0 {
		d.Fail()
	}
	for i := range ns {
		if mask>>i&1 != 0 {
			ns[i] = d.Uint32()
		}
	}
}

// value reads the facts of a position and everything below.
func (d *decoder) value(n *valueFacts, depth int) {
	if depth > 3*maxDepth {
		d.Fail()
		return
	}
	f := d.Flags(8)
	n.keepsText, n.isText, n.isFile, n.ignoresTags = f&1 != 0, f&2 != 0, f&4 != 0, f&8 != 0
	n.exchanges = d.Uint32()
	d.sparse(n.kinds[:])
	if f&16 != 0 {
		n.strings = d.strings()
	}
	if f&32 != 0 {
		g := d.Flags(2)
		n.numbers = numberFacts{hasBig: g&1 != 0, hasRange: g&2 != 0, min: d.Int(), max: d.Int()}
		if g == 0 {
			d.Fail()
		}
	}
	if f&64 != 0 {
		n.array = d.array(depth)
	}
	if f&128 != 0 {
		d.objects(n, depth)
	}
}

// objects reads the facts of the objects, which must ascend by tag.
func (d *decoder) objects(n *valueFacts, depth int) {
	count := d.List(maxTags, 7)
	if n.ignoresTags && count != 1 {
		d.Fail()
	}
	var rs []*objectFacts
	for i := 0; i < count && d.Err() == nil; i++ {
		r := d.object(depth)
		if i > 0 && rs[i-1].tagString() >= r.tagString() {
			d.Fail()
		}
		rs = append(rs, r)
	}
	n.setObjects(rs)
}

// strings reads the facts of strings.
func (d *decoder) strings() *stringFacts {
	s := &stringFacts{empty: d.Uint32(), minLen: d.Uint32(), maxLen: d.Uint32()}
	d.sparse(s.formatCounts[:])
	d.sample(&s.values)
	return s
}

// sample reads a sample, which must ascend by hash.
func (d *decoder) sample(v *valueSample) {
	limit := maxValues
	if v.isOverflowed = d.Bool(); v.isOverflowed {
		limit = sketchSize
	}
	for range d.List(limit, 10) {
		x := sampledValue{hash: d.Word(), count: d.Uint32(), text: d.String()}
		if k := len(v.entries); k > 0 && v.entries[k-1].hash >= x.hash {
			d.Fail()
		}
		if d.Err() != nil {
			return
		}
		v.entries = append(v.entries, x)
	}
}

// array reads the facts of arrays.
func (d *decoder) array(depth int) *arrayFacts {
	a := &arrayFacts{empty: d.Uint32(), minLen: d.Uint32(), maxLen: d.Uint32()}
	d.Raw(a.prefixKinds[:])
	if d.Bool() {
		a.items = &a.inlineItems
		d.value(a.items, depth+1)
	}
	return a
}

// object reads the facts of the objects with one tag, whose properties must ascend by name.
func (d *decoder) object(depth int) *objectFacts {
	r := &objectFacts{tag: new(tagTable).lookup([]byte(d.name()))}
	f := d.Flags(2)
	r.isCollapsed = f&2 != 0
	r.objects, r.exchanges = d.Uint32(), d.Uint32()
	r.keySets = &valueSample{}
	d.sample(r.keySets)
	if f&1 != 0 {
		r.pool = &poolFacts{}
		d.sample(&r.pool.names)
		d.value(&r.pool.values, depth+1)
	}
	n := d.List(maxProperties, 6)
	last, slot := "", -1
	for i := 0; i < n && d.Err() == nil; i++ {
		name := d.name()
		if i > 0 && name <= last {
			d.Fail()
			break
		}
		last = name
		slot = r.addProperty(d.nameFactsOf(name), slot, 0)
		p := r.properties[slot].facts
		p.present, p.exchanges = d.Uint32(), d.Uint32()
		d.value(&p.values, depth+1)
	}
	return r
}
