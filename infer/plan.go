package infer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// schemaPlan lists every position that needs a schema, and where the decided schema goes.
type schemaPlan struct {
	positions []schema.Body
	setters   []func(*schema.Schema)
	xml       xmlPlan
}

func (p *schemaPlan) add(pos schema.Body, set func(*schema.Schema)) {
	p.positions = append(p.positions, pos)
	p.setters = append(p.setters, set)
}

// operation plans the bodies of one operation.
func (p *schemaPlan) operation(c *candidate) {
	f := c.facts
	base := schema.Body{Method: c.method, Nouns: c.nouns(), Item: c.endsInParam(), Family: c.family()}
	key := c.method + " " + c.full
	if f.bodies > 0 && f.request.Len() > 0 {
		c.op.Request = &Payload{Required: f.acceptedBodies == f.accepted && f.accepted >= minRequiredBody && meansBody(c.method)}
		base.Role = schema.Request
		c.op.Request.Content = p.media(f.request, base, key+" request")
	}
	for _, status := range sortedInts(f.responses) {
		if c.saysNothing(status) {
			continue
		}
		r := f.responses[status]
		base.Role = schema.Response
		if status >= 400 {
			base.Role = schema.Error
		}
		resp := Response{Status: status, Seen: r.seen}
		resp.Content = p.media(r.media, base, key+" "+strconv.Itoa(status))
		for _, name := range r.headers.Names() {
			h := responseHeader(name, r.headers.Get(name), status)
			if name == "Link" && len(f.rels.Names()) > 0 {
				h.Description = "Links (RFC 8288): " + strings.Join(f.rels.Names(), ", ") + "."
			}
			resp.Headers = append(resp.Headers, h)
		}
		c.op.Responses = append(c.op.Responses, resp)
	}
}

// meansBody says that requests of a method may have to have a body: those that only read never do (RFC 9110, 9.3), even
// where a client sends one.
func meansBody(method string) bool {
	return method != "GET" && method != "HEAD" && method != "OPTIONS" && method != "TRACE"
}

// media plans each media type of one message.
func (p *schemaPlan) media(types *bottomk.Map[*mediaFacts], base schema.Body, key string) []Media {
	names := types.Names()
	if types.Overflowed() && !slices.Contains(names, "*/*") {
		names = append(names, "*/*")
	}
	out := make([]Media, len(names))
	for i, name := range names {
		out[i].Type = name
		facts := types.Get(name)
		switch {
		case facts == nil: // the pooled rest
		case decode.IsEventStream(name) && p.events(&out[i], facts, base, key+" "+name):
		case facts.body != nil && facts.body.Exchanges() > 0:
			base.Key, base.Facts = key+" "+name, facts.body
			base.Form, base.NeverMap = decode.IsForm(name) || decode.IsFormData(name), decode.IsMultipart(name)
			set := func(s *schema.Schema) { out[i].Schema = s }
			if decode.IsXMLData(name) {
				p.xml.add(base, facts, set)
				break
			}
			p.add(base, set)
			if decode.IsMultipart(name) && !decode.IsFormData(name) {
				out[i].Parts = facts.places()
			}
			if out[i].Parts == nil {
				out[i].Encoding = facts.encoding()
			}
		default:
			out[i].Schema = opaque(name)
		}
	}
	return out
}

// opaque is the schema of a body that is not looked into.
func opaque(mediaType string) *schema.Schema {
	switch {
	case mediaType == "*/*", decode.IsJSON(mediaType), decode.IsJSONLines(mediaType): // never had a body to look into
		return nil
	case decode.IsText(mediaType):
		return &schema.Schema{Kind: schema.String}
	}
	return &schema.Schema{Kind: schema.String, Format: "binary"}
}

// encoding says how fields are written that are not written in the usual way.
func (m *mediaFacts) encoding() []FieldEncoding {
	fields := map[string]*FieldEncoding{}
	at := func(field string) *FieldEncoding {
		if fields[field] == nil {
			fields[field] = &FieldEncoding{Field: field}
		}
		return fields[field]
	}
	if m.files != nil {
		for _, key := range m.files.Names() {
			field, t, _ := strings.Cut(key, "\x00")
			switch e := at(field); {
			case t == "":
			case e.ContentType == "":
				e.ContentType = t
			default:
				e.ContentType += ", " + t
			}
		}
	}
	if m.indexed != nil {
		for _, field := range m.indexed.Names() {
			at(field).Indexed = true
		}
	}
	var out []FieldEncoding
	for _, field := range sortedKeys(fields) {
		if e := fields[field]; e.Indexed || e.ContentType != "" {
			out = append(out, *e)
		}
	}
	return out
}

// nouns are the literals of the template from the last to the first, versions left out, and so the verb of an action
// on an item: cancel in POST /orders/{id}/cancel is no name of what it answers. What can be read there, too, is no verb.
func (c *candidate) nouns() []string {
	if c.variant.Name != "" {
		return []string{c.variant.Name}
	}
	var out []string
	last := len(c.told) - 1
	if last > 0 && c.method == "POST" && c.alone && c.told[last-1].literal == "" && !noun.IsPlural(c.told[last].literal) {
		last--
	}
	self := false
	for i := last; i >= 0; i-- {
		l := c.told[i].literal
		if isSelf(l) {
			self = true
		} else if l != "" && !isVersion(l) && !strings.EqualFold(l, "api") {
			out, self = append(out, l), false
		}
	}
	if self { // of whom is not said
		out = append(out, "user")
	}
	return out
}

func (c *candidate) endsInParam() bool {
	return len(c.steps) > 0 && c.steps[len(c.steps)-1].literal == ""
}

// family is shared by a collection and its items.
func (c *candidate) family() string {
	if c.variant.Name != "" {
		return c.full
	}
	var b strings.Builder
	end := len(c.steps)
	for end > 0 && c.steps[end-1].literal == "" {
		end--
	}
	for _, s := range c.steps[:end] {
		if s.literal == "" {
			b.WriteString("/{}")
		} else {
			b.WriteString("/" + strings.ToLower(s.literal))
		}
	}
	return b.String()
}

// decideParams decides the parameters of one operation. Those of the others tell what is common.
func decideParams(c *candidate, p Policy, elsewhere map[string]int, shared options) {
	for _, seg := range c.template.Segments {
		for _, part := range seg.Chunks {
			if q := part.Param; q != nil {
				c.op.Params = append(c.op.Params, Param{Name: q.Name, In: InPath, Required: true, Seen: c.facts.seen,
					MultiSegment: q.MultiSegment, Schema: pathSchema(q.Format)})
			}
		}
	}
	for _, name := range c.facts.query.Names() {
		c.op.Params = append(c.op.Params, queryParam(name, c.facts.query.Get(name), c.facts, p, elsewhere[c.method+" "+name] > 1))
	}
	c.withOptions(shared, p)
	if c.facts.query.Overflowed() {
		// More names than can be told apart: an object whose keys are parameters.
		c.op.Params = append(c.op.Params, Param{Name: "additionalParameters", In: InQuery, Style: "form", Explode: true,
			Schema: &schema.Schema{Kind: schema.Object, Additional: &schema.Schema{Kind: schema.String}}})
	}
	for place, facts := range map[Place]*bottomk.Map[*paramFacts]{InHeader: c.facts.header, InCookie: c.facts.cookie} {
		for _, name := range facts.Names() {
			q := facts.Get(name)
			out := Param{Name: name, In: place, Seen: q.seen, Schema: q.values.DecideSingle(name, p.Schema)}
			if place == InHeader {
				out.Name, out.Description = headers.Spelling(name), headers.Description(name)
			}
			c.op.Params = append(c.op.Params, out)
		}
	}
	order := map[Place]int{InPath: 0, InQuery: 1, InHeader: 2, InCookie: 3}
	slices.SortStableFunc(c.op.Params, func(a, b Param) int {
		if a.In != b.In {
			return order[a.In] - order[b.In]
		}
		if a.In == InPath {
			return 0
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// pathSchema is the schema of a path parameter whose values all have one shape. Shapes that only look alike
// (hexadecimal, e-mail) stay strings: the next value may differ.
func pathSchema(format string) *schema.Schema {
	switch format {
	case "integer":
		return &schema.Schema{Kind: schema.Integer}
	case "uuid", "date":
		return &schema.Schema{Kind: schema.String, Format: format}
	}
	return &schema.Schema{Kind: schema.String}
}

// queryParam decides one query parameter. It is required when every one of enough requests had it with values that differ
// and no other operation of the method knows the name: a name that many operations share is an option of the API at
// large, and what is always the same is a client's habit.
func queryParam(name string, q *paramFacts, m *methodFacts, p Policy, common bool) Param {
	out := Param{Name: name, In: InQuery, Seen: q.seen}
	out.Required = q.seen == m.seen && m.seen >= minRequiredQuery && q.values.Distinct() >= minRequiredValues && !common
	plain := q.values.Requests() > 0
	switch {
	case q.deep != nil && plain: // both forms: OpenAPI has one parameter of a name
		out.Schema = &schema.Schema{}
	case q.deep != nil:
		pos := schema.Body{Key: name, Role: schema.Request, Form: true, Facts: q.deep}
		out.Style, out.Explode = "deepObject", true
		out.Schema = schema.Decide([]schema.Body{pos}, schema.Policy{Inline: true, NoRequired: true}).Schemas[0]
	default:
		s, style := q.values.Decide(strings.TrimSuffix(name, "[]"), p.Schema)
		if strings.HasSuffix(name, "[]") && style != schema.RepeatedList {
			s, style = &schema.Schema{Kind: schema.Array, Items: s}, schema.RepeatedList
		}
		out.Schema = s
		if style != schema.NotList {
			out.Style, out.Explode = "form", style == schema.RepeatedList
		}
	}
	return out
}
