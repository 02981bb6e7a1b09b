package infer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

// decideLinks finds where an answer holds what another operation asks for: traffic showed values of the parameter
// there. The other parameters of the path must be those of the answering operation itself.
func decideLinks(cs []*candidate, d *Document) {
	components := byName(d.Components)
	byPath := map[string]*candidate{}
	for _, c := range cs {
		decidePaging(c, components)
		c.linkPages()
		byPath[c.method+" "+c.full] = c
	}
	for _, to := range cs {
		params := to.template.Params()
		for i, q := range params {
			if i != len(params)-1 {
				continue // what is named by an answer is the last thing of the path, its owners are known
			}
			for _, src := range q.Producers {
				if from := byPath[src.Method+" "+src.Path]; from != nil && from.leadsTo(to, q, src) {
					from.linkTo(to, src.Field, components)
				}
			}
		}
	}
	for _, c := range cs {
		for i := range c.op.Responses {
			slices.SortFunc(c.op.Responses[i].Links, func(a, b Link) int { return cmp.Compare(a.Name, b.Name) })
		}
	}
}

// leadsTo says whether a link is worth a word. Who creates a thing can go on with it; who is told the name of
// another thing can read that. A field such as "id" names a thing only where things of its kind are created.
func (c *candidate) leadsTo(to *candidate, q *route.Param, src route.Producer) bool {
	last := to.steps[len(to.steps)-1]
	switch {
	case len(last.params) != 1 || c.template == to.template:
		return false
	case to.op.Path == c.op.Path+"/{"+last.params[0]+"}":
		return c.method == "POST"
	case to.method != "GET":
		return false
	}
	words, param := noun.Words(src.Field), noun.Words(last.params[0])
	if len(param) == 0 || c.hasParam(last.params[0]) {
		return false
	}
	return slices.Contains(words, param[0]) && !isGeneric(param[0]) || names(words) && q.Format != "integer" && src.Values >= minReferred
}

// minReferred is how many values of a reference have to be values of a parameter that is called otherwise: buyer_id is
// the id of a user. Numbers are alike by chance.
const minReferred = 3

// names says whether a field of these words holds the identifier of another thing.
func names(words []string) bool {
	return len(words) > 1 && (words[len(words)-1] == "id" || words[len(words)-1] == "uuid")
}

func (c *candidate) hasParam(name string) bool {
	return slices.ContainsFunc(c.steps, func(s step) bool { return slices.Contains(s.params, name) })
}

// isGeneric says whether a word names no kind of thing.
func isGeneric(word string) bool {
	switch word {
	case "id", "name", "key", "slug", "number", "code", "uuid", "value", "path", "ref", "type":
		return true
	}
	return false
}

// linkTo adds links from the successful answers of c that surely hold the field.
func (c *candidate) linkTo(to *candidate, field string, components map[string]*schema.Schema) {
	params := to.template.Params()
	l := Link{Name: noun.Pascal(to.op.ID), Operation: to.op.ID}
	own := c.template.Params()
	for i, q := range params[:len(params)-1] {
		if i >= len(own) || own[i].Name != q.Name {
			return
		}
		l.Parameters = append(l.Parameters, LinkParam{q.Name, "$request.path." + q.Name})
	}
	for i := range c.op.Responses {
		r := &c.op.Responses[i]
		if r.Status < 200 || r.Status > 299 || len(r.Content) != 1 {
			continue
		}
		if p := pointerTo(r.Content[0].Schema, field, components); p != "" {
			link := l
			link.Parameters = append(slices.Clone(l.Parameters), LinkParam{params[len(params)-1].Name, "$response.body#" + p})
			if !slices.ContainsFunc(r.Links, func(o Link) bool { return o.Name == link.Name }) {
				r.Links = append(r.Links, link)
			}
		}
	}
}

// pointerTo is the JSON pointer of a property at the top that is always there; "" when there is none.
func pointerTo(s *schema.Schema, field string, components map[string]*schema.Schema) string {
	if s = followRef(s, components); s == nil {
		return ""
	}
	for _, p := range s.Properties {
		if p.Name == field && p.Required {
			return "/" + escapePointer(field)
		}
	}
	return ""
}

func byName(components []schema.Component) map[string]*schema.Schema {
	m := make(map[string]*schema.Schema, len(components))
	for _, c := range components {
		m[c.Name] = c.Schema
	}
	return m
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
