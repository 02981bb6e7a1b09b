package route

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/spectap/spectap/infer/wire"
)

// codecVersion is the first byte of an encoded tree. It changes with the encoding and with the hash.
const codecVersion = 2

// Errors of decoding.
var (
	// ErrVersion is returned for a tree encoded by another version of this package.
	ErrVersion = errors.New("unknown version of path facts")
	// ErrCorrupt is returned for bytes that no tree encodes to.
	ErrCorrupt = wire.ErrCorrupt
)

// AppendBinary appends the encoded tree. Equal facts give equal bytes.
func (t *Tree) AppendBinary(b []byte) ([]byte, error) {
	t.settle()
	b = append(b, codecVersion)
	b = wire.Int(b, t.adds)
	b = wire.String(b, t.size.reg)
	for i := range t.words {
		b = wire.String(b, t.words[i].reg)
	}
	b, err := t.root.append(b)
	if err != nil {
		return nil, err
	}
	b = appendThin(b, &t.index.words, appendValue)
	b = appendThin(b, &t.index.ids, appendValue)
	b = appendThin(b, &t.index.fields, func(b []byte, f *fieldFacts) []byte {
		b = wire.Uint(wire.String(b, f.name), uint64(f.class))
		b = wire.Int(wire.Int(b, f.n), f.ids)
		return wire.String(b, f.distinct.reg)
	})
	b = appendThin(b, &t.index.keys, func(b []byte, _ struct{}) []byte { return b })
	return appendThin(b, &t.links, wire.String[string]), nil
}

func (n *node) append(b []byte) ([]byte, error) {
	b = wire.Uint(b, uint64(len(n.methods)))
	for _, m := range n.methods {
		b = wire.Uint(wire.String(b, m.method), uint64(len(m.statuses)))
		for _, s := range m.statuses {
			b = wire.Int(wire.Int(b, int64(s.status)), s.n)
		}
		b = wire.Int(wire.Int(wire.Int(b, m.lists), m.bodies), m.trail)
		var err error
		if b, err = wire.Nested(b, m.payload.AppendBinary); err != nil {
			return nil, fmt.Errorf("encode payload: %w", err)
		}
	}
	b = wire.Int(wire.Int(b, n.answers), n.pairs)
	b = wire.Uint(b, uint64(len(n.echo)))
	for _, f := range n.echo {
		b = wire.Int(wire.Uint(wire.String(b, f.name), uint64(f.class)), f.n)
	}
	for _, s := range []*sample{&n.list, &n.rests, &n.ids, &n.tops} {
		b = s.append(b)
	}
	b = wire.String(b, n.distinct.reg)
	b = wire.Uint(b, uint64(len(n.kids)))
	for _, l := range n.labels() {
		var err error
		if b, err = n.kids[l].append(wire.String(b, l)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (s *sample) append(b []byte) []byte {
	b = wire.Uint(b, uint64(len(s.hash)))
	for i, h := range s.hash {
		b = wire.Uint(wire.Word(b, h), uint64(s.bits[i]))
	}
	return b
}

func appendThin[V any](b []byte, t *thin[V], value func([]byte, V) []byte) []byte {
	b = wire.Uint(wire.Uint(b, uint64(t.shift)), uint64(len(t.m)))
	for _, h := range slices.Sorted(maps.Keys(t.m)) {
		b = value(wire.Word(b, h), t.m[h])
	}
	return b
}

func appendValue(b []byte, v *valueFacts) []byte {
	b = wire.Uint(wire.Uint(b, uint64(v.classes)), uint64(len(v.fields)))
	for _, f := range v.fields {
		b = wire.Word(b, f)
	}
	b = wire.Uint(b, uint64(len(v.producers)))
	for _, s := range v.producers {
		b = wire.Word(wire.Word(b, s.op), s.field)
	}
	return b
}

// UnmarshalBinary replaces the facts of a tree made by [New] with encoded ones. It fails with [ErrVersion] or
// [ErrCorrupt], or with what reading a payload said; then the tree is unusable.
func (t *Tree) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != codecVersion {
		return ErrVersion
	}
	d := &decoder{Reader: wire.NewReader(b[1:]), decode: t.decode}
	full, squeezes := t.full, t.squeezes
	*t = *New(t.fresh, t.decode)
	t.full, t.squeezes = full, squeezes
	t.adds = d.Int()
	t.size = d.counter(sizeRegisters)
	for i := range t.words {
		t.words[i] = d.counter(wordRegisters)
	}
	d.node(&t.root, 0)
	readThin(d, &t.index.words, d.value)
	readThin(d, &t.index.ids, d.value)
	readThin(d, &t.index.fields, func() *fieldFacts {
		return &fieldFacts{name: d.String(), class: class(d.Uint32()), n: d.Int(), ids: d.Int(), distinct: d.counter(smallRegisters)}
	})
	readThin(d, &t.index.keys, func() struct{} { return struct{}{} })
	readThin(d, &t.links, d.String)
	err := d.End()
	if d.payload != nil {
		return d.payload
	}
	if err != nil {
		return err
	}
	t.bounds = t.bound()
	t.folder().trimAll(&t.root, 0)
	return nil
}

// decoder reads what is written above.
type decoder struct {
	*wire.Reader
	decode  func([]byte) (Payload, error)
	payload error // what decode said
}

func (d *decoder) counter(size int) counter {
	v := d.Bytes()
	if len(v) == 0 {
		return counter{}
	}
	if len(v) != size {
		d.Fail()
		return counter{}
	}
	return counter{slices.Clone(v)}
}

func (d *decoder) sample(limit int) sample {
	var s sample
	for range d.List(limit, 9) {
		h := d.Word()
		if k := len(s.hash); k > 0 && h <= s.hash[k-1] {
			d.Fail()
			return sample{}
		}
		s.hash = append(s.hash, h)
		s.bits = append(s.bits, d.Uint32())
	}
	return s
}

func (d *decoder) node(n *node, depth int) {
	if depth > maxSegments {
		d.Fail()
		return
	}
	for range d.List(math.MaxInt, 6) {
		d.method(n)
	}
	n.answers, n.pairs = d.Int(), d.Int()
	for range d.List(maxFields, 3) {
		f := fieldCount{d.String(), class(d.Uint32()), d.Int()}
		if k := len(n.echo); k > 0 && f.name <= n.echo[k-1].name {
			d.Fail()
			return
		}
		n.echo = append(n.echo, f)
	}
	n.list, n.rests, n.ids, n.tops = d.sample(maxList), d.sample(maxRests), d.sample(maxIDs), d.sample(maxTops)
	n.distinct = d.counter(smallRegisters)
	for range d.List(math.MaxInt, 8) {
		l := d.String()
		if _, ok := n.kids[l]; ok || !validLabel(l) {
			d.Fail()
		}
		if d.Err() != nil {
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
	m := &methodFacts{method: d.String()}
	if k := len(n.methods); k > 0 && m.method <= n.methods[k-1].method {
		d.Fail()
		return
	}
	for range d.List(math.MaxInt, 2) {
		s := statusCount{int(d.Int()), d.Int()}
		if k := len(m.statuses); k > 0 && s.status <= m.statuses[k-1].status {
			d.Fail()
			return
		}
		m.statuses = append(m.statuses, s)
	}
	m.lists, m.bodies, m.trail = d.Int(), d.Int(), d.Int()
	raw := d.Bytes()
	if d.Err() != nil {
		return
	}
	p, err := d.decode(raw)
	if err != nil {
		d.Fail()
		d.payload = fmt.Errorf("decode payload: %w", err)
		return
	}
	m.payload = p
	n.methods = append(n.methods, m)
}

func readThin[V any](d *decoder, t *thin[V], value func() V) {
	t.shift = uint(d.Uint())
	if t.shift > 63 {
		d.Fail()
	}
	for range d.List(t.limit, 8) {
		h := d.Word()
		v := value()
		if d.Err() != nil || !t.holds(h) {
			d.Fail()
			return
		}
		t.m[h] = v
	}
}

func (d *decoder) value() *valueFacts {
	v := &valueFacts{classes: class(d.Uint32())}
	for range d.List(fieldsPerValue, 8) {
		v.fields = append(v.fields, d.Word())
	}
	for range d.List(sourcesPerValue, 16) {
		v.producers = append(v.producers, producerRef{d.Word(), d.Word()})
	}
	return v
}
