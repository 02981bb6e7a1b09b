package route

import (
	"bytes"
	"cmp"
	"slices"
)

// Repeat is what the paths learn from a response body that was added before, so that it need not be
// read again. It holds no facts.
type Repeat struct {
	operation uint64
	leaf      *node
	last      uint64 // hash of the last segment of the path
	hasValues bool
	size      int    // of the body
	data      []byte // the body, followed by texts that it has with escapes
	escaped   []byte // these texts, until it is recorded
	values    []repeatedValue
}

// repeatedValue is a value of the body that may occur in a path.
type repeatedValue struct {
	property                    *Property
	hash                        uint64
	start                       uint32 // in data
	size                        uint16
	strong, unindexed, fromRoot bool
}

// Size returns about how much memory it takes.
func (r *Repeat) Size() int { return cap(r.data) + 32*cap(r.values) }

// Data returns the body.
func (r *Repeat) Data() []byte { return r.data[:r.size] }

// Record begins to record what the body of the response teaches, until [Tree.Recorded].
func (t *Tree) Record(data []byte) {
	cur := &t.current
	cur.record = &Repeat{operation: cur.operation, leaf: cur.nodes[len(cur.nodes)-1], last: cur.lastSegment(), size: len(data), data: data}
}

// Recorded ends the record, which shares no memory with the body.
func (t *Tree) Recorded() *Repeat {
	r := t.current.record
	t.current.record = nil
	slices.SortFunc(r.values, func(a, b repeatedValue) int { return cmp.Compare(a.hash, b.hash) })
	r.values = slices.Clone(slices.CompactFunc(r.values, func(a, b repeatedValue) bool { return a.hash == b.hash && a.property == b.property }))
	r.data, r.escaped, r.hasValues = slices.Concat(r.data, r.escaped), nil, t.current.hasResponseValues
	return r
}

// lastSegment returns the hash of the last segment of the path, or 0 if there is none.
func (cur *currentExchange) lastSegment() uint64 {
	if n := len(cur.segments); n > 0 {
		return cur.segments[n-1].hash
	}
	return 0
}

// add adds a value, which may be part of the body.
func (r *Repeat) add(p *Property, text []byte, v *bodyValue) {
	start := cap(r.data) - cap(text)
	if start < 0 || start+len(text) > len(r.data) || !bytes.Equal(r.data[start:start+len(text)], text) {
		start, r.escaped = len(r.data)+len(r.escaped), append(r.escaped, text...)
	}
	r.values = append(r.values, repeatedValue{p, v.hash, uint32(start), uint16(len(text)), v.strong, v.unindexed, v.fromRoot})
}

// Repeat adds a body of a successful response that was recorded before. It reports false, and adds
// nothing, if the body may teach more under this path. What counts values is [Property.CountText].
func (t *Tree) Repeat(r *Repeat) bool {
	cur := &t.current
	if cur.operation != r.operation || cur.nodes[len(cur.nodes)-1] != r.leaf {
		return false
	}
	last := cur.lastSegment()
	if last != r.last && slices.ContainsFunc(r.values, func(v repeatedValue) bool {
		return v.property.facts != nil && v.property.facts.isOneOf(last)
	}) {
		return false
	}
	if !r.hasValues {
		return true
	}
	cur.hasResponseValues = true
	if !cur.prepared {
		cur.prepareFilter()
	}
	for i := range r.values {
		x := &r.values[i]
		v := bodyValue{hash: x.hash, strong: x.strong, unindexed: x.unindexed, fromRoot: x.fromRoot}
		if !v.unindexed {
			v.field = x.property.facts
		}
		if text := r.data[x.start:][:x.size]; cur.filter.mayContain(text, &v) {
			cur.matchSegments(text, &v)
		}
	}
	return true
}

// CountText counts n more occurrences of a text of response bodies, which was reported before.
func (p *Property) CountText(text []byte, n int) {
	if len(text) == 0 || len(text) > maxComparedText || isURL(text) && !(p.isPath && text[0] == '/') {
		return
	}
	p.facts.values += int64(n)
	if shapeOf(string(text)).isStrong() {
		p.facts.idLike += int64(n)
	}
}
