package infer

import (
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/wire"
)

// mediaFacts is what is known of the bodies of one media type.
type mediaFacts struct {
	seen int64
	// broken counts those of accepted exchanges that were not what the type says.
	broken int64
	// batches counts lists whose elements are learnt by themselves.
	batches int64
	// body holds the facts of structured bodies, nil for opaque ones.
	body *schema.Facts
	// events holds, for server-sent events, the facts of those that have a name, by name.
	events *bounded[*eventFacts]
	// files holds, for multipart, the content types of each field that was a file.
	files *bounded[*count]
	// spaces holds, for XML, the namespaces declared: prefix, a space, URI.
	spaces *bounded[*count]
	// indexed holds the fields of forms whose lists are written a[0]=1&a[1]=2.
	indexed *bounded[*count]
}

func (m *mediaFacts) clone() *mediaFacts {
	c := &mediaFacts{}
	c.merge(m)
	return c
}

func (m *mediaFacts) merge(o *mediaFacts) {
	m.seen += o.seen
	m.broken += o.broken
	m.batches += o.batches
	if o.body != nil {
		m.structured().Merge(o.body)
	}
	if o.events != nil {
		m.namedEvents().merge(o.events)
	}
	if o.files != nil {
		m.fileTypes().merge(o.files)
	}
	if o.indexed != nil {
		m.indexedFields().merge(o.indexed)
	}
	if o.spaces != nil {
		m.namespaces().merge(o.spaces)
	}
}

// settle settles all facts that hear of values.
func (m *mediaFacts) settle() {
	if m.body != nil {
		m.body.Settle()
	}
	if m.events != nil {
		for e := range m.events.all() {
			e.Settle()
		}
	}
}

func (m *mediaFacts) structured() *schema.Facts {
	if m.body == nil {
		m.body = &schema.Facts{}
	}
	return m.body
}

func (m *mediaFacts) fileTypes() *bounded[*count] { return begun(&m.files, maxParams) }

func (m *mediaFacts) indexedFields() *bounded[*count] { return begun(&m.indexed, maxParams) }

func (m *mediaFacts) namespaces() *bounded[*count] { return begun(&m.spaces, maxOrigins) }

func (m *mediaFacts) append(b []byte) []byte {
	b = wire.Uint(wire.Uint(wire.Uint(b, uint64(m.seen)), uint64(m.broken)), uint64(m.batches))
	b = wire.Bool(b, m.body != nil)
	if m.body != nil {
		b, _ = wire.Nested(b, m.body.AppendBinary) // never fails: it only appends
	}
	b = wire.Bool(b, m.events != nil)
	if m.events != nil {
		b = m.events.append(b)
	}
	b = wire.Bool(b, m.files != nil)
	if m.files != nil {
		b = m.files.append(b)
	}
	b = wire.Bool(b, m.indexed != nil)
	if m.indexed != nil {
		b = m.indexed.append(b)
	}
	b = wire.Bool(b, m.spaces != nil)
	if m.spaces != nil {
		b = m.spaces.append(b)
	}
	return b
}

func readMedia(r *wire.Reader) *mediaFacts {
	m := &mediaFacts{seen: r.Count(), broken: r.Count(), batches: r.Count()}
	if r.Bool() {
		if err := m.structured().UnmarshalBinary(r.Bytes()); err != nil {
			r.Fail()
		}
	}
	if r.Bool() {
		m.namedEvents().read(r, readEvent)
	}
	if r.Bool() {
		m.fileTypes().read(r, readCount)
	}
	if r.Bool() {
		m.indexedFields().read(r, readCount)
	}
	if r.Bool() {
		m.namespaces().read(r, readCount)
	}
	return m
}

// malformed counts the flows with a body that is not what its media type says, where other bodies of the type are.
func (m *methodFacts) malformed() int64 {
	n := malformedOf(m.request)
	for _, r := range m.responses {
		n += malformedOf(r.media)
	}
	return n
}

func malformedOf(media *bounded[*mediaFacts]) (n int64) {
	for _, x := range media.list {
		f := x.v
		if f.batches > 0 || f.body != nil && f.body.Exchanges() > 0 {
			n += f.broken
		}
	}
	return n
}
