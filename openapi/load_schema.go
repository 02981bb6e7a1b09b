package openapi

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxLeaf bounds the text of a leaf, in bytes. Leaves are schemas without other schemas in them.
// Nine of ten are written like another one, and a schema takes 900 bytes: equal ones are stored
// once.
const maxLeaf = 1000

// schema decodes a schema, and the schemas within it one by one. A value that is no object is left
// to kin-openapi.
func (d *decoder) schema(data []byte, to *openapi3.SchemaRef) error {
	if len(data) <= maxLeaf {
		if to.Value = d.leaves[string(data)]; to.Value != nil {
			return nil
		}
	}
	m, ok := membersOf(data)
	if ref := m["$ref"]; ref != nil && len(m) == 1 && ref[0] == '"' {
		return json.Unmarshal(ref, &to.Ref)
	} else if ref != nil || !ok {
		return json.Unmarshal(data, to)
	}
	named := map[string]members{}
	for _, key := range [...]string{"properties", "patternProperties"} {
		if inner, ok := membersOf(m[key]); ok && inner.areObjects() {
			named[key] = inner
			delete(m, key)
		}
	}
	lists := map[string][]json.RawMessage{}
	for _, key := range [...]string{"allOf", "oneOf", "anyOf"} {
		if list, ok := elementsOf(m[key]); ok && areObjects(list) {
			lists[key] = list
			delete(m, key)
		}
	}
	single := map[string]json.RawMessage{}
	for _, key := range singleSchemas {
		if isObject(m[key]) && (key == "items" || len(m[key]) > maxLeaf) {
			single[key] = m[key]
			delete(m, key)
		}
	}
	if err := decodeKeywords(m, to); err != nil {
		return err
	}
	s := to.Value
	if s == nil { // has "$Ref": encoding/json ignores case, so that kin-openapi takes it for a "$ref"
		return nil
	}
	if len(data) <= maxLeaf && len(single)+len(named)+len(lists) == 0 && m.isLeaf() {
		d.leaves[string(data)] = s
	}
	if err := d.subschemas(s, named, lists); err != nil || len(single) == 0 {
		return err
	}
	for i, to := range []**openapi3.SchemaRef{
		&s.Items, &s.AdditionalProperties.Schema, &s.UnevaluatedProperties.Schema, &s.UnevaluatedItems.Schema, &s.Not, &s.Contains,
		&s.PropertyNames, &s.If, &s.Then, &s.Else, &s.ContentSchema,
	} {
		if inner := single[singleSchemas[i]]; inner != nil {
			*to = new(openapi3.SchemaRef)
			if err := d.schema(inner, *to); err != nil {
				return err
			}
		}
	}
	return nil
}

// singleSchemas are the keywords with one schema. kin-openapi reads the text of one again for each
// level above it, so large ones are not left to it.
var singleSchemas = [...]string{
	"items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "not", "contains",
	"propertyNames", "if", "then", "else", "contentSchema",
}

// subschemas decodes the schemas of properties and of alternatives.
func (d *decoder) subschemas(s *openapi3.Schema, named map[string]members, lists map[string][]json.RawMessage) error {
	properties := map[string]*openapi3.Schemas{"properties": &s.Properties, "patternProperties": &s.PatternProperties}
	for key, to := range properties {
		if named[key] == nil {
			continue
		}
		*to = make(openapi3.Schemas, len(named[key]))
		for _, name := range slices.Sorted(maps.Keys(named[key])) {
			r := new(openapi3.SchemaRef)
			(*to)[name] = r
			if err := d.schema(named[key][name], r); err != nil {
				return err
			}
		}
	}
	for key, to := range map[string]*openapi3.SchemaRefs{"allOf": &s.AllOf, "oneOf": &s.OneOf, "anyOf": &s.AnyOf} {
		for _, e := range lists[key] {
			r := new(openapi3.SchemaRef)
			*to = append(*to, r)
			if err := d.schema(e, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeKeywords decodes a schema's own keywords. If all of them are common ones, it skips
// kin-openapi's search for extensions.
func decodeKeywords(m members, to *openapi3.SchemaRef) error {
	if !m.areKeywords() {
		return json.Unmarshal(m.object(), to)
	}
	type keywords openapi3.Schema // without its UnmarshalJSON
	var s keywords
	if err := json.Unmarshal(m.object(), &s); err != nil {
		return err
	}
	to.Value = (*openapi3.Schema)(&s)
	return nil
}

// areKeywords reports whether all are common keywords.
func (m members) areKeywords() bool {
	for name := range m {
		if !isKeyword(name) {
			return false
		}
	}
	return true
}

// isLeaf reports whether a schema has no member that can hold a reference.
func (m members) isLeaf() bool {
	return m.areKeywords() && m["discriminator"] == nil && !isObject(m["additionalProperties"])
}

// isKeyword reports whether a keyword is common and kin-openapi has a field for it. Other keywords
// take the longer way.
func isKeyword(name string) bool {
	switch name {
	case "type", "title", "format", "description", "enum", "default", "example", "nullable", "readOnly",
		"writeOnly", "deprecated", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern",
		"minItems", "maxItems", "uniqueItems", "required",
		"minProperties", "maxProperties", "additionalProperties", "discriminator":
		return true
	}
	return false
}

// response decodes a response, and its schemas one by one.
func (d *decoder) response(data []byte, to *openapi3.ResponseRef) error {
	rest, schemas := takeContent(data)
	if err := json.Unmarshal(rest, to); err != nil || to.Value == nil {
		return err
	}
	return d.putContent(schemas, to.Value.Content)
}

// body decodes a request body, and its schemas one by one.
func (d *decoder) body(data []byte, to *openapi3.RequestBodyRef) error {
	rest, schemas := takeContent(data)
	if err := json.Unmarshal(rest, to); err != nil || to.Value == nil {
		return err
	}
	return d.putContent(schemas, to.Value.Content)
}

// takeContent removes the schemas of the media types of a response or request body and returns them
// by media type.
func takeContent(data []byte) (rest []byte, schemas members) {
	m, ok := membersOf(data)
	content, has := membersOf(m["content"])
	if !ok || !has || m["$ref"] != nil {
		return data, nil
	}
	schemas = members{}
	for typ := range content {
		if mt, ok := membersOf(content[typ]); ok && isObject(mt["schema"]) {
			schemas[typ] = mt["schema"]
			delete(mt, "schema")
			content[typ] = mt.object()
		}
	}
	m["content"] = content.object()
	return m.object(), schemas
}

// putContent decodes the schemas that takeContent removed.
func (d *decoder) putContent(schemas members, to openapi3.Content) error {
	for _, typ := range slices.Sorted(maps.Keys(schemas)) {
		if to[typ] == nil {
			continue
		}
		to[typ].Schema = new(openapi3.SchemaRef)
		if err := d.schema(schemas[typ], to[typ].Schema); err != nil {
			return err
		}
	}
	return nil
}
