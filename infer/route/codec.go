package route

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/spectap/spectap/internal/varint"
)

// codecVersion is the first byte of an encoded tree. It must change with the encoding and with the
// hash function.
const codecVersion = 9

// oldestVersion is the oldest version that is read. Trees of version 7 have no other encoding:
// lists with semicolons were words, and names of images such as a@2x.png addresses. Before
// version 9 no registers were sparse.
const oldestVersion = 7

// Errors of [Tree.UnmarshalBinary].
var (
	// ErrVersion reports a tree encoded by another version of this package.
	ErrVersion = errors.New("unknown version of path facts")
	// ErrCorrupt reports bytes that are not an encoded tree.
	ErrCorrupt = varint.ErrCorrupt
)

// AppendBinary appends the encoded tree. Equal facts give equal bytes.
func (t *Tree) AppendBinary(b []byte) ([]byte, error) {
	t.settle()
	b = append(b, codecVersion)
	b = varint.Int(b, t.exchanges)
	b = varint.String(b, t.prefixCount.encoded())
	for i := range t.labelCounts {
		b = varint.String(b, t.labelCounts[i].encoded())
	}
	b, err := t.root.append(b)
	if err != nil {
		return nil, err
	}
	b = appendSample(b, &t.index.wordValues, appendValue)
	b = appendSample(b, &t.index.idValues, appendValue)
	b = appendSample(b, &t.index.fields, func(b []byte, f *fieldFacts) []byte {
		b = varint.Uint(varint.String(b, f.name), uint64(f.class))
		b = varint.Int(varint.Int(b, f.values), f.idLike)
		return varint.String(b, f.distinctValues.encoded())
	})
	b = appendSample(b, &t.index.propertyNames, func(b []byte, _ struct{}) []byte { return b })
	return appendSample(b, &t.linkPaths, varint.String[string]), nil
}

// append appends a node with its subtree, children in order of their labels.
func (n *node) append(b []byte) ([]byte, error) {
	b = varint.Uint(b, uint64(len(n.methods)))
	for _, m := range n.methods {
		b = varint.Uint(varint.String(b, m.method), uint64(len(m.statuses)))
		for _, s := range m.statuses {
			b = varint.Int(varint.Int(b, int64(s.status)), s.count)
		}
		b = varint.Int(varint.Int(varint.Int(b, m.listResponses), m.bodies), m.trailingSlashes)
		var err error
		if b, err = varint.Nested(b, m.payload.AppendBinary); err != nil {
			return nil, fmt.Errorf("encode payload: %w", err)
		}
	}
	b = varint.Int(varint.Int(b, n.responses), n.pairs)
	b = varint.Uint(b, uint64(len(n.echoFields)))
	for _, f := range n.echoFields {
		b = varint.Int(varint.Uint(varint.String(b, f.name), uint64(f.class)), f.count)
	}
	b = varint.Uint(varint.Uint(varint.Uint(b, uint64(n.held.suffix)), uint64(n.held.withPrevious)), uint64(n.held.inFileField))
	b = varint.Uint(b, uint64(boolToInt(n.held.answered)))
	for _, s := range []*bottomK{&n.listed, &n.segmentSample, &n.topProperties} {
		b = s.append(b)
	}
	b = varint.String(b, n.segmentCount.encoded())
	b = varint.Uint(b, uint64(len(n.children)))
	for _, l := range n.labels() {
		var err error
		if b, err = n.children[l].append(varint.String(b, l)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// append appends the hashes and flags in ascending order.
func (s *bottomK) append(b []byte) []byte {
	b = varint.Uint(b, uint64(len(s.hashes)))
	for i, h := range s.hashes {
		b = varint.Uint(varint.Word(b, h), uint64(s.flags[i]))
	}
	return b
}

// appendSample appends the entries in order of their keys, each value by the given function.
func appendSample[V any](b []byte, s *adaptiveSample[V], value func([]byte, V) []byte) []byte {
	b = varint.Uint(varint.Uint(b, uint64(s.zeroBits)), uint64(len(s.entries)))
	for _, h := range slices.Sorted(maps.Keys(s.entries)) {
		b = value(varint.Word(b, h), s.entries[h])
	}
	return b
}

// appendValue appends the facts about one value.
func appendValue(b []byte, v *valueFacts) []byte {
	b = varint.Uint(varint.Uint(b, uint64(v.classes)), uint64(len(v.fieldRanks)))
	for _, f := range v.fieldRanks {
		b = varint.Word(b, f)
	}
	b = varint.Uint(b, uint64(len(v.producers)))
	for _, s := range v.producers {
		b = varint.Word(varint.Word(b, s.op), s.field)
	}
	return b
}

// UnmarshalBinary replaces the facts of a tree made by [New] with encoded ones. It returns
// [ErrVersion], [ErrCorrupt] or the error of decoding a payload. After an error the tree is
// unusable.
func (t *Tree) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] < oldestVersion || b[0] > codecVersion {
		return ErrVersion
	}
	d := &decoder{Reader: varint.NewReader(b[1:]), decodePayload: t.decodePayload}
	full, squeezes := t.softLimit, t.limitSteps
	*t = *New(t.newPayload, t.decodePayload)
	t.softLimit, t.limitSteps = full, squeezes
	t.exchanges = d.Int()
	t.prefixCount = d.counter(prefixRegisters)
	for i := range t.labelCounts {
		t.labelCounts[i] = d.counter(labelRegisters)
	}
	d.node(&t.root, 0)
	readSample(d, &t.index.wordValues, d.value)
	readSample(d, &t.index.idValues, d.value)
	readSample(d, &t.index.fields, func() *fieldFacts {
		return &fieldFacts{name: d.String(), class: fieldClass(d.Uint32()), values: d.Int(), idLike: d.Int(),
			distinctValues: d.counter(smallRegisters)}
	})
	readSample(d, &t.index.propertyNames, func() struct{} { return struct{}{} })
	readSample(d, &t.linkPaths, d.String)
	err := d.End()
	if d.payloadErr != nil {
		return d.payloadErr
	}
	if err != nil {
		return err
	}
	t.limits = t.computeLimits()
	t.merger().trimAll(&t.root, 0)
	return nil
}

// decoder reads the encoding that AppendBinary writes.
type decoder struct {
	*varint.Reader
	decodePayload func([]byte) (Payload, error)
	payloadErr    error // the first error of decodePayload
}

// counter reads registers: none, or as many as size.
func (d *decoder) counter(size int) hyperLogLog {
	v := d.Bytes()
	s, ok := decodeRegisters(v, size)
	if !ok {
		d.Fail()
	}
	return s
}

// sample reads a bottom-k sample of at most limit hashes.
func (d *decoder) sample(limit int) bottomK {
	var s bottomK
	for range d.List(limit, 9) {
		h := d.Word()
		if k := len(s.hashes); k > 0 && h <= s.hashes[k-1] {
			d.Fail()
			return bottomK{}
		}
		s.hashes = append(s.hashes, h)
		s.flags = append(s.flags, d.Uint32())
	}
	return s
}

// node reads a node with its subtree.
func (d *decoder) node(n *node, depth int) {
	if depth > maxSegments {
		d.Fail()
		return
	}
	for range d.List(math.MaxInt, 6) {
		d.method(n)
	}
	n.responses, n.pairs = d.Int(), d.Int()
	for range d.List(maxEchoFields, 3) {
		f := fieldCount{d.String(), fieldClass(d.Uint32()), d.Int()}
		if k := len(n.echoFields); k > 0 && f.name <= n.echoFields[k-1].name {
			d.Fail()
			return
		}
		n.echoFields = append(n.echoFields, f)
	}
	n.held = heldSuffixes{d.Uint32(), d.Uint32(), d.Uint32(), d.Uint32() != 0}
	n.listed = d.sample(maxListed)
	n.segmentSample, n.topProperties = d.sample(maxSegmentSample), d.sample(maxTopProperties)
	n.segmentCount = d.counter(smallRegisters)
	for range d.List(math.MaxInt, 8) {
		l := d.String()
		if _, ok := n.children[l]; ok || !validLabel(l) {
			d.Fail()
		}
		if d.Err() != nil {
			return
		}
		if n.children == nil {
			n.children = map[string]*node{}
		}
		k := &node{}
		n.children[l] = k
		d.node(k, depth+1)
	}
}

// validLabel reports whether a label is one that a segment can have.
func validLabel(l string) bool {
	if len(l) == 0 || l[0] != sharedMark {
		text, _ := normalize(l)
		return text == l
	}
	s, _, _, ok := parseSharedLabel(l)
	return ok && s >= shapeOverflow && s < shapes
}

// method reads one method of a node.
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
	m.listResponses, m.bodies, m.trailingSlashes = d.Int(), d.Int(), d.Int()
	raw := d.Bytes()
	if d.Err() != nil {
		return
	}
	p, err := d.decodePayload(raw)
	if err != nil {
		d.Fail()
		d.payloadErr = fmt.Errorf("decode payload: %w", err)
		return
	}
	m.payload = p
	n.methods = append(n.methods, m)
}

// readSample reads an adaptive sample, each value by the given function.
func readSample[V any](d *decoder, s *adaptiveSample[V], value func() V) {
	s.zeroBits = uint(d.Uint())
	if s.zeroBits > 63 {
		d.Fail()
	}
	for range d.List(s.limit, 8) {
		h := d.Word()
		v := value()
		if d.Err() != nil || !s.covers(h) {
			d.Fail()
			return
		}
		s.entries[h] = v
	}
}

// value reads the facts about one value.
func (d *decoder) value() *valueFacts {
	v := &valueFacts{classes: fieldClass(d.Uint32())}
	for range d.List(maxFieldsPerValue, 8) {
		v.fieldRanks = append(v.fieldRanks, d.Word())
	}
	for range d.List(maxProducersPerValue, 16) {
		v.producers = append(v.producers, producerRef{d.Word(), d.Word()})
	}
	return v
}
