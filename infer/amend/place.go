package amend

import (
	"strconv"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
)

// maxDepth bounds the references and alternatives on the way to a value.
const maxDepth = 64

// target is a value that a place names.
type target struct {
	schema   *schema.Schema // may be nil for a body of any kind
	require  func(bool)     // nil if it is neither required nor optional
	describe func(string)   // for places with a description other than that of the schema
}

// find returns the values that a place names. There are several for a body with several media
// types, and in alternatives.
func (a *amender) find(p correction.Place) []target {
	if p.Component != "" {
		c := a.component(p.Component)
		if c == nil {
			return nil
		}
		return a.descend([]target{{schema: c.Schema}}, p.Pointer)
	}
	o := a.operation(p.Method, p.Path)
	if o == nil {
		return nil
	}
	switch p.In {
	case "request":
		if o.Request == nil {
			return nil
		}
		out := bodies(o.Request.Content)
		for i := range out {
			out[i].require = func(yes bool) { o.Request.Required = yes }
		}
		return a.descend(out, p.Pointer)
	case "response":
		for i := range o.Responses {
			if o.Responses[i].Status == p.Status {
				return a.descend(bodies(o.Responses[i].Content), p.Pointer)
			}
		}
		return nil
	}
	for i := range o.Params {
		if q := &o.Params[i]; string(q.In) == p.In && q.Name == p.Name {
			return []target{parameter(q)}
		}
	}
	return nil
}

func parameter(q *infer.Param) target {
	if q.Schema == nil {
		q.Schema = &schema.Schema{}
	}
	t := target{schema: q.Schema, describe: func(s string) { q.Description, q.Schema.Description = s, "" }}
	if q.In != infer.InPath { // which are always required
		t.require = func(yes bool) { q.Required, q.AlwaysSent = yes, 0 }
	}
	return t
}

func bodies(content []infer.Media) (out []target) {
	for i := range content {
		if content[i].Schema == nil {
			content[i].Schema = &schema.Schema{}
		}
		out = append(out, target{schema: content[i].Schema})
	}
	return out
}

// descend follows a pointer into values.
func (a *amender) descend(at []target, pointer []string) []target {
	for _, token := range pointer {
		var next []target
		for _, t := range at {
			next = append(next, a.step(t.schema, token, maxDepth)...)
		}
		at = next
	}
	return at
}

// step returns what one token of a pointer names in a schema.
func (a *amender) step(s *schema.Schema, token string, depth int) (out []target) {
	if s == nil || depth == 0 {
		return nil
	}
	if s.Ref != "" {
		if c := a.component(s.Ref); c != nil {
			return a.step(c.Schema, token, depth-1)
		}
		return nil
	}
	for _, alternatives := range [][]*schema.Schema{s.AnyOf, s.OneOf} {
		for _, x := range alternatives {
			out = append(out, a.step(x, token, depth-1)...)
		}
	}
	for i := range s.Properties {
		if p := &s.Properties[i]; p.Name == token {
			if p.Schema == nil {
				p.Schema = &schema.Schema{}
			}
			return append(out, target{schema: p.Schema, require: func(yes bool) { p.Required, p.AlwaysSent = yes, 0 }})
		}
	}
	if n, err := strconv.Atoi(token); err == nil && n >= 0 && n < len(s.Prefix) {
		return append(out, target{schema: s.Prefix[n]})
	}
	if token == "*" {
		for _, x := range []*schema.Schema{s.Items, s.Additional} {
			if x != nil {
				out = append(out, target{schema: x})
			}
		}
	}
	return out
}
