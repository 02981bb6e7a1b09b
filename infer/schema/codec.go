package schema

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
)

// codecVersion is the first byte of encoded facts. It changes with the encoding and with the hash.
const codecVersion = 1

// errFacts refuses bytes that are no encoded facts.
var errFacts = errors.New("decode facts: not in the encoding of this version")

// AppendBinary appends the encoding of the facts to b. Equal facts have equal encodings. It never fails.
func (f *Facts) AppendBinary(b []byte) ([]byte, error) {
	e := encoder{b: append(b, codecVersion), names: map[string]uint64{}}
	e.num(uint64(f.exchanges))
	e.node(&f.root)
	return e.b, nil
}

// UnmarshalBinary replaces f by the facts encoded in data, which it does not keep.
func (f *Facts) UnmarshalBinary(data []byte) error {
	d := decoder{b: data}
	if d.byte() != codecVersion {
		return errFacts
	}
	g := Facts{exchanges: d.num32()}
	d.node(&g.root, 0)
	if d.bad || len(d.b) > 0 {
		return errFacts
	}
	*f = g
	return nil
}

type encoder struct {
	b     []byte
	names map[string]uint64 // index of names written before
}

func (e *encoder) num(n uint64)    { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) signed(n int64)  { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) num32(n uint32)  { e.num(uint64(n)) }
func (e *encoder) text(s string)   { e.num(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) word(n uint64)   { e.b = binary.LittleEndian.AppendUint64(e.b, n) }
func (e *encoder) flags(f ...bool) { e.b = append(e.b, flagByte(f)) }

func flagByte(fs []bool) (b byte) {
	for i, f := range fs {
		if f {
			b |= 1 << i
		}
	}
	return b
}

// name writes a string that is likely to come again.
func (e *encoder) name(s string) {
	if i, ok := e.names[s]; ok {
		e.num(i + 1)
		return
	}
	e.names[s] = uint64(len(e.names))
	e.num(0)
	e.text(s)
}

func (e *encoder) node(n *node) {
	e.flags(n.keep, n.typed, n.files, n.tags, n.str != nil, n.num != nil, n.arr != nil, len(n.recs) > 0)
	e.num32(n.exch)
	used := make([]bool, numKinds)
	for i, c := range n.kinds {
		used[i] = c > 0
	}
	e.flags(used...)
	for _, c := range n.kinds {
		if c > 0 {
			e.num32(c)
		}
	}
	if n.str != nil {
		e.strings(n.str)
	}
	if n.num != nil {
		e.flags(n.num.big, n.num.seen)
		e.signed(n.num.min)
		e.signed(n.num.max)
	}
	if n.arr != nil {
		e.array(n.arr)
	}
	if len(n.recs) > 0 {
		e.num(uint64(len(n.recs)))
		for _, r := range n.recs {
			e.record(r)
		}
	}
}

func (e *encoder) strings(s *stringFacts) {
	e.num32(s.empty)
	e.num32(s.minLen)
	e.num32(s.maxLen)
	var mask uint64
	for i, c := range s.votes {
		if c > 0 {
			mask |= 1 << i
		}
	}
	e.num(mask)
	for _, c := range s.votes {
		if c > 0 {
			e.num32(c)
		}
	}
	e.values(&s.values)
}

func (e *encoder) values(v *values) {
	e.flags(v.over)
	e.num(uint64(len(v.list)))
	for _, x := range v.list {
		e.word(x.hash)
		e.num32(x.count)
		e.text(x.text)
	}
}

func (e *encoder) array(a *arrayFacts) {
	e.num32(a.empty)
	e.num32(a.minLen)
	e.num32(a.maxLen)
	e.b = append(e.b, a.prefix[:]...)
	e.flags(a.items != nil)
	if a.items != nil {
		e.node(a.items)
	}
}

func (e *encoder) record(r *record) {
	e.name(r.tag)
	e.flags(r.pool != nil, r.wide)
	e.num32(r.objects)
	e.num32(r.exch)
	e.values(&r.sets)
	if r.pool != nil {
		e.values(&r.pooled)
		e.node(r.pool)
	}
	e.num(uint64(len(r.props)))
	for _, p := range r.sorted() {
		e.name(p.name)
		e.num32(p.present)
		e.num32(p.always)
		e.node(p.node)
	}
}

type decoder struct {
	b     []byte
	names []string
	bad   bool
}

func (d *decoder) fail() { d.bad, d.b = true, nil }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) num() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) signed() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) num32() uint32 {
	n := d.num()
	if n > math.MaxUint32 {
		d.fail()
		return 0
	}
	return uint32(n)
}

// count reads a number of things that take at least size bytes each.
func (d *decoder) count(limit, size int) int {
	n := d.num()
	if n > uint64(limit) || n*uint64(size) > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.num()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) name() string {
	i := d.num()
	if i == 0 {
		s := d.text()
		d.names = append(d.names, s)
		return s
	}
	if i > uint64(len(d.names)) {
		d.fail()
		return ""
	}
	return d.names[i-1]
}

func (d *decoder) node(n *node, depth int) {
	if depth > 3*maxDepth {
		d.fail()
		return
	}
	f := d.byte()
	n.keep, n.typed, n.files, n.tags = f&1 != 0, f&2 != 0, f&4 != 0, f&8 != 0
	n.exch = d.num32()
	used := d.byte()
	for i := range n.kinds {
		if used>>i&1 != 0 {
			n.kinds[i] = d.num32()
		}
	}
	if f&16 != 0 {
		n.str = d.strings()
	}
	if f&32 != 0 {
		g := d.byte()
		n.num = &numberFacts{big: g&1 != 0, seen: g&2 != 0, min: d.signed(), max: d.signed()}
	}
	if f&64 != 0 {
		n.arr = d.array(depth)
	}
	if f&128 != 0 {
		d.records(n, depth)
	}
}

func (d *decoder) records(n *node, depth int) {
	count := d.count(maxTags, 7)
	if n.tags && count != 1 {
		d.fail()
	}
	for i := 0; i < count && !d.bad; i++ {
		r := d.record(depth)
		if i > 0 && n.recs[i-1].tag >= r.tag {
			d.fail()
		}
		n.recs = append(n.recs, r)
	}
}

func (d *decoder) strings() *stringFacts {
	s := &stringFacts{empty: d.num32(), minLen: d.num32(), maxLen: d.num32()}
	mask := d.num()
	for i := range s.votes {
		if mask>>i&1 != 0 {
			s.votes[i] = d.num32()
		}
	}
	d.values(&s.values)
	return s
}

func (d *decoder) values(v *values) {
	v.over = d.byte()&1 != 0
	limit := maxValues
	if v.over {
		limit = maxSketch
	}
	n := d.count(limit, 10)
	for i := 0; i < n && !d.bad; i++ {
		if len(d.b) < 8 {
			d.fail()
			return
		}
		h := binary.LittleEndian.Uint64(d.b)
		d.b = d.b[8:]
		x := value{hash: h, count: d.num32(), text: strings.Clone(d.text())}
		if i > 0 && v.list[i-1].hash >= h {
			d.fail()
		}
		v.list = append(v.list, x)
	}
}

func (d *decoder) array(depth int) *arrayFacts {
	a := &arrayFacts{empty: d.num32(), minLen: d.num32(), maxLen: d.num32()}
	for i := range a.prefix {
		a.prefix[i] = d.byte()
	}
	if d.byte()&1 != 0 && !d.bad {
		a.items = &node{}
		d.node(a.items, depth+1)
	}
	return a
}

func (d *decoder) record(depth int) *record {
	r := &record{tag: d.name()}
	f := d.byte()
	r.wide = f&2 != 0
	r.objects, r.exch = d.num32(), d.num32()
	d.values(&r.sets)
	if f&1 != 0 && !d.bad {
		d.values(&r.pooled)
		r.pool = &node{}
		d.node(r.pool, depth+1)
	}
	n := d.count(maxProps, 6)
	last := ""
	for i := 0; i < n && !d.bad; i++ {
		name := d.name()
		if i > 0 && name <= last {
			d.fail()
			break
		}
		last = name
		p := r.add(name)
		p.present, p.always = d.num32(), d.num32()
		d.node(p.node, depth+1)
	}
	r.next = 0
	return r
}
