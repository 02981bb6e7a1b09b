package infer

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
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
			m.documents = newGraphqlDocuments()
		}
		m.documents.Merge(o.documents)
	}
}

// Settle implements [route.Payload].
func (m *methodFacts) Settle() {
	m.requestFacts.settle()
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
	for _, n := range m.counts() {
		b = varint.Uint(b, uint64(*n))
	}
	b = m.origins.Append(b)
	b = m.access.Append(b)
	b = m.requestFacts.append(b)
	if b = varint.Bool(b, m.refused != nil); m.refused != nil {
		b = m.refused.append(b)
	}
	b = varint.Uint(b, uint64(len(m.responses)))
	for _, status := range sortedKeys(m.responses) {
		b = varint.Uint(b, uint64(status))
		b = m.responses[status].append(b)
	}
	b = m.variants.Append(b)
	for _, counts := range []*bottomk.Counts{m.oauth.Signs, m.oauth.Scopes, m.rels, m.members} {
		b = counts.Append(b)
	}
	if b = varint.Bool(b, m.documents != nil); m.documents != nil {
		b = m.documents.Append(b)
	}
	return b, nil
}

// decodePayload reads what AppendBinary wrote.
func decodePayload(b []byte) (route.Payload, error) {
	r := varint.NewReader(b)
	m := newMethodFacts()
	for _, n := range m.counts() {
		*n = r.Count()
	}
	bottomk.ReadCounts(m.origins, r)
	m.access.Read(r)
	m.requestFacts.read(r)
	if r.Bool() {
		m.refused = readRefused(r)
	}
	for n := r.Len(); n > 0; n-- {
		status := int(r.Uint())
		m.responses[status] = readResponse(r)
	}
	m.variants.Read(r, readVariant)
	for _, key := range m.variants.Names() {
		if !strings.Contains(key, " ") { // see variantOf
			r.Fail()
		}
	}
	for _, counts := range []*bottomk.Counts{m.oauth.Signs, m.oauth.Scopes, m.rels, m.members} {
		bottomk.ReadCounts(counts, r)
	}
	if r.Bool() {
		m.documents = readGraphqlDocuments(r)
	}
	return m, r.End()
}

// variantFacts holds the facts of one variant of an operation, as a [bottomk.Value].
type variantFacts struct{ m *methodFacts }

func newVariant() *variantFacts { return &variantFacts{newMethodFacts()} }

// Clone implements [bottomk.Value].
func (v *variantFacts) Clone() *variantFacts {
	c := newVariant()
	c.Merge(v)
	return c
}

// Merge implements [bottomk.Value].
func (v *variantFacts) Merge(o *variantFacts) { v.m.Merge(o.m) }

// Append implements [bottomk.Value].
func (v *variantFacts) Append(b []byte) []byte {
	b, _ = varint.Nested(b, v.m.AppendBinary) // it never fails
	return b
}

func readVariant(r *varint.Reader) *variantFacts {
	p, err := decodePayload(r.Bytes())
	if err != nil {
		r.Fail()
		return newVariant()
	}
	return &variantFacts{p.(*methodFacts)}
}

// responseFacts holds the facts of the responses with one status.
type responseFacts struct {
	seen    int64
	media   *bottomk.Map[*mediaFacts]
	headers *bottomk.Map[*paramFacts]
}

func newResponseFacts() *responseFacts {
	return &responseFacts{media: bottomk.New[*mediaFacts](maxMedia), headers: bottomk.New[*paramFacts](maxParams)}
}

func (r *responseFacts) merge(o *responseFacts) {
	r.seen += o.seen
	r.media.Merge(o.media)
	r.headers.Merge(o.headers)
}

func (r *responseFacts) append(b []byte) []byte {
	return r.headers.Append(r.media.Append(varint.Uint(b, uint64(r.seen))))
}

func readResponse(rd *varint.Reader) *responseFacts {
	r := newResponseFacts()
	r.seen = rd.Count()
	r.media.Read(rd, readMedia)
	r.headers.Read(rd, readParam)
	return r
}

// isAccepted reports whether the server did not refuse a request: the status is below 400.
func isAccepted(f *flow.Flow) bool { return f.Response.Status < 400 }
