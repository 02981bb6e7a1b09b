package route

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// codecVersion is the first byte of an encoded tree.
const codecVersion = 1

// Errors of decoding.
var (
	// ErrVersion is returned for a tree encoded by another version of this package.
	ErrVersion = errors.New("unknown version of path facts")
	// ErrCorrupt is returned for bytes that no tree encodes to.
	ErrCorrupt = errors.New("path facts are corrupt")
)

// AppendBinary appends the encoded tree. Equal facts give equal bytes.
func (t *Tree) AppendBinary(b []byte) ([]byte, error) {
	e := &encoder{b: append(b, codecVersion)}
	e.int(t.adds)
	e.bytes(t.size.reg)
	for i := range t.words {
		e.bytes(t.words[i].reg)
	}
	e.node(&t.root)
	encodeValues(e, &t.index.words)
	encodeValues(e, &t.index.ids)
	encodeThin(e, &t.index.fields, func(f *fieldFacts) {
		e.string(f.name)
		e.uint(uint64(f.class))
		e.int(f.n)
		e.int(f.ids)
		e.bytes(f.distinct.reg)
	})
	encodeThin(e, &t.index.keys, func(struct{}) {})
	encodeThin(e, &t.links, e.string)
	return e.b, e.err
}

type encoder struct {
	b   []byte
	err error
}

func (e *encoder) uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)   { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) hash(v uint64) { e.b = binary.BigEndian.AppendUint64(e.b, v) }

func (e *encoder) bytes(v []byte) {
	e.uint(uint64(len(v)))
	e.b = append(e.b, v...)
}

func (e *encoder) string(v string) {
	e.uint(uint64(len(v)))
	e.b = append(e.b, v...)
}

func (e *encoder) sample(s *sample) {
	e.uint(uint64(len(s.hash)))
	for i, h := range s.hash {
		e.hash(h)
		e.uint(uint64(s.bits[i]))
	}
}

func (e *encoder) node(n *node) {
	e.uint(uint64(len(n.methods)))
	for _, m := range n.methods {
		e.string(m.method)
		e.uint(uint64(len(m.statuses)))
		for _, s := range m.statuses {
			e.int(int64(s.status))
			e.int(s.n)
		}
		e.int(m.lists)
		e.int(m.bodies)
		e.int(m.trail)
		p, err := m.payload.AppendBinary(nil)
		if err != nil && e.err == nil {
			e.err = fmt.Errorf("encode payload: %w", err)
		}
		e.bytes(p)
	}
	e.int(n.answers)
	e.int(n.pairs)
	e.uint(uint64(len(n.echo)))
	for _, f := range n.echo {
		e.string(f.name)
		e.uint(uint64(f.class))
		e.int(f.n)
	}
	e.sample(&n.list)
	e.sample(&n.rests)
	e.sample(&n.ids)
	e.sample(&n.tops)
	e.bytes(n.distinct.reg)
	e.uint(uint64(len(n.kids)))
	for _, l := range n.labels() {
		e.string(l)
		e.node(n.kids[l])
	}
}

func encodeThin[V any](e *encoder, t *thin[V], value func(V)) {
	e.uint(uint64(t.shift))
	e.uint(uint64(len(t.m)))
	for _, h := range slices.Sorted(maps.Keys(t.m)) {
		e.hash(h)
		value(t.m[h])
	}
}

func encodeValues(e *encoder, t *thin[*valueFacts]) {
	encodeThin(e, t, func(v *valueFacts) {
		e.uint(uint64(v.classes))
		e.uint(uint64(len(v.fields)))
		for _, f := range v.fields {
			e.hash(f)
		}
		e.uint(uint64(len(v.sources)))
		for _, s := range v.sources {
			e.hash(s.op)
			e.hash(s.field)
		}
	})
}

// UnmarshalBinary replaces the facts of a tree made by [New] with encoded ones. It fails with [ErrVersion] or
// [ErrCorrupt], or with what reading a payload said; then the tree is unusable.
func (t *Tree) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != codecVersion {
		return ErrVersion
	}
	d := &decoder{b: b[1:], payload: t.decode}
	full, squeezes := t.full, t.squeezes
	*t = *New(t.fresh, t.decode)
	t.full, t.squeezes = full, squeezes
	t.adds = d.int()
	t.size.reg = d.registers(sizeRegisters)
	for i := range t.words {
		t.words[i].reg = d.registers(wordRegisters)
	}
	d.node(&t.root, 0)
	decodeValues(d, &t.index.words)
	decodeValues(d, &t.index.ids)
	decodeThin(d, &t.index.fields, func() *fieldFacts {
		return &fieldFacts{name: d.string(), class: class(d.uint()), n: d.int(), ids: d.int(), distinct: counter{d.registers(smallRegisters)}}
	})
	decodeThin(d, &t.index.keys, func() struct{} { return struct{}{} })
	decodeThin(d, &t.links, d.string)
	if d.err == nil && len(d.b) > 0 {
		d.fail()
	}
	if d.err != nil {
		return d.err
	}
	t.bounds = t.bound()
	t.folder().trimAll(&t.root, 0)
	return nil
}

// decoder reads what encoder wrote. After the first error it reads zeros.
type decoder struct {
	b       []byte
	payload func([]byte) (Payload, error)
	err     error
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = ErrCorrupt
	}
	d.b = nil
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) hash() uint64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	v := binary.BigEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

// len reads a length of things that take at least size bytes each.
func (d *decoder) len(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/max(size, 1)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) bytes() []byte {
	n := d.len(1)
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) string() string { return string(d.bytes()) }

func (d *decoder) registers(size int) []uint8 {
	v := d.bytes()
	if len(v) == 0 {
		return nil
	}
	if len(v) != size {
		d.fail()
		return nil
	}
	return slices.Clone(v)
}

func (d *decoder) sample(limit int) sample {
	n := d.len(9)
	if n > limit {
		d.fail()
		return sample{}
	}
	var s sample
	for range n {
		h := d.hash()
		if k := len(s.hash); k > 0 && h <= s.hash[k-1] {
			d.fail()
			return sample{}
		}
		s.hash = append(s.hash, h)
		s.bits = append(s.bits, uint32(d.uint()))
	}
	return s
}

func (d *decoder) node(n *node, depth int) {
	if depth > maxSegments {
		d.fail()
		return
	}
	for range d.len(6) {
		d.method(n)
	}
	n.answers, n.pairs = d.int(), d.int()
	for range d.len(3) {
		f := fieldCount{d.string(), class(d.uint()), d.int()}
		if k := len(n.echo); k >= maxFields || k > 0 && f.name <= n.echo[k-1].name {
			d.fail()
			return
		}
		n.echo = append(n.echo, f)
	}
	n.list, n.rests, n.ids, n.tops = d.sample(maxList), d.sample(maxRests), d.sample(maxIDs), d.sample(maxTops)
	n.distinct.reg = d.registers(smallRegisters)
	kids := d.len(8)
	for range kids {
		l := d.string()
		if _, ok := n.kids[l]; ok || !validLabel(l) {
			d.fail()
		}
		if d.err != nil {
			return
		}
		if n.kids == nil {
			n.kids = map[string]*node{}
		}
		k := &node{}
		n.kids[l] = k
		d.node(k, depth+1)
	}
}

// validLabel says that a label is one that segments have.
func validLabel(l string) bool {
	if len(l) == 0 || l[0] != mark {
		text, _ := normal(l)
		return text == l
	}
	s, _, _, ok := pooled(l)
	return ok && s >= shapeRest && s < shapes
}

func (d *decoder) method(n *node) {
	m := &methodFacts{method: d.string()}
	if k := len(n.methods); k > 0 && m.method <= n.methods[k-1].method {
		d.fail()
		return
	}
	for range d.len(2) {
		s := statusCount{int(d.int()), d.int()}
		if k := len(m.statuses); k > 0 && s.status <= m.statuses[k-1].status {
			d.fail()
			return
		}
		m.statuses = append(m.statuses, s)
	}
	m.lists, m.bodies, m.trail = d.int(), d.int(), d.int()
	raw := d.bytes()
	if d.err != nil {
		return
	}
	p, err := d.payload(raw)
	if err != nil {
		d.fail()
		d.err = fmt.Errorf("decode payload: %w", err)
		return
	}
	m.payload = p
	n.methods = append(n.methods, m)
}

func decodeThin[V any](d *decoder, t *thin[V], value func() V) {
	t.shift = uint(d.uint())
	n := d.len(8)
	if t.shift > 63 || n > t.limit {
		d.fail()
		return
	}
	for range n {
		h := d.hash()
		v := value()
		if d.err != nil || !t.holds(h) {
			d.fail()
			return
		}
		t.m[h] = v
	}
}

func decodeValues(d *decoder, t *thin[*valueFacts]) {
	decodeThin(d, t, func() *valueFacts {
		v := &valueFacts{classes: class(d.uint())}
		n := d.len(8)
		if n > fieldsPerValue {
			d.fail()
			return v
		}
		for range n {
			v.fields = append(v.fields, d.hash())
		}
		if n = d.len(16); n > sourcesPerValue {
			d.fail()
			return v
		}
		for range n {
			v.sources = append(v.sources, source{d.hash(), d.hash()})
		}
		return v
	})
}
