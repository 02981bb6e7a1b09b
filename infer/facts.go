package infer

import (
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/infer/wire"
)

// Bounds of one method of one path. What is over a bound is chosen by hash, so that neither order nor
// partition matters, and pooled.
const (
	maxParams   = 200 // distinct names of one kind
	maxMedia    = 16  // distinct media types of one message
	maxVariants = 200
	maxOrigins  = 16
)

// methodFacts is what is known of one method of one path: the payload of the route tree. It only counts;
// nothing is decided before Document.
type methodFacts struct {
	// seen counts calls; batched are those of them that came in a batch, which is a flow of another operation.
	seen, batched int64
	lists         int64 // answers that are a list
	// redirects counts answers that send the client elsewhere on the same host.
	redirects int64
	origins   *bottomk.Counts
	access    security.Access
	query     *bottomk.Map[*paramFacts]
	header    *bottomk.Map[*paramFacts]
	cookie    *bottomk.Map[*paramFacts]
	// bodies counts requests with a body; accepted those the server did not refuse, acceptedBodies both.
	bodies, accepted, acceptedBodies int64
	request                          *bottomk.Map[*mediaFacts]
	responses                        map[int]*responseFacts
	// variants are what hides behind one URL, by kind and name: GraphQL operations, JSON-RPC methods. What is
	// theirs is not counted above.
	variants *bottomk.Map[*variantFacts]
	oauth    security.OAuth
	rels     *bottomk.Counts // relations of the links in answers' headers
	members  *bottomk.Counts // of a batch, the fragments of the operations called
	texts    *textFacts      // of a GraphQL operation, its documents; nil for others

	path   uint64 // whose flows these are, by hash; no fact
	shared bool   // by more than one; no fact
}

// addPath notes the path of a flow, by hash, and reports whether all flows since the facts were made have that path.
func (m *methodFacts) addPath(path uint64) bool {
	m.shared = m.shared || m.path != 0 && m.path != path
	m.path = path
	return !m.shared
}

// flows counts those that were one call each.
func (m *methodFacts) flows() int64 { return m.seen - m.batched }

func newMethodFacts() *methodFacts {
	return &methodFacts{
		origins:   bottomk.New[*bottomk.Count](maxOrigins),
		query:     bottomk.New[*paramFacts](maxParams),
		header:    bottomk.New[*paramFacts](maxParams),
		cookie:    bottomk.New[*paramFacts](maxParams),
		request:   bottomk.New[*mediaFacts](maxMedia),
		responses: map[int]*responseFacts{},
		variants:  bottomk.New[*variantFacts](maxVariants),
		oauth:     security.NewOAuth(),
		rels:      bottomk.New[*bottomk.Count](maxOrigins),
		members:   bottomk.New[*bottomk.Count](maxVariants),
	}
}

func newPayload() route.Payload { return newMethodFacts() }

// Merge implements route.Payload.
func (m *methodFacts) Merge(p route.Payload) {
	o := p.(*methodFacts)
	m.seen += o.seen
	m.batched += o.batched
	m.lists += o.lists
	m.redirects += o.redirects
	m.origins.Merge(o.origins)
	m.access.Merge(&o.access)
	m.query.Merge(o.query)
	m.header.Merge(o.header)
	m.cookie.Merge(o.cookie)
	m.bodies += o.bodies
	m.accepted += o.accepted
	m.acceptedBodies += o.acceptedBodies
	m.request.Merge(o.request)
	for status, r := range o.responses {
		m.response(status).merge(r)
	}
	m.variants.Merge(o.variants)
	m.oauth.Merge(&o.oauth)
	m.rels.Merge(o.rels)
	m.members.Merge(o.members)
	if o.texts != nil {
		if m.texts == nil {
			m.texts = newTexts()
		}
		m.texts.merge(o.texts)
	}
}

// Settle implements route.Payload.
func (m *methodFacts) Settle() {
	for f := range m.request.Values() {
		f.settle()
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

func (m *methodFacts) response(status int) *responseFacts {
	r := m.responses[status]
	if r == nil {
		r = newResponseFacts()
		m.responses[status] = r
	}
	return r
}

// AppendBinary implements route.Payload.
func (m *methodFacts) AppendBinary(b []byte) ([]byte, error) {
	for _, n := range []int64{m.seen, m.batched, m.lists, m.redirects, m.bodies, m.accepted, m.acceptedBodies} {
		b = wire.Uint(b, uint64(n))
	}
	b = m.origins.Append(b)
	b = m.access.Append(b)
	for _, ps := range []*bottomk.Map[*paramFacts]{m.query, m.header, m.cookie} {
		b = ps.Append(b)
	}
	b = m.request.Append(b)
	b = wire.Uint(b, uint64(len(m.responses)))
	for _, status := range sortedInts(m.responses) {
		b = wire.Uint(b, uint64(status))
		b = m.responses[status].append(b)
	}
	b = m.variants.Append(b)
	for _, counts := range []*bottomk.Counts{m.oauth.Signs, m.oauth.Scopes, m.rels, m.members} {
		b = counts.Append(b)
	}
	if b = wire.Bool(b, m.texts != nil); m.texts != nil {
		b = m.texts.append(b)
	}
	return b, nil
}

func decodePayload(b []byte) (route.Payload, error) {
	r := wire.NewReader(b)
	m := newMethodFacts()
	for _, n := range []*int64{&m.seen, &m.batched, &m.lists, &m.redirects, &m.bodies, &m.accepted, &m.acceptedBodies} {
		*n = r.Count()
	}
	bottomk.ReadCounts(m.origins, r)
	m.access.Read(r)
	for _, ps := range []*bottomk.Map[*paramFacts]{m.query, m.header, m.cookie} {
		ps.Read(r, readParam)
	}
	m.request.Read(r, readMedia)
	for n := r.Len(); n > 0; n-- {
		status := int(r.Uint())
		m.responses[status] = readResponse(r)
	}
	m.variants.Read(r, readVariant)
	for _, counts := range []*bottomk.Counts{m.oauth.Signs, m.oauth.Scopes, m.rels, m.members} {
		bottomk.ReadCounts(counts, r)
	}
	if r.Bool() {
		m.texts = readTexts(r)
	}
	if r.Rest() > 0 {
		r.Fail()
	}
	return m, r.Err()
}

// variantFacts are the facts of one variant of an operation.
type variantFacts struct{ m *methodFacts }

func newVariant() *variantFacts { return &variantFacts{newMethodFacts()} }

func (v *variantFacts) Clone() *variantFacts {
	c := newVariant()
	c.Merge(v)
	return c
}

func (v *variantFacts) Merge(o *variantFacts) { v.m.Merge(o.m) }

func (v *variantFacts) Append(b []byte) []byte {
	b, _ = wire.Nested(b, v.m.AppendBinary) // never fails: it only appends
	return b
}

func readVariant(r *wire.Reader) *variantFacts {
	p, err := decodePayload(r.Bytes())
	if err != nil {
		r.Fail()
		return newVariant()
	}
	return &variantFacts{p.(*methodFacts)}
}

// responseFacts is what is known of one status.
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
	return r.headers.Append(r.media.Append(wire.Uint(b, uint64(r.seen))))
}

func readResponse(rd *wire.Reader) *responseFacts {
	r := newResponseFacts()
	r.seen = rd.Count()
	r.media.Read(rd, readMedia)
	r.headers.Read(rd, readParam)
	return r
}

// paramFacts is what is known of one parameter.
type paramFacts struct {
	seen   int64 // exchanges that had it
	values schema.ParameterFacts
	deep   *schema.Facts // of name[key]=value, nil when there were none
}

// newParam makes facts of a parameter of this name, which decides whether values may be kept as text.
func newParam(name string) func() *paramFacts {
	return func() *paramFacts { return &paramFacts{values: *schema.NewParameterFacts(name)} }
}

// learnParam folds the value that one exchange gives a parameter.
func learnParam(b *bottomk.Map[*paramFacts], name, value string) { learnParamAs(b, name, name, value) }

// learnPrivate is learnParam for a parameter whose values are not kept as text, whatever its name says.
func learnPrivate(b *bottomk.Map[*paramFacts], name, value string) {
	learnParamAs(b, name, "secret", value)
}

func learnParamAs(b *bottomk.Map[*paramFacts], name, as, value string) {
	b.Update(name, newParam(as), func(p *paramFacts) {
		p.seen++
		p.values.Add(value)
	})
}

func (p *paramFacts) Clone() *paramFacts {
	c := &paramFacts{}
	c.Merge(p)
	return c
}

func (p *paramFacts) Merge(o *paramFacts) {
	p.seen += o.seen
	p.values.Merge(&o.values)
	if o.deep != nil {
		if p.deep == nil {
			p.deep = &schema.Facts{}
		}
		p.deep.Merge(o.deep)
	}
}

func (p *paramFacts) Append(b []byte) []byte {
	b = wire.Uint(b, uint64(p.seen))
	b, _ = wire.Nested(b, p.values.AppendBinary) // never fails: it only appends
	b = wire.Bool(b, p.deep != nil)
	if p.deep != nil {
		b, _ = wire.Nested(b, p.deep.AppendBinary)
	}
	return b
}

func readParam(r *wire.Reader) *paramFacts {
	p := &paramFacts{seen: r.Count()}
	if p.values.UnmarshalBinary(r.Bytes()) != nil {
		r.Fail()
	}
	if r.Bool() {
		p.deep = &schema.Facts{}
		if p.deep.UnmarshalBinary(r.Bytes()) != nil {
			r.Fail()
		}
	}
	return p
}

func passed(f *flow.Flow) bool { return f.Response.Status < 400 }
