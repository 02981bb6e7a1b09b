package route

import (
	"cmp"
	"errors"
	"fmt"
	"math"

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
	c := &codec{Coder: varint.NewWriter(append(b, codecVersion))}
	if c.tree(t); c.payloadErr != nil {
		return nil, c.payloadErr
	}
	return c.Out(), nil
}

// UnmarshalBinary replaces the facts of a tree made by [New] with encoded ones. It returns
// [ErrVersion], [ErrCorrupt] or the error of decoding a payload. After an error the tree is
// unusable.
func (t *Tree) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] < oldestVersion || b[0] > codecVersion {
		return ErrVersion
	}
	c := &codec{Coder: varint.NewDecoder(varint.NewReader(b[1:])), decodePayload: t.decodePayload}
	full, squeezes := t.softLimit, t.limitSteps
	*t = *New(t.newPayload, t.decodePayload)
	t.softLimit, t.limitSteps = full, squeezes
	c.tree(t)
	err := c.End()
	if c.payloadErr != nil {
		return c.payloadErr
	}
	if err != nil {
		return err
	}
	t.limits = t.computeLimits()
	t.merger().trimAll(&t.root, 0)
	return nil
}

// codec encodes trees in both directions.
type codec struct {
	*varint.Coder
	decodePayload func([]byte) (Payload, error)
	payloadErr    error // the first error of a payload
}

func (c *codec) tree(t *Tree) {
	c.Int(&t.exchanges)
	c.counter(&t.prefixCount, prefixRegisters)
	for i := range t.labelCounts {
		c.counter(&t.labelCounts[i], labelRegisters)
	}
	c.node(&t.root, 0)
	codeSample(c, &t.index.wordValues, c.value)
	codeSample(c, &t.index.idValues, c.value)
	codeSample(c, &t.index.fields, func(p **fieldFacts) {
		f := varint.Ensure(p)
		c.String(&f.name)
		varint.Naturals(c.Coder, &f.class)
		c.Int(&f.values, &f.idLike)
		c.counter(&f.distinctValues, smallRegisters)
	})
	codeSample(c, &t.index.propertyNames, func(*struct{}) {})
	codeSample(c, &t.linkPaths, c.String)
}

// counter encodes registers: none, or as many as size.
func (c *codec) counter(s *hyperLogLog, size int) {
	text, ok := string(s.encoded()), true
	if c.String(&text); c.Reads() {
		if *s, ok = decodeRegisters([]byte(text), size); !ok {
			c.Fail()
		}
	}
}

// sample encodes a bottom-k sample of at most limit hashes, which ascend.
func (c *codec) sample(s *bottomK, limit int) {
	for i := range c.List(len(s.hashes), limit, 9) {
		if c.Reads() {
			s.hashes, s.flags = append(s.hashes, 0), append(s.flags, 0)
		}
		c.Word(&s.hashes[i])
		varint.Naturals(c.Coder, &s.flags[i])
		if i > 0 && s.hashes[i] <= s.hashes[i-1] {
			c.Fail()
			return
		}
	}
}

// node encodes a node with its subtree, children in order of their labels.
func (c *codec) node(n *node, depth int) {
	if depth > maxSegments {
		c.Fail()
		return
	}
	varint.Elements(c.Coder, &n.methods, math.MaxInt, 6, func(m **methodFacts) { c.method(varint.Ensure(m)) })
	checkOrder(c, n.methods, func(m *methodFacts) string { return m.method })
	c.Int(&n.responses, &n.pairs)
	varint.Elements(c.Coder, &n.echoFields, maxEchoFields, 3, func(f *fieldCount) {
		c.String(&f.name)
		varint.Naturals(c.Coder, &f.class)
		c.Int(&f.count)
	})
	checkOrder(c, n.echoFields, func(f fieldCount) string { return f.name })
	answered := uint32(boolToInt(n.held.answered))
	varint.Naturals(c.Coder, &n.held.suffix, &n.held.withPrevious, &n.held.inFileField, &answered)
	if c.Reads() {
		n.held.answered = answered != 0
	}
	c.sample(&n.listed, maxListed)
	c.sample(&n.segmentSample, maxSegmentSample)
	c.sample(&n.topProperties, maxTopProperties)
	c.counter(&n.segmentCount, smallRegisters)
	label := func(l *string) {
		if c.String(l); c.Reads() && !validLabel(*l) {
			c.Fail()
		}
	}
	varint.Map(c.Coder, &n.children, math.MaxInt, 8, label, func(k **node) { c.node(varint.Ensure(k), depth+1) })
}

// checkOrder fails unless a list ascends by a key.
func checkOrder[T any, K cmp.Ordered](c *codec, list []T, key func(T) K) {
	for i := 1; i < len(list) && c.Err() == nil; i++ {
		if key(list[i]) <= key(list[i-1]) {
			c.Fail()
		}
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

// method encodes one method of a node.
func (c *codec) method(m *methodFacts) {
	c.String(&m.method)
	varint.Elements(c.Coder, &m.statuses, math.MaxInt, 2, func(s *statusCount) {
		status := int64(s.status)
		if c.Int(&status, &s.count); c.Reads() {
			s.status = int(status)
		}
	})
	checkOrder(c, m.statuses, func(s statusCount) int { return s.status })
	c.Int(&m.listResponses, &m.bodies, &m.trailingSlashes)
	err := c.Nested(func(b []byte) ([]byte, error) { return m.payload.AppendBinary(b) }, func(b []byte) (err error) {
		m.payload, err = c.decodePayload(b)
		return err
	})
	if err != nil && c.payloadErr == nil {
		verb := "encode"
		if c.Reads() {
			verb = "decode"
		}
		c.payloadErr = fmt.Errorf("%s payload: %w", verb, err)
	}
}

// codeSample encodes an adaptive sample in order of its keys, each value by the given function.
func codeSample[V any](c *codec, s *adaptiveSample[V], value func(*V)) {
	if varint.Naturals(c.Coder, &s.zeroBits); s.zeroBits > 63 {
		c.Fail()
	}
	varint.Map(c.Coder, &s.entries, s.limit, 8, func(h *uint64) {
		if c.Word(h); c.Reads() && !s.covers(*h) {
			c.Fail()
		}
	}, value)
}

// value encodes the facts about one value.
func (c *codec) value(p **valueFacts) {
	v := varint.Ensure(p)
	varint.Naturals(c.Coder, &v.classes)
	varint.Elements(c.Coder, &v.fieldRanks, maxFieldsPerValue, 8, func(f *uint64) { c.Word(f) })
	varint.Elements(c.Coder, &v.producers, maxProducersPerValue, 16, func(s *producerRef) { c.Word(&s.op, &s.field) })
}
