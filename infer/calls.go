package infer

import (
	"slices"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// decideCalls says of operations behind one URL what tells them apart: the method of JSON-RPC and the document of GraphQL
// are constants of each, and a batch is a list of what the operations take, and give, that were called in it.
func decideCalls(cs []*candidate, d *Document) {
	w := calls{doc: d, at: map[string]*candidate{}, components: byName(d.Components)}
	for _, c := range cs {
		w.at[c.method+" "+c.full] = c
	}
	w.uses = usesOf(cs, w.components)
	for _, c := range cs {
		switch {
		case c.op.Request == nil:
		case c.variant.Kind == call.KindJSONRPC:
			w.constants(c)
		case c.variant.IsGraphQL():
			w.document(c)
		}
	}
	for _, c := range cs {
		if c.variant.IsBatch() {
			w.batch(c)
		}
	}
	d.Components = usedComponents(cs, w.components)
}

// calls writes what several operations behind one URL have to do with each other.
type calls struct {
	doc        *Document
	at         map[string]*candidate // by method and whole path
	components map[string]*schema.Schema
	uses       map[string]int // how often operations and components refer to a component
}

// constants says what every call of a method has (JSON-RPC 2.0, section 4): it would not be of the method without.
func (w *calls) constants(c *candidate) {
	w.fix(c, func(p *schema.Property) {
		switch p.Name {
		case "method":
			p.Schema, p.Required = &schema.Schema{Kind: schema.String, Enum: []string{c.variant.Name}}, true
		case "jsonrpc":
			p.Schema, p.Required = &schema.Schema{Kind: schema.String, Enum: []string{"2.0"}}, true
		}
	})
}

// fix changes properties of the calls that an operation takes as JSON.
func (w *calls) fix(c *candidate, change func(*schema.Property)) {
	for i := range c.op.Request.Content {
		m := &c.op.Request.Content[i]
		s := followRef(m.Schema, w.components)
		if !decode.IsJSON(m.Type) || s == nil || s.Kind != schema.Object || len(s.AnyOf)+len(s.OneOf) > 0 {
			continue
		}
		own := *s // what has a constant of its own is no longer the thing of others
		own.Properties = slices.Clone(s.Properties)
		for k := range own.Properties {
			change(&own.Properties[k])
		}
		if name := m.Schema.Ref; w.uses[name] == 1 {
			w.components[name] = &own
			continue
		}
		m.Schema = &own
	}
}

// batch gives the batches of a URL their schemas.
func (w *calls) batch(c *candidate) {
	var members []*candidate // with a nil where one is not told apart
	base := c.method + " " + c.template.String()
	for _, fragment := range c.facts.members.Names() {
		members = append(members, w.at[base+fragment])
	}
	if c.facts.members.Overflowed() {
		members = append(members, nil)
	}
	if c.op.Request != nil {
		w.list(c.op.Request.Content, c.facts.request, members, "Request", func(o *Operation) []Media {
			if o.Request == nil {
				return nil
			}
			return o.Request.Content
		})
	}
	for i := range c.op.Responses {
		r := &c.op.Responses[i]
		w.list(r.Content, c.facts.responses[r.Status].media, members, "Response", func(o *Operation) []Media {
			for _, own := range o.Responses {
				if own.Status == r.Status {
					return own.Content
				}
			}
			return nil
		})
	}
}

// list gives the batches of each media type the schema of a list of what the members have there.
func (w *calls) list(content []Media, facts *bottomk.Map[*mediaFacts], members []*candidate, role string, of func(*Operation) []Media) {
	for i := range content {
		f := facts.Get(content[i].Type)
		if f == nil || f.batches == 0 {
			continue
		}
		items := &schema.Schema{}
		for _, c := range members {
			if c == nil {
				items = nil // anything: one of the operations is not told apart
				break
			}
			for k, m := range of(&c.op) {
				if m.Type != content[i].Type || m.Schema == nil {
					continue
				}
				m.Schema = w.share(m.Schema, c.variant, role)
				of(&c.op)[k].Schema = m.Schema
				if !slices.ContainsFunc(items.AnyOf, func(s *schema.Schema) bool { return s.Ref != "" && s.Ref == m.Schema.Ref }) {
					items.AnyOf = append(items.AnyOf, m.Schema)
				}
			}
		}
		if items != nil && len(items.AnyOf) == 1 {
			items = items.AnyOf[0]
		}
		list := &schema.Schema{Kind: schema.Array, Items: items}
		switch own := content[i].Schema; { // of lists that could not be taken apart, and of answers that are none
		case f.body == nil || f.body.Exchanges() == 0:
			content[i].Schema = list
		case own != nil && len(own.AnyOf) > 0:
			content[i].Schema = &schema.Schema{AnyOf: append([]*schema.Schema{list}, own.AnyOf...), Nullable: own.Nullable}
		default:
			content[i].Schema = &schema.Schema{AnyOf: []*schema.Schema{list, own}}
		}
	}
}

// share makes a component of an object that now stands in two places.
func (w *calls) share(s *schema.Schema, v call.Variant, role string) *schema.Schema {
	if s.Ref != "" || s.Kind != schema.Object || len(s.Properties) == 0 || v.Name == "" {
		return s
	}
	name := noun.Pascal(noun.Words(v.Name)...) + role
	for w.components[name] != nil {
		name += "X"
	}
	nullable, own := s.Nullable, *s
	own.Nullable = false
	w.components[name] = &own
	return &schema.Schema{Ref: name, Nullable: nullable}
}
