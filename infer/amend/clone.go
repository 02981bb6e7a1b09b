package amend

import (
	"slices"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// cloned returns a copy of a document that shares nothing that corrections change.
func cloned(d infer.Document) infer.Document {
	d.Unmatched = slices.Clone(d.Unmatched)
	d.Components = slices.Clone(d.Components)
	for i := range d.Components {
		d.Components[i].Schema = clone(d.Components[i].Schema)
	}
	d.Operations = slices.Clone(d.Operations)
	for i := range d.Operations {
		o := &d.Operations[i]
		o.Params = params(o.Params)
		if o.Request != nil {
			r := *o.Request
			r.Content = media(r.Content)
			o.Request = &r
		}
		o.Responses = slices.Clone(o.Responses)
		for j := range o.Responses {
			r := &o.Responses[j]
			r.Content, r.Headers, r.Links = media(r.Content), params(r.Headers), slices.Clone(r.Links)
		}
	}
	return d
}

func params(in []infer.Param) []infer.Param {
	out := slices.Clone(in)
	for i := range out {
		out[i].Schema = clone(out[i].Schema)
	}
	return out
}

func media(in []infer.Media) []infer.Media {
	out := slices.Clone(in)
	for i := range out {
		out[i].Schema = clone(out[i].Schema)
		out[i].Events = slices.Clone(out[i].Events)
		for j := range out[i].Events {
			out[i].Events[j].Schema = clone(out[i].Events[j].Schema)
		}
	}
	return out
}

// clone returns a deep copy.
func clone(s *schema.Schema) *schema.Schema {
	if s == nil {
		return nil
	}
	c := *s
	c.Enum = slices.Clone(s.Enum)
	c.Properties = slices.Clone(s.Properties)
	for i := range c.Properties {
		c.Properties[i].Schema = clone(c.Properties[i].Schema)
	}
	c.Additional, c.Items = clone(s.Additional), clone(s.Items)
	c.Prefix, c.AnyOf, c.OneOf = clones(s.Prefix), clones(s.AnyOf), clones(s.OneOf)
	if s.Discriminator != nil {
		d := *s.Discriminator
		d.Mapping = slices.Clone(d.Mapping)
		c.Discriminator = &d
	}
	return &c
}

func clones(in []*schema.Schema) []*schema.Schema {
	out := slices.Clone(in)
	for i := range out {
		out[i] = clone(out[i])
	}
	return out
}
