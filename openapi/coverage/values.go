package coverage

import (
	"encoding/json"
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
	at.walk(ref, &Part{Kind: Values, Method: at.method, Path: at.path, Name: where}, 0)
}

func (at *place) walk(ref *openapi3.SchemaRef, in *Part, depth int) {
	if ref == nil || ref.Value == nil || depth > maxDepth || at.visited[ref.Value] {
		return
	}
	s := ref.Value
	at.visited[s] = true
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		in = &Part{Kind: Values, Name: name, Schema: name}
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

func (c *Coverage) declareEnum(s *openapi3.Schema, in *Part) {
	if len(s.Enum) == 0 || c.enums[s] != nil {
		return
	}
	values := map[string]*Part{}
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
	data, whole, err := decode.Body(h, b, maxBody)
	var v any
	if err != nil || !whole || json.Unmarshal(data, &v) != nil {
		return
	}
	c.reach(media.Schema.Value, v, 0)
}

// reach counts the values of enums in a value.
func (c *Coverage) reach(s *openapi3.Schema, v any, depth int) {
	if s == nil || depth > maxDepth {
		return
	}
	if text, ok := v.(string); ok {
		if p := c.enums[s][text]; p != nil {
			p.Flows++
		}
	}
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, x := range list {
			c.reach(x.Value, v, depth+1)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if p := s.Properties[name]; p != nil {
				c.reach(p.Value, x, depth+1)
			} else if rest := s.AdditionalProperties.Schema; rest != nil {
				c.reach(rest.Value, x, depth+1)
			}
		}
	case []any:
		if s.Items != nil {
			for _, x := range v {
				c.reach(s.Items.Value, x, depth+1)
			}
		}
	case string:
		if s.Items != nil { // one element of a list in a parameter
			c.reach(s.Items.Value, v, depth+1)
		}
	}
}
