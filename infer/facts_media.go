package infer

import (
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/varint"
)

const (
	// maxEvents bounds the names of events of one stream. More names are data: topics, rooms, ids.
	maxEvents = 24
	// maxNamespaces bounds the XML namespaces of one media type.
	maxNamespaces = 16
)

// mediaFacts holds the facts of the bodies of one media type, as a [bottomk.Value]. Its pointers
// are nil until they are needed.
type mediaFacts struct {
	seen int64
	// malformed counts bodies of accepted exchanges without the syntax of the type.
	malformed int64
	// batches counts lists whose elements are learned on their own.
	batches int64
	// guarded counts bodies with a prefix before their JSON ([decode.Unguarded]).
	guarded int64
	// body holds the facts of structured bodies; it is nil for opaque ones.
	body *schema.Facts
	// events holds the facts of the data of named server-sent events, by name.
	events *bottomk.Map[*schema.Facts]
	// files counts, for multipart, the content types of files: the field, a zero byte and the type.
	files *bottomk.Counts
	// indexed counts the fields of forms whose lists are written a[0]=1&a[1]=2.
	indexed *bottomk.Counts
	// spaces counts the XML namespaces: the prefix, a space and the URI.
	spaces *bottomk.Counts
	// repeated has the bodies that body does not count yet.
	repeated []*repeated
}

// mediaKey returns the key of the facts of a message's bodies that have a label and are of a kind
// ([decode.Kind]): the label, followed by the kind if they are not what it says. JSON and XML that
// are sent as a form, or without a type, have the key of their kind.
func mediaKey(label, kind string) string {
	switch {
	case label == kind && kind == "":
		return "*/*"
	case label == kind, label == "", decode.IsForm(label):
		return kind
	}
	return label + " " + kind
}

// mediaOfKey returns the label and the kind of a key.
func mediaOfKey(key string) (label, kind string) {
	label, kind, differs := strings.Cut(key, " ")
	if !differs {
		kind = label
	}
	return label, kind
}

// New implements [bottomk.Value].
func (*mediaFacts) New() *mediaFacts { return &mediaFacts{} }

// Merge implements [bottomk.Value].
func (m *mediaFacts) Merge(o *mediaFacts) {
	o.settleRepeated()
	m.seen += o.seen
	m.malformed += o.malformed
	m.batches += o.batches
	m.guarded += o.guarded
	mergeBody(&m.body, o.body)
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

// settle settles the facts of bodies. See [schema.Facts.Settle].
func (m *mediaFacts) settle() {
	m.settleRepeated()
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

func (m *mediaFacts) namedEvents() *bottomk.Map[*schema.Facts] {
	return bottomk.Ensure(&m.events, maxEvents)
}

func (m *mediaFacts) fileTypes() *bottomk.Counts { return bottomk.Ensure(&m.files, maxParams) }

func (m *mediaFacts) indexedFields() *bottomk.Counts { return bottomk.Ensure(&m.indexed, maxParams) }

func (m *mediaFacts) namespaces() *bottomk.Counts { return bottomk.Ensure(&m.spaces, maxNamespaces) }

// Code implements [bottomk.Value].
func (m *mediaFacts) Code(c *varint.Coder) {
	varint.Naturals(c, &m.seen, &m.malformed, &m.batches, &m.guarded)
	varint.Optional(c, &m.body)
	codeMap(c, m.events, m.namedEvents)
	codeMap(c, m.files, m.fileTypes)
	codeMap(c, m.indexed, m.indexedFields)
	codeMap(c, m.spaces, m.namespaces)
}

// codeMap encodes a map that may be nil, which ensure makes then.
func codeMap[V bottomk.Value[V]](c *varint.Coder, m *bottomk.Map[V], ensure func() *bottomk.Map[V]) {
	has := m != nil
	if c.Flags(&has); has {
		ensure().Code(c)
	}
}

// partial counts the bodies and events that were learned only in part.
func (m *mediaFacts) partial() (n int) {
	if m == nil {
		return 0
	}
	if n = m.body.Partial(); m.events != nil {
		for e := range m.events.Values() {
			n += e.Partial()
		}
	}
	return n
}

// malformed counts the flows with a malformed body, for media types of which other bodies are
// well-formed.
func (m *methodFacts) malformed() int64 {
	n := countMalformed(m.request)
	for _, r := range m.responses {
		n += countMalformed(r.media)
	}
	return n
}

func countMalformed(media *bottomk.Map[*mediaFacts]) (n int64) {
	for _, name := range media.Names() {
		f := media.Get(name)
		if f.batches > 0 || f.body != nil && f.body.Exchanges() > 0 {
			n += f.malformed
		}
	}
	return n
}
