package schema

import (
	"errors"

	"github.com/spectap/spectap/infer/sketch"
	"github.com/spectap/spectap/infer/wire"
)

// codecVersion is the first byte of encoded facts. It changes with the encoding and with the hash.
const codecVersion = 2

// errFacts refuses bytes that are no encoded facts.
var errFacts = errors.New("decode facts: not in the encoding of this version")

// AppendBinary appends the encoding of the facts to b. Equal facts have equal encodings. It never fails.
func (f *Facts) AppendBinary(b []byte) ([]byte, error) {
	e := encoder{names: map[string]uint64{}}
	return e.node(wire.Uint(append(b, codecVersion), uint64(f.exchanges)), &f.root), nil
}

// UnmarshalBinary replaces f by the facts encoded in data, which it does not keep.
func (f *Facts) UnmarshalBinary(data []byte) error {
	d := decoder{Reader: wire.NewReader(data)}
	if d.Byte() != codecVersion {
		return errFacts
	}
	g := Facts{exchanges: d.Uint32()}
	d.node(&g.root, 0)
	if d.End() != nil {
		return errFacts
	}
	*f = g
	return nil
}

// encoder knows the names written before.
type encoder struct{ names map[string]uint64 }

// name writes a string that is likely to come again.
func (e *encoder) name(b []byte, s string) []byte {
	if i, ok := e.names[s]; ok {
		return wire.Uint(b, i+1)
	}
	e.names[s] = uint64(len(e.names))
	return wire.String(wire.Uint(b, 0), s)
}

// nums writes counters of 32 bits.
func nums(b []byte, ns ...uint32) []byte {
	for _, n := range ns {
		b = wire.Uint(b, uint64(n))
	}
	return b
}

// sparse writes which counters are not 0, then those.
func sparse(b []byte, ns []uint32) []byte {
	var mask uint64
	for i, n := range ns {
		if n > 0 {
			mask |= 1 << i
		}
	}
	b = wire.Uint(b, mask)
	for _, n := range ns {
		if n > 0 {
			b = nums(b, n)
		}
	}
	return b
}

func (e *encoder) node(b []byte, n *node) []byte {
	n.settle()
	b = wire.Flags(b, n.keep, n.typed, n.files, n.tags, n.str != nil, n.num.any(), n.arr != nil, len(n.records()) > 0)
	b = sparse(nums(b, n.exch), n.kinds[:])
	if n.str != nil {
		b = n.str.append(b)
	}
	if n.num.any() {
		b = wire.Flags(b, n.num.big, n.num.seen)
		b = wire.Int(wire.Int(b, n.num.min), n.num.max)
	}
	if n.arr != nil {
		b = e.array(b, n.arr)
	}
	if rs := n.records(); len(rs) > 0 {
		b = wire.Uint(b, uint64(len(rs)))
		for _, r := range rs {
			b = e.record(b, r)
		}
	}
	return b
}

func (s *stringFacts) append(b []byte) []byte {
	b = sparse(nums(b, s.empty, s.minLen, s.maxLen), s.votes[:])
	return s.values.append(b)
}

func (v *values) append(b []byte) []byte {
	b = wire.Uint(wire.Bool(b, v.over), uint64(len(v.list)))
	for _, x := range v.list {
		b = wire.String(nums(wire.Word(b, x.hash), x.count), x.text)
	}
	return b
}

func (e *encoder) array(b []byte, a *arrayFacts) []byte {
	b = nums(b, a.empty, a.minLen, a.maxLen)
	b = wire.Bool(append(b, a.prefix[:]...), a.items != nil)
	if a.items != nil {
		b = e.node(b, a.items)
	}
	return b
}

func (e *encoder) record(b []byte, r *record) []byte {
	r.settle()
	b = wire.Flags(e.name(b, r.tagText()), r.pool != nil, r.wide)
	b = nums(b, r.objects, r.exch)
	if r.sets == nil {
		b = new(values).append(b)
	} else {
		b = r.sets.append(b)
	}
	if r.pool != nil {
		b = e.node(r.pool.names.append(b), &r.pool.node)
	}
	b = wire.Uint(b, uint64(len(r.props)))
	for _, p := range r.sorted() {
		b = e.node(nums(e.name(b, p.name.text), p.present, p.always), &p.node)
	}
	return b
}

type decoder struct {
	*wire.Reader
	names []string
	known map[string]*nameFacts
}

// facts are what the name of a property says, but for what its node knows.
func (d *decoder) facts(name string) *nameFacts {
	f := d.known[name]
	if f == nil {
		if d.known == nil {
			d.known = map[string]*nameFacts{}
		}
		f = &nameFacts{text: name, hash: sketch.Hash(name)}
		d.known[name] = f
	}
	return f
}

func (d *decoder) bad() bool { return d.Err() != nil }

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

// sparse reads what sparse wrote.
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

func (d *decoder) node(n *node, depth int) {
	if depth > 3*maxDepth {
		d.Fail()
		return
	}
	f := d.Flags(8)
	n.keep, n.typed, n.files, n.tags = f&1 != 0, f&2 != 0, f&4 != 0, f&8 != 0
	n.exch = d.Uint32()
	d.sparse(n.kinds[:])
	if f&16 != 0 {
		n.str = d.strings()
	}
	if f&32 != 0 {
		g := d.Flags(2)
		n.num = numberFacts{big: g&1 != 0, seen: g&2 != 0, min: d.Int(), max: d.Int()}
		if g == 0 {
			d.Fail()
		}
	}
	if f&64 != 0 {
		n.arr = d.array(depth)
	}
	if f&128 != 0 {
		d.records(n, depth)
	}
}

func (d *decoder) records(n *node, depth int) {
	count := d.List(maxTags, 7)
	if n.tags && count != 1 {
		d.Fail()
	}
	var rs []*record
	for i := 0; i < count && !d.bad(); i++ {
		r := d.record(depth)
		if i > 0 && rs[i-1].tagText() >= r.tagText() {
			d.Fail()
		}
		rs = append(rs, r)
	}
	n.setRecords(rs)
}

func (d *decoder) strings() *stringFacts {
	s := &stringFacts{empty: d.Uint32(), minLen: d.Uint32(), maxLen: d.Uint32()}
	d.sparse(s.votes[:])
	d.values(&s.values)
	return s
}

func (d *decoder) values(v *values) {
	limit := maxValues
	if v.over = d.Bool(); v.over {
		limit = maxSketch
	}
	for range d.List(limit, 10) {
		x := value{hash: d.Word(), count: d.Uint32(), text: d.String()}
		if k := len(v.list); k > 0 && v.list[k-1].hash >= x.hash {
			d.Fail()
		}
		if d.bad() {
			return
		}
		v.list = append(v.list, x)
	}
}

func (d *decoder) array(depth int) *arrayFacts {
	a := &arrayFacts{empty: d.Uint32(), minLen: d.Uint32(), maxLen: d.Uint32()}
	d.Raw(a.prefix[:])
	if d.Bool() {
		a.items = &a.inner
		d.node(a.items, depth+1)
	}
	return a
}

func (d *decoder) record(depth int) *record {
	r := &record{tag: new(tags).of([]byte(d.name()))}
	f := d.Flags(2)
	r.wide = f&2 != 0
	r.objects, r.exch = d.Uint32(), d.Uint32()
	r.sets = &values{}
	d.values(r.sets)
	if f&1 != 0 {
		r.pool = &pooled{}
		d.values(&r.pool.names)
		d.node(&r.pool.node, depth+1)
	}
	n := d.List(maxProps, 6)
	last, at := "", -1
	for i := 0; i < n && !d.bad(); i++ {
		name := d.name()
		if i > 0 && name <= last {
			d.Fail()
			break
		}
		last = name
		at = r.add(d.facts(name), at, 0)
		p := r.props[at].p
		p.present, p.always = d.Uint32(), d.Uint32()
		d.node(&p.node, depth+1)
	}
	return r
}
