package infer

import (
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/wire"
)

// mediaFacts is what is known of the bodies of one media type.
type mediaFacts struct {
	seen int64
	// malformed counts bodies of accepted exchanges without the syntax of the type.
	malformed int64
	// batches counts lists whose elements are learnt by themselves.
	batches int64
	// body holds the facts of structured bodies, nil for opaque ones.
	body *schema.Facts
	// events holds, for server-sent events, the facts of those that have a name, by name.
	events *bottomk.Map[*eventFacts]
	// files holds, for multipart, the content types of each field that was a file.
	files *bottomk.Counts
	// spaces holds, for XML, the namespaces declared: prefix, a space, URI.
	spaces *bottomk.Counts
	// indexed holds the fields of forms whose lists are written a[0]=1&a[1]=2.
	indexed *bottomk.Counts
}

func (m *mediaFacts) Clone() *mediaFacts {
	c := &mediaFacts{}
	c.Merge(m)
	return c
}

func (m *mediaFacts) Merge(o *mediaFacts) {
	m.seen += o.seen
	m.malformed += o.malformed
	m.batches += o.batches
	if o.body != nil {
		m.structured().Merge(o.body)
	}
	if o.events != nil {
		m.namedEvents().Merge(o.events)
	}
	if o.files != nil {
		m.fileTypes().Merge(o.files)
	}
	if o.indexed != nil {
		m.indexedFields().Merge(o.indexed)
	}
	if o.spaces != nil {
		m.namespaces().Merge(o.spaces)
	}
}

// settle settles all facts that hear of values.
func (m *mediaFacts) settle() {
	if m.body != nil {
		m.body.Settle()
	}
	if m.events != nil {
		for e := range m.events.Values() {
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

func (m *mediaFacts) fileTypes() *bottomk.Counts { return bottomk.Ensure(&m.files, maxParams) }

func (m *mediaFacts) indexedFields() *bottomk.Counts { return bottomk.Ensure(&m.indexed, maxParams) }

func (m *mediaFacts) namespaces() *bottomk.Counts { return bottomk.Ensure(&m.spaces, maxOrigins) }

func (m *mediaFacts) Append(b []byte) []byte {
	b = wire.Uint(wire.Uint(wire.Uint(b, uint64(m.seen)), uint64(m.malformed)), uint64(m.batches))
	b = wire.Bool(b, m.body != nil)
	if m.body != nil {
		b, _ = wire.Nested(b, m.body.AppendBinary) // never fails: it only appends
	}
	b = wire.Bool(b, m.events != nil)
	if m.events != nil {
		b = m.events.Append(b)
	}
	b = wire.Bool(b, m.files != nil)
	if m.files != nil {
		b = m.files.Append(b)
	}
	b = wire.Bool(b, m.indexed != nil)
	if m.indexed != nil {
		b = m.indexed.Append(b)
	}
	b = wire.Bool(b, m.spaces != nil)
	if m.spaces != nil {
		b = m.spaces.Append(b)
	}
	return b
}

func readMedia(r *wire.Reader) *mediaFacts {
	m := &mediaFacts{seen: r.Count(), malformed: r.Count(), batches: r.Count()}
	if r.Bool() {
		if err := m.structured().UnmarshalBinary(r.Bytes()); err != nil {
			r.Fail()
		}
	}
	if r.Bool() {
		m.namedEvents().Read(r, readEvent)
	}
	if r.Bool() {
		bottomk.ReadCounts(m.fileTypes(), r)
	}
	if r.Bool() {
		bottomk.ReadCounts(m.indexedFields(), r)
	}
	if r.Bool() {
		bottomk.ReadCounts(m.namespaces(), r)
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

func malformedOf(media *bottomk.Map[*mediaFacts]) (n int64) {
	for _, name := range media.Names() {
		f := media.Get(name)
		if f.batches > 0 || f.body != nil && f.body.Exchanges() > 0 {
			n += f.malformed
		}
	}
	return n
}
