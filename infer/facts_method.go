package infer

import (
	"math"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/varint"
)

// Bounds of the facts of one method of one path. See package bottomk.
const (
	maxParams   = 200 // names of parameters in one location
	maxMedia    = 16  // media types of one message
	maxVariants = 200
	maxOrigins  = 16
)

// methodFacts holds the facts of one method of one path, or of one variant of it. It is the payload
// of the route tree. It only counts; decisions are left to Document.
type methodFacts struct {
	seen           int64 // calls
	batched        int64 // calls that were part of a batch, whose flow counts for another operation
	lists          int64 // responses that are a list
	redirects      int64 // responses that redirect the client on the same host
	bodies         int64 // requests with a body
	accepted       int64 // requests that the server did not refuse
	acceptedBodies int64 // accepted requests with a body

	requestFacts               // of requests that were not refused
	refused      *refusedFacts // nil if no request was

	origins   *bottomk.Counts
	access    security.Access
	oauth     security.OAuth
	responses map[int]*responseFacts // by status
	// variants holds the facts of the operations that share the URL, by kind and name. See
	// [methodFacts.at]. The other fields do not include them.
	variants  *bottomk.Map[*variantFacts]
	rels      *bottomk.Counts   // relations in the Link headers of responses
	members   *bottomk.Counts   // of a batch, the fragments of the operations called
	documents *graphqlDocuments // of a GraphQL operation; nil for others

	// path and isShared are no facts and are not encoded. path is the hash of the path that all
	// flows had so far; isShared reports that they had several.
	path     uint64
	isShared bool
}

// addPath notes the path of a flow, by hash, and reports whether all flows so far had it.
func (m *methodFacts) addPath(path uint64) bool {
	m.isShared = m.isShared || m.path != 0 && m.path != path
	m.path = path
	return !m.isShared
}

// flows returns the number of flows, which excludes the calls in batches.
func (m *methodFacts) flows() int64 { return m.seen - m.batched }

func newMethodFacts() *methodFacts {
	return &methodFacts{
		requestFacts: newRequestFacts(),
		origins:      bottomk.New[*bottomk.Count](maxOrigins),
		oauth:        security.NewOAuth(),
		responses:    map[int]*responseFacts{},
		variants:     bottomk.New[*variantFacts](maxVariants),
		rels:         bottomk.New[*bottomk.Count](maxOrigins),
		members:      bottomk.New[*bottomk.Count](maxVariants),
	}
}

func newPayload() route.Payload { return newMethodFacts() }

// counts returns the plain counts in the order of their encoding.
func (m *methodFacts) counts() []*int64 {
	return []*int64{&m.seen, &m.batched, &m.lists, &m.redirects, &m.bodies, &m.accepted, &m.acceptedBodies}
}

// Merge implements [route.Payload].
func (m *methodFacts) Merge(p route.Payload) {
	o := p.(*methodFacts)
	theirs := o.counts()
	for i, n := range m.counts() {
		*n += *theirs[i]
	}
	m.origins.Merge(o.origins)
	m.access.Merge(&o.access)
	m.oauth.Merge(&o.oauth)
	m.requestFacts.merge(&o.requestFacts)
	if o.refused != nil {
		m.refusals().merge(o.refused)
	}
	for status, r := range o.responses {
		m.response(status).merge(r)
	}
	m.variants.Merge(o.variants)
	m.rels.Merge(o.rels)
	m.members.Merge(o.members)
	if o.documents != nil {
		if m.documents == nil {
			m.documents = m.documents.New()
		}
		m.documents.Merge(o.documents)
	}
}

// Settle implements [route.Payload].
func (m *methodFacts) Settle() {
	m.requestFacts.settle()
	if m.refused != nil {
		m.refused.sent.settle()
	}
	for _, r := range m.responses {
		for f := range r.media.Values() {
			f.settle()
		}
	}
	for v := range m.variants.Values() {
		v.m.Settle()
	}
}

// response returns the facts of a status, and adds empty ones first if necessary.
func (m *methodFacts) response(status int) *responseFacts {
	r := m.responses[status]
	if r == nil {
		r = newResponseFacts()
		m.responses[status] = r
	}
	return r
}

// AppendBinary implements [route.Payload].
func (m *methodFacts) AppendBinary(b []byte) ([]byte, error) {
	c := varint.NewWriter(b)
	m.code(c)
	return c.Out(), nil
}

// UnmarshalBinary reads what AppendBinary wrote into new facts.
func (m *methodFacts) UnmarshalBinary(b []byte) error {
	c := varint.NewDecoder(varint.NewReader(b))
	m.code(c)
	return c.End()
}

func decodePayload(b []byte) (route.Payload, error) {
	m := newMethodFacts()
	return m, m.UnmarshalBinary(b)
}

func (m *methodFacts) code(c *varint.Coder) {
	varint.Naturals(c, m.counts()...)
	m.origins.Code(c)
	m.access.Code(c)
	m.requestFacts.code(c)
	varint.Optional(c, &m.refused)
	varint.Map(c, &m.responses, math.MaxInt, 1, func(status *int) { varint.Naturals(c, status) }, func(r **responseFacts) {
		if c.Reads() {
			*r = newResponseFacts()
		}
		(*r).code(c)
	})
	m.variants.Code(c)
	if c.Reads() {
		for _, key := range m.variants.Names() {
			if !strings.Contains(key, " ") { // see variantOf
				c.Fail()
			}
		}
	}
	for _, counts := range []*bottomk.Counts{m.oauth.Signs, m.oauth.Scopes, m.rels, m.members} {
		counts.Code(c)
	}
	varint.Optional(c, &m.documents)
}

// variantFacts holds the facts of one variant of an operation, as a [bottomk.Value].
type variantFacts struct{ m *methodFacts }

// New implements [bottomk.Value].
func (*variantFacts) New() *variantFacts { return &variantFacts{newMethodFacts()} }

// Merge implements [bottomk.Value].
func (v *variantFacts) Merge(o *variantFacts) { v.m.Merge(o.m) }

// Code implements [bottomk.Value].
func (v *variantFacts) Code(c *varint.Coder) { c.Nested(v.m.AppendBinary, v.m.UnmarshalBinary) }

// responseFacts holds the facts of the responses with one status.
type responseFacts struct {
	seen    int64
	media   *bottomk.Map[*mediaFacts]
	headers *bottomk.Map[*paramFacts]
	blamed  schema.NameSet // names that errors say are wrong or missing in their requests
}

func newResponseFacts() *responseFacts {
	return &responseFacts{media: bottomk.New[*mediaFacts](maxMedia), headers: bottomk.New[*paramFacts](maxParams)}
}

func (r *responseFacts) merge(o *responseFacts) {
	r.seen += o.seen
	r.media.Merge(o.media)
	r.headers.Merge(o.headers)
	r.blamed.Merge(&o.blamed)
}

func (r *responseFacts) code(c *varint.Coder) {
	varint.Naturals(c, &r.seen)
	r.media.Code(c)
	r.headers.Code(c)
	c.Nested(r.blamed.AppendBinary, r.blamed.UnmarshalBinary)
}

// isAccepted reports whether the server did not refuse a request: the status is below 400.
func isAccepted(f *flow.Flow) bool { return f.Response.Status < 400 }
