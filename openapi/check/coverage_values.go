package check

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

const (
	maxDepth = 64      // of schemas and values
	maxBody  = 4 << 20 // bytes of a decoded body that are read
)

// place is where schemas are used.
type place struct {
	c            *Coverage
	method, path string
	visited      map[*openapi3.Schema]bool
}

// declare adds the values of all enums below a schema. Values of a component that several places
// use are one part, under its name.
func (at *place) declare(ref *openapi3.SchemaRef, where string) {
	at.visited = map[*openapi3.Schema]bool{}
	at.walk(ref, &CoveragePart{Kind: values, Method: at.method, Path: at.path, Name: where}, 0)
}

func (at *place) walk(ref *openapi3.SchemaRef, in *CoveragePart, depth int) {
	if ref == nil || ref.Value == nil || depth > maxDepth || at.visited[ref.Value] {
		return
	}
	s := ref.Value
	at.visited[s] = true
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		in = &CoveragePart{Kind: values, Name: name, Schema: name}
	}
	at.c.declareEnum(s, in)
	for name, p := range s.Properties {
		inner := *in
		inner.Name += " " + name
		at.walk(p, &inner, depth+1)
	}
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, x := range list {
			at.walk(x, in, depth+1)
		}
	}
	at.walk(s.Items, in, depth+1)
	at.walk(s.AdditionalProperties.Schema, in, depth+1)
}

func (c *Coverage) declareEnum(s *openapi3.Schema, in *CoveragePart) {
	if len(s.Enum) == 0 || c.enums[s] != nil {
		return
	}
	values := map[string]*CoveragePart{}
	for _, v := range s.Enum {
		if text, ok := v.(string); ok && values[text] == nil {
			p := *in
			p.Name += ": " + text
			values[text] = &p
			c.parts = append(c.parts, &p)
		}
	}
	c.enums[s] = values
}

// reachBody counts the values in a JSON body.
func (c *Coverage) reachBody(content openapi3.Content, h flow.Header, b flow.Body) {
	media := content.Get(h.MediaType())
	if media == nil || media.Schema == nil || !decode.IsJSON(h.MediaType()) || b.Truncated || len(b.Data) == 0 {
		return
	}
	data, decoded, err := decode.Body(h, b, maxBody)
	var v any
	if err != nil || !decoded || json.Unmarshal(data, &v) != nil {
		return
	}
	c.reach(v, 0, media.Schema)
}

// reach counts the values of enums in a value of the schemas. It visits each schema once for a
// value, even if several alternatives lead to it.
func (c *Coverage) reach(v any, depth int, schemas ...*openapi3.SchemaRef) {
	if depth > maxDepth || len(schemas) == 0 {
		return
	}
	all := withAlternatives(schemas)
	var items openapi3.SchemaRefs
	for _, s := range all {
		if s.Items != nil {
			items = append(items, s.Items)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			var members openapi3.SchemaRefs
			for _, s := range all {
				if p := s.Properties[name]; p != nil {
					members = append(members, p)
				} else if rest := s.AdditionalProperties.Schema; rest != nil {
					members = append(members, rest)
				}
			}
			c.reach(x, depth+1, members...)
		}
	case []any:
		for _, x := range v {
			c.reach(x, depth+1, items...)
		}
	case string:
		for _, s := range all {
			if p := c.enums[s][v]; p != nil {
				p.Flows++
			}
		}
		c.reach(v, depth+1, items...) // one element of a list in a parameter
	}
}

// withAlternatives returns schemas with those in their allOf, anyOf and oneOf, at any depth.
func withAlternatives(refs openapi3.SchemaRefs) (all []*openapi3.Schema) {
	seen := map[*openapi3.Schema]bool{}
	for todo := slices.Clone(refs); len(todo) > 0; todo = todo[1:] {
		if s := todo[0].Value; s != nil && !seen[s] {
			seen[s] = true
			all = append(all, s)
			todo = append(append(append(todo, s.AllOf...), s.AnyOf...), s.OneOf...)
		}
	}
	return all
}
