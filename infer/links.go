package infer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// decideLinks finds where an answer holds what another operation asks for: who creates a thing gets to know what
// names it in the paths below. The parameter's own provenance tells the field: traffic showed its values there.
func decideLinks(cs []*candidate, d *Document) {
	below := map[string][]*candidate{} // path of a collection → operations on its items
	for _, c := range cs {
		if n := len(c.steps); n > 0 && c.steps[n-1].literal == "" && len(c.steps[n-1].params) == 1 {
			dir := c.op.Path[:strings.LastIndexByte(c.op.Path, '/')]
			below[dir] = append(below[dir], c)
		}
	}
	components := map[string]*schema.Schema{}
	for _, c := range d.Components {
		components[c.Name] = c.Schema
	}
	for _, c := range cs {
		if c.method != "POST" {
			continue
		}
		for i := range c.op.Responses {
			r := &c.op.Responses[i]
			if r.Status < 200 || r.Status > 299 {
				continue
			}
			for _, item := range below[c.op.Path] {
				if l, ok := c.link(item, r, components); ok {
					r.Links = append(r.Links, l)
				}
			}
			slices.SortFunc(r.Links, func(a, b Link) int { return cmp.Compare(a.Name, b.Name) })
		}
	}
}

// link leads from an answer of c to an operation on what c made.
func (c *candidate) link(item *candidate, r *Response, components map[string]*schema.Schema) (Link, bool) {
	params := item.template.Params()
	last := params[len(params)-1]
	pointer := ""
	for _, use := range last.Fields {
		for _, m := range r.Content {
			if p := pointerTo(m.Schema, use.Field, components); p != "" && pointer == "" {
				pointer = p
			}
		}
	}
	if pointer == "" {
		return Link{}, false
	}
	l := Link{Name: noun.Pascal(item.op.ID), Operation: item.op.ID}
	for _, q := range params[:len(params)-1] {
		l.Parameters = append(l.Parameters, LinkParam{q.Name, "$request.path." + q.Name})
	}
	l.Parameters = append(l.Parameters, LinkParam{last.Name, "$response.body#" + pointer})
	return l, true
}

// pointerTo is the JSON pointer of a required property of that name, at the top or in an envelope of one level; ""
// when there is none.
func pointerTo(s *schema.Schema, field string, components map[string]*schema.Schema) string {
	s = followRef(s, components)
	if s == nil {
		return ""
	}
	for _, p := range s.Properties {
		if p.Name == field && p.Required {
			return "/" + escapePointer(field)
		}
	}
	for _, p := range s.Properties {
		inner := followRef(p.Schema, components)
		if inner == nil || !p.Required || len(s.Properties) > 2 {
			continue
		}
		for _, q := range inner.Properties {
			if q.Name == field && q.Required {
				return "/" + escapePointer(p.Name) + "/" + escapePointer(field)
			}
		}
	}
	return ""
}

func followRef(s *schema.Schema, components map[string]*schema.Schema) *schema.Schema {
	for range 8 { // aliases are short; a cycle of them says nothing
		if s == nil || s.Ref == "" {
			return s
		}
		s = components[s.Ref]
	}
	return nil
}

// escapePointer writes a name as a reference token (RFC 6901, section 3).
func escapePointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}
