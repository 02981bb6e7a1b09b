package infer

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

// repeats knows bodies that responses had more than once, so that those that come again are counted
// and not read. What it counted is added to the facts before anyone reads them, or when the body
// makes room for another. It holds no facts. The zero value is ready.
type repeats struct {
	seen   []uint64 // a direct-mapped cache of hashes of bodies
	bodies map[uint64]*repeated
	queue  []uint64 // the keys of bodies, the oldest first
	size   int      // of bodies, in bytes
	limit  int      // of size, 0 for maxRepeats
}

// repeated is a body of one media type of the responses of an operation.
type repeated struct {
	facts   *mediaFacts // nil once they were read, as are the paths
	paths   *route.Repeat
	count   uint32 // how often it came again, which the facts do not know
	wasUsed bool
	room    int // about how much memory it takes, in bytes
}

const (
	seenBodies = 1 << 12
	// maxRepeats bounds the kept bodies with their facts, in bytes.
	maxRepeats = 32 << 20
	// Smaller bodies are read as fast as they are looked up, larger ones take too much room.
	minRepeat, maxRepeat = 256, 1 << 20
)

var repeatSeed = maphash.MakeSeed()

// addRepeatable is addJSON for a complete body of a successful response.
func (b *body) addRepeatable(m *mediaFacts, data []byte) error {
	var h maphash.Hash
	h.SetSeed(repeatSeed)
	h.Write(data)
	maphash.WriteComparable(&h, m)
	maphash.WriteComparable(&h, b.tree.OperationHash())
	key := h.Sum64()
	if x := b.repeats.bodies[key]; x != nil && x.facts == m && bytes.Equal(x.paths.Data(), data) && b.tree.Repeat(x.paths) {
		if x.wasUsed = true; x.count == 0 {
			m.repeated = append(m.repeated, x)
		}
		x.count++
		b.isList = decode.FirstByte(data) == '['
		return nil
	}
	if !b.repeats.isKnown(key) {
		return b.addJSON(m.structured(), data, true)
	}
	b.tree.Record(data)
	err := b.reader.AddJSON(m.structured(), data, true, b)
	paths := b.tree.Recorded()
	if err != nil {
		return b.addJSON(m.structured(), data, true)
	}
	b.isList = decode.FirstByte(data) == '['
	if b.oauth == nil && b.reader.MayRepeat() {
		b.repeats.keep(key, &repeated{facts: m, paths: paths, room: paths.Size()}, b.reader)
	}
	return nil
}

// isKnown reports whether it was asked about a body before.
func (r *repeats) isKnown(key uint64) bool {
	if r.seen == nil {
		r.seen = make([]uint64, seenBodies)
	}
	slot := &r.seen[key%seenBodies]
	isKnown := *slot == key
	*slot = key
	return isKnown
}

// keep keeps a body if there is room, or another was not used lately.
func (r *repeats) keep(key uint64, x *repeated, reader *schema.Reader) {
	if old := r.bodies[key]; old != nil { // of facts that are gone, or another path
		r.drop(key, reader)
	}
	for tries := 0; len(r.queue) > 0 && r.size+x.room > cmp.Or(r.limit, maxRepeats); tries++ {
		oldest := r.queue[0]
		switch old := r.bodies[oldest]; {
		case old == nil:
			r.queue = r.queue[1:]
		case old.wasUsed && old.facts != nil && tries > 1:
			return
		case old.wasUsed && old.facts != nil:
			old.wasUsed = false
			r.queue = append(r.queue[1:], oldest)
		default:
			r.queue = r.queue[1:]
			r.drop(oldest, reader)
		}
	}
	if r.bodies == nil {
		r.bodies = map[uint64]*repeated{}
	}
	r.bodies[key], r.queue, r.size = x, append(r.queue, key), r.size+x.room
}

func (r *repeats) drop(key uint64, reader *schema.Reader) {
	x := r.bodies[key]
	if x.count > 0 {
		x.facts.repeated = slices.DeleteFunc(x.facts.repeated, func(y *repeated) bool { return y == x })
		x.settle(reader)
	}
	r.size -= x.room
	delete(r.bodies, key)
}

// settle adds what was counted to the facts.
func (x *repeated) settle(reader *schema.Reader) {
	reader.AddRepeats(x.facts.body, x.paths.Data(), x.count, &repeatCounter{n: int(x.count)})
	x.count = 0
}

// settleRepeated adds what was counted of all bodies to the facts. The bodies are no longer known,
// since the facts may be encoded and dropped.
func (m *mediaFacts) settleRepeated() {
	if len(m.repeated) == 0 {
		return
	}
	reader := new(schema.Reader)
	for _, x := range m.repeated {
		x.settle(reader)
		x.facts, x.paths = nil, nil
	}
	m.repeated = nil
}

// repeatCounter counts the values of a body that came n more times.
type repeatCounter struct {
	body
	n int
}

// Scalar implements [schema.Observer].
func (c *repeatCounter) Scalar(position schema.Position, kind schema.Kind, text []byte, _ uint64) schema.RepeatReport {
	if c.values == maxScalars || len(text) > maxScalarText || kind&(schema.String|schema.Integer) == 0 {
		return schema.ReportScalar
	}
	c.values++
	position.(*route.Property).CountText(text, c.n)
	return schema.ReportScalar
}

// Repeat implements [schema.Observer]. What is counted is counted with the facts.
func (c *repeatCounter) Repeat(position *schema.Position, how schema.RepeatReport, _ schema.Kind, _ []byte, _ uint64) {
	switch {
	case c.values < maxScalars:
		c.values++
	case how == schema.ReportCounted:
		(*position).Count(-c.n)
	}
}
