package infer

import (
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/varint"
)

// requestFacts holds the facts of the parameters and bodies of requests.
type requestFacts struct {
	query   *bottomk.Map[*paramFacts]
	header  *bottomk.Map[*paramFacts]
	cookie  *bottomk.Map[*paramFacts]
	request *bottomk.Map[*mediaFacts]
}

func newRequestFacts() requestFacts {
	return requestFacts{
		query:   bottomk.New[*paramFacts](maxParams),
		header:  bottomk.New[*paramFacts](maxParams),
		cookie:  bottomk.New[*paramFacts](maxParams),
		request: bottomk.New[*mediaFacts](maxMedia),
	}
}

func (r *requestFacts) merge(o *requestFacts) {
	r.query.Merge(o.query)
	r.header.Merge(o.header)
	r.cookie.Merge(o.cookie)
	r.request.Merge(o.request)
}

func (r *requestFacts) code(c *varint.Coder) {
	for _, params := range []*bottomk.Map[*paramFacts]{r.query, r.header, r.cookie} {
		params.Code(c)
	}
	r.request.Code(c)
}

func (r *requestFacts) settle() {
	for f := range r.request.Values() {
		f.settle()
	}
}

// refusedFacts counts requests that the server refused. Nothing in these shows what it accepts: any
// name, value or media type may be what it refused.
type refusedFacts struct {
	query    *bottomk.Map[*paramFacts] // counts names, any of which may be that of a key
	sent     requestFacts              // what clients send, if no others show it: not of requests with wrong content
	seen     int64
	demanded schema.NameSet // names that a refusal demands and its request lacks
}

func (r *refusedFacts) merge(o *refusedFacts) {
	r.query.Merge(o.query)
	r.sent.merge(&o.sent)
	r.seen += o.seen
	r.demanded.Merge(&o.demanded)
}

// New returns facts of no requests.
func (*refusedFacts) New() *refusedFacts {
	return &refusedFacts{query: bottomk.New[*paramFacts](maxParams), sent: newRequestFacts()}
}

// Code encodes the facts.
func (r *refusedFacts) Code(c *varint.Coder) {
	varint.Naturals(c, &r.seen)
	r.query.Code(c)
	r.sent.code(c)
	c.Nested(r.demanded.AppendBinary, r.demanded.UnmarshalBinary)
}

// isInvalid reports whether the server refused a request because of what it holds (RFC 9110,
// sections 15.5.1 and 15.5.21). Other refusals say nothing about the request's form.
func isInvalid(f *flow.Flow) bool { return f.Response.Status == 400 || f.Response.Status == 422 }

// isRefused reports whether the server refused a request, or did not read it. Statuses about the
// server's state and limits are no refusals: the server understood the request.
func isRefused(f *flow.Flow) bool {
	switch f.Response.Status {
	case 402, 409, 412, 423, 424, 425, 428, 429:
		return false
	}
	return f.Response.Status >= 400 && f.Response.Status < 500
}

// refusals returns the facts of refused requests, and adds empty ones first if necessary.
func (m *methodFacts) refusals() *refusedFacts {
	if m.refused == nil {
		m.refused = m.refused.New()
	}
	return m.refused
}

// judged counts the requests that the server did not refuse.
func (m *methodFacts) judged() int64 {
	if m.refused == nil {
		return m.seen
	}
	return m.seen - m.refused.seen
}

// isDemanded reports whether a refusal demanded a name that the request lacked.
func (m *methodFacts) isDemanded(name string) bool {
	return m.refused != nil && m.refused.demanded.Has(name)
}

// demandedNames returns the names that refusals demanded, or nil if there are none.
func (m *methodFacts) demandedNames() *schema.NameSet {
	if m.refused == nil {
		return nil
	}
	return &m.refused.demanded
}

// paramFacts holds the facts of one parameter, as a [bottomk.Value].
type paramFacts struct {
	seen   int64 // exchanges that had it
	values schema.ParameterFacts
	deep   *schema.Facts // of name[key]=value, or nil
	json   *schema.Facts // of values that are JSON (see isJSON), or nil

	jsons int64 // exchanges whose value was JSON

	nameOnly int64 // exchanges that had only the name, as in ?flag
}

// newParam returns a function that makes facts of a parameter. The name decides whether values may
// be kept as text.
func newParam(name string) func() *paramFacts {
	return func() *paramFacts { return &paramFacts{values: *schema.NewParameterFacts(name)} }
}

// learnParam adds the value that one exchange gives a parameter.
func learnParam(params *bottomk.Map[*paramFacts], name, value string) {
	params.Update(name, newParam(name), func(p *paramFacts) { p.add(value) })
}

// learnSecret is learnParam for a parameter whose values are never kept as text, regardless of its
// name.
func learnSecret(params *bottomk.Map[*paramFacts], name, value string) {
	params.Update(name, newParam("secret"), func(p *paramFacts) { p.add(value) })
}

func (p *paramFacts) add(value string) {
	p.seen++
	p.values.Add(value)
}

// New implements [bottomk.Value].
func (*paramFacts) New() *paramFacts { return &paramFacts{} }

// Merge implements [bottomk.Value].
func (p *paramFacts) Merge(o *paramFacts) {
	p.seen += o.seen
	p.nameOnly += o.nameOnly
	p.jsons += o.jsons
	p.values.Merge(&o.values)
	mergeBody(&p.deep, o.deep)
	mergeBody(&p.json, o.json)
}

func mergeBody(into **schema.Facts, o *schema.Facts) {
	if o == nil {
		return
	}
	if *into == nil {
		*into = &schema.Facts{}
	}
	(*into).Merge(o)
}

// Code implements [bottomk.Value].
func (p *paramFacts) Code(c *varint.Coder) {
	varint.Naturals(c, &p.seen, &p.nameOnly)
	c.Nested(p.values.AppendBinary, p.values.UnmarshalBinary)
	varint.Naturals(c, &p.jsons)
	varint.Optional(c, &p.deep)
	varint.Optional(c, &p.json)
}
