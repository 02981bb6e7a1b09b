package infer

import (
	"fmt"

	"github.com/spectap/spectap/infer/schema"
)

// Apart is the document in which each body is described where it stands, by what was seen there alone: one schema per
// operation, as tools write that share nothing.
func (m *Model) Apart() Document {
	v := m.decide(Policy{})
	v.doc.Components = nil
	for i, pos := range v.plan.positions {
		one := schema.Decide([]schema.Body{pos}, schema.Policy{Inline: true})
		name := func(s string) string { return fmt.Sprint(s, "At", i) } // what holds itself cannot do without a name
		v.plan.setters[i](renamed(one.Schemas[0], name))
		for _, c := range one.Components {
			v.doc.Components = append(v.doc.Components, schema.Component{Name: name(c.Name), Schema: renamed(c.Schema, name)})
		}
	}
	v.doc.Operations = nil
	for _, c := range v.in {
		v.doc.Operations = append(v.doc.Operations, c.op)
	}
	return v.doc
}

// renamed gives all components that a schema refers to other names.
func renamed(s *schema.Schema, name func(string) string) *schema.Schema {
	if s == nil {
		return nil
	}
	c := *s
	if c.Ref != "" {
		c.Ref = name(c.Ref)
	}
	all := func(list []*schema.Schema) (out []*schema.Schema) {
		for _, x := range list {
			out = append(out, renamed(x, name))
		}
		return out
	}
	c.Additional, c.Items = renamed(c.Additional, name), renamed(c.Items, name)
	c.Prefix, c.AnyOf, c.OneOf = all(c.Prefix), all(c.AnyOf), all(c.OneOf)
	c.Properties = nil
	for _, p := range s.Properties {
		c.Properties = append(c.Properties, schema.Property{Name: p.Name, Schema: renamed(p.Schema, name), Required: p.Required})
	}
	if d := s.Discriminator; d != nil {
		c.Discriminator = &schema.Discriminator{Property: d.Property}
		for _, m := range d.Mapping {
			c.Discriminator.Mapping = append(c.Discriminator.Mapping, schema.Mapping{Value: m.Value, Ref: name(m.Ref)})
		}
	}
	return &c
}
