package schema

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// document writes a decision as an OpenAPI 3.0 document.
func (c *collected) document(bodies []Body, d Decision) []byte {
	paths := map[string]map[string]any{}
	for id, op := range c.ops {
		if paths[op.path] == nil {
			paths[op.path] = map[string]any{}
		}
		params := c.parameters(id, op.path)
		responses := map[string]any{}
		o := map[string]any{"parameters": params, "responses": responses, "operationId": id}
		for i, p := range bodies {
			at := c.origins[p.Key]
			if at.op != id {
				continue
			}
			var content map[string]any
			if at.status == 0 {
				if o["requestBody"] == nil {
					o["requestBody"] = map[string]any{"content": map[string]any{}}
				}
				content = o["requestBody"].(map[string]any)["content"].(map[string]any)
			} else {
				code := fmt.Sprint(at.status)
				if responses[code] == nil {
					responses[code] = map[string]any{"description": "d", "content": map[string]any{}}
				}
				content = responses[code].(map[string]any)["content"].(map[string]any)
			}
			if at.media != "" {
				m := map[string]any{}
				if d.Schemas[i] != nil {
					m["schema"] = openapi30(d.Schemas[i])
				}
				content[at.media] = m
			}
		}
		paths[op.path][strings.ToLower(op.method)] = o
	}
	schemas := map[string]any{}
	for _, c := range d.Components {
		schemas[c.Name] = openapi30(c.Schema)
	}
	b, err := json.Marshal(map[string]any{"openapi": "3.0.3", "info": map[string]any{"title": "t", "version": "1"},
		"paths": paths, "components": map[string]any{"schemas": schemas}})
	if err != nil {
		panic(err)
	}
	return b
}

// parameters writes the parameters of an operation.
func (c *collected) parameters(id, path string) []any {
	var params []any
	for _, m := range vendorParam.FindAllStringSubmatch(path, -1) {
		params = append(params, map[string]any{"name": m[1], "in": "path", "required": true,
			"schema": map[string]any{"type": "string"}})
	}
	names := make([]string, 0)
	for n := range c.query[id] {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		s, _ := c.query[id][n].Decide(n, Policy{})
		params = append(params, map[string]any{"name": n, "in": "query", "schema": openapi30(s)})
	}
	return params
}

var kindNames = []struct {
	kind Kind
	name string
}{{Boolean, "boolean"}, {Integer, "integer"}, {Number, "number"}, {String, "string"}, {Array, "array"},
	{Object, "object"}}

// openapi30 writes a schema in OpenAPI 3.0.
func openapi30(s *Schema) map[string]any {
	m := map[string]any{}
	if s == nil {
		return m
	}
	if s.Nullable {
		m["nullable"] = true
	}
	if s.Ref != "" {
		ref := map[string]any{"$ref": "#/components/schemas/" + s.Ref}
		if !s.Nullable {
			return ref
		}
		m["allOf"] = []any{ref}
		return m
	}
	addKinds(m, s.Kind)
	if s.Format != "" {
		m["format"] = s.Format
	}
	if s.Enum != nil {
		m["enum"] = s.Enum
	}
	if s.Items != nil {
		m["items"] = openapi30(s.Items)
	} else if s.Kind == Array {
		m["items"] = map[string]any{}
	}
	var required []string
	props := map[string]any{}
	for _, p := range s.Properties {
		props[p.Name] = openapi30(p.Schema)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if len(props) > 0 {
		m["properties"] = props
	}
	if required != nil {
		m["required"] = required
	}
	if s.Additional != nil {
		m["additionalProperties"] = openapi30(s.Additional)
	}
	addAlternatives(m, s)
	return m
}

// addAlternatives adds anyOf, oneOf and the discriminator.
func addAlternatives(m map[string]any, s *Schema) {
	for name, alts := range map[string][]*Schema{"anyOf": s.AnyOf, "oneOf": s.OneOf} {
		var list []any
		for _, a := range alts {
			list = append(list, openapi30(a))
		}
		if list != nil {
			m[name] = list
		}
	}
	if d := s.Discriminator; d != nil {
		mapping := map[string]any{}
		for _, x := range d.Mapping {
			mapping[x.Value] = "#/components/schemas/" + x.Ref
		}
		m["discriminator"] = map[string]any{"propertyName": d.Property, "mapping": mapping}
	}
}

// addKinds adds the type, or the alternatives for several.
func addKinds(m map[string]any, kind Kind) {
	var kinds []string
	for _, k := range kindNames {
		if kind&k.kind != 0 {
			kinds = append(kinds, k.name)
		}
	}
	if len(kinds) == 1 {
		m["type"] = kinds[0]
	} else if len(kinds) > 1 {
		var alts []any
		for _, k := range kinds {
			alts = append(alts, map[string]any{"type": k})
		}
		m["anyOf"] = alts
	}
}
