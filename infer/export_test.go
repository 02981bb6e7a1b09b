package infer

import (
	"fmt"
	"slices"

	"github.com/spectap/spectap/infer/schema"
)

// Separate returns the document in which the schema of each body is decided from that body alone
// and written in place, as tools do that share nothing between operations.
func (m *Model) Separate() Document {
	d := m.decide(Options{})
	d.doc.Components = nil
	d.plan.xml.decide(schema.Policy{}, &d.doc) // XML shares the components of its own bodies
	for i, b := range d.plan.bodies {
		one := schema.Decide([]schema.Body{b}, schema.Policy{Inline: true})
		name := func(s string) string { return fmt.Sprint(s, "At", i) } // recursive schemas need a name
		d.plan.setters[i](renamed(one.Schemas[0], name))
		for _, c := range one.Components {
			own := schema.Component{Name: name(c.Name), Schema: renamed(c.Schema, name)}
			d.doc.Components = append(d.doc.Components, own)
		}
	}
	d.doc.Operations = nil
	for _, e := range d.included {
		if r := e.op.Request; r != nil { // without what others show
			isShared := func(m Media) bool { return slices.Contains(e.patches, m.Type) }
			r.Content = slices.DeleteFunc(r.Content, isShared)
		}
		d.doc.Operations = append(d.doc.Operations, e.op)
	}
	return d.doc
}

// renamed returns a copy of a schema with other names in its references.
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
		own := schema.Property{Name: p.Name, Schema: renamed(p.Schema, name), Required: p.Required,
			AlwaysSent: p.AlwaysSent}
		c.Properties = append(c.Properties, own)
	}
	if d := s.Discriminator; d != nil {
		c.Discriminator = &schema.Discriminator{Property: d.Property}
		for _, m := range d.Mapping {
			c.Discriminator.Mapping = append(c.Discriminator.Mapping, schema.Mapping{Value: m.Value, Ref: name(m.Ref)})
		}
	}
	return &c
}

// NewPacking returns a model that keeps the facts of so many hosts unencoded.
func NewPacking(most int) *Model {
	m := New()
	m.room.Most = most
	return m
}

// LimitRepeats bounds the repeated bodies that the model keeps, in bytes.
func (m *Model) LimitRepeats(n int) { m.learner.repeats.limit = n }
