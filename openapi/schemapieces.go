package openapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/jsonscan"
)

// leaves are schemas without others in them. Nine of ten are written like another one, and a schema takes 900 bytes: those
// that are alike are one. It is safe for concurrent use.
type leaves struct {
	mu  sync.Mutex // guards all
	all map[string]*openapi3.Schema
}

// maxLeaf bounds the text of a schema that is looked for, in bytes.
const maxLeaf = 1000

func (l *leaves) get(data []byte) *openapi3.Schema {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[string(data)]
}

func (l *leaves) put(data []byte, s *openapi3.Schema) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make(map[string]*openapi3.Schema)
	}
	l.all[string(data)] = s
}

// schema decodes a schema, those within it by themselves. What holds them, or is no object, kin-openapi decodes.
func (d *decoder) schema(data []byte, to *openapi3.SchemaRef) error {
	if len(data) <= maxLeaf {
		if to.Value = d.leaves.get(data); to.Value != nil {
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
		if inner, ok := membersOf(m[key]); ok && inner.objects() {
			named[key] = inner
			delete(m, key)
		}
	}
	lists := map[string][]json.RawMessage{}
	for _, key := range [...]string{"allOf", "oneOf", "anyOf"} {
		if list, ok := elementsOf(m[key]); ok && objects(list) {
			lists[key] = list
			delete(m, key)
		}
	}
	items := m["items"]
	if isObject(items) {
		delete(m, "items")
	} else {
		items = nil
	}
	if err := decodeKeywords(m, to); err != nil {
		return err
	}
	s := to.Value
	if len(data) <= maxLeaf && items == nil && len(named)+len(lists) == 0 && m.leaf() {
		d.leaves.put(data, s)
	}
	for key, where := range map[string]*openapi3.Schemas{"properties": &s.Properties, "patternProperties": &s.PatternProperties} {
		if named[key] == nil {
			continue
		}
		*where = make(openapi3.Schemas, len(named[key]))
		for _, name := range slices.Sorted(maps.Keys(named[key])) {
			r := new(openapi3.SchemaRef)
			(*where)[name] = r
			if err := d.schema(named[key][name], r); err != nil {
				return err
			}
		}
	}
	for key, where := range map[string]*openapi3.SchemaRefs{"allOf": &s.AllOf, "oneOf": &s.OneOf, "anyOf": &s.AnyOf} {
		for _, e := range lists[key] {
			r := new(openapi3.SchemaRef)
			*where = append(*where, r)
			if err := d.schema(e, r); err != nil {
				return err
			}
		}
	}
	if items == nil {
		return nil
	}
	s.Items = new(openapi3.SchemaRef)
	return d.schema(items, s.Items)
}

// decodeKeywords decodes a schema's own keywords. One without extensions needs no second look for them.
func decodeKeywords(m members, to *openapi3.SchemaRef) error {
	if !m.keywords() {
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

// keywords says whether all are keywords that are common.
func (m members) keywords() bool {
	for name := range m {
		if !isKeyword(name) {
			return false
		}
	}
	return true
}

// leaf says whether there is nothing in a schema that a reference may stand in.
func (m members) leaf() bool {
	return m.keywords() && m["discriminator"] == nil && !isObject(m["additionalProperties"])
}

// isKeyword says whether kin-openapi has a field for a keyword that is common. Those that are not take the longer way.
func isKeyword(name string) bool {
	switch name {
	case "type", "title", "format", "description", "enum", "default", "example", "nullable", "readOnly", "writeOnly", "deprecated",
		"minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "required",
		"minProperties", "maxProperties", "additionalProperties", "discriminator":
		return true
	}
	return false
}

// response decodes a response, its schemas by themselves.
func (d *decoder) response(data []byte, to *openapi3.ResponseRef) error {
	rest, schemas := takeContent(data)
	if err := json.Unmarshal(rest, to); err != nil || to.Value == nil {
		return err
	}
	return d.putContent(schemas, to.Value.Content)
}

// body decodes a request's body, its schemas by themselves.
func (d *decoder) body(data []byte, to *openapi3.RequestBodyRef) error {
	rest, schemas := takeContent(data)
	if err := json.Unmarshal(rest, to); err != nil || to.Value == nil {
		return err
	}
	return d.putContent(schemas, to.Value.Content)
}

// takeContent takes the schemas of media types out of what has a content.
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

// elementsOf takes apart a list of JSON that is known to be valid.
func elementsOf(data json.RawMessage) ([]json.RawMessage, bool) {
	i := jsonscan.Space(data, 0)
	if i == len(data) || data[i] != '[' {
		return nil, false
	}
	var out []json.RawMessage
	for i = jsonscan.Space(data, i+1); i < len(data) && data[i] != ']'; i = jsonscan.Space(data, i) {
		from := i
		i = jsonscan.ValueEnd(data, from)
		out = append(out, data[from:i:i])
		if i = jsonscan.Space(data, i); i < len(data) && data[i] == ',' {
			i++
		}
	}
	return out, true
}

func isObject(data json.RawMessage) bool {
	t := bytes.TrimLeft(data, " \t\r\n")
	return len(t) > 0 && t[0] == '{'
}

// objects says whether all are objects: kin-openapi makes nothing of null.
func objects(list []json.RawMessage) bool {
	return !slices.ContainsFunc(list, func(e json.RawMessage) bool { return !isObject(e) })
}

func (m members) objects() bool { return objects(slices.Collect(maps.Values(m))) }
