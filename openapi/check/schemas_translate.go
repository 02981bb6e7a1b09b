package check

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// translator writes the schemas of a document as JSON Schema. Each schema that is referred to
// becomes a resource with a URL of its own.
type translator struct {
	s         *schemas
	direction direction
	todo      []*openapi3.Schema // have a URL and are to be written
	err       error
}

// add returns the URL of a schema.
func (t *translator) add(sch *openapi3.Schema) string {
	key := resource{sch, t.direction}
	url, ok := t.s.resources[key]
	if !ok {
		url = "https://schemas.invalid/" + strconv.Itoa(len(t.s.resources))
		t.s.resources[key] = url
		t.todo = append(t.todo, sch)
	}
	return url
}

func (t *translator) ref(r *openapi3.SchemaRef) any {
	switch {
	case r == nil || r.Value == nil:
		return true
	case r.Ref != "":
		return map[string]any{"$ref": t.add(r.Value)}
	}
	return t.schema(r.Value)
}

func (t *translator) schema(s *openapi3.Schema) any {
	if s.Always != nil {
		return *s.Always
	}
	m := map[string]any{}
	write := openapi.SchemaWriter(t.ref)
	t.values(s, m)
	write.Bounds(s, m)
	write.Lengths(s, m)
	write.Items(s, m)
	t.objects(s, m)
	t.combined(s, m)
	if s.Nullable {
		m["nullable"] = true
	}
	return t.s.dialect.Convert(m)
}

// values writes type, enum, const, format and pattern.
func (t *translator) values(s *openapi3.Schema, m map[string]any) {
	switch types := s.Type.Slice(); len(types) {
	case 0:
	case 1:
		m["type"] = types[0]
	default:
		m["type"] = t.data(types)
	}
	if len(s.Enum) > 0 {
		m["enum"] = t.data(s.Enum)
	}
	if s.Const != nil {
		m["const"] = t.data(s.Const)
	}
	for _, k := range [...]string{"enum", "const"} {
		if v, ok := openapi.Exact(s, k); ok {
			m[k] = v
		}
	}
	if s.Format != "" {
		m["format"] = s.Format
	}
	if s.Pattern != "" {
		m["pattern"] = readPattern(s.Pattern)
	}
}

// readPattern returns a pattern as ECMA-262 has it. One that ECMA-262 cannot express stays as it
// is: the engine knows some of them, such as (?i).
func readPattern(p string) string {
	if rewritten, err := jsonschema.RewritePattern(p); err == nil {
		return rewritten
	}
	return p
}

// data copies a value of a document as plain JSON data.
func (t *translator) data(v any) any {
	b, err := json.Marshal(v)
	if err == nil {
		v, err = openapi.ParseJSON(b)
	}
	if err != nil && t.err == nil {
		t.err = err
	}
	return v
}

func (t *translator) objects(s *openapi3.Schema, m map[string]any) {
	write := openapi.SchemaWriter(t.ref)
	if len(s.Properties) > 0 {
		m["properties"] = write.Map(s.Properties)
	}
	if len(s.PatternProperties) > 0 {
		byPattern := make(map[string]any, len(s.PatternProperties))
		for p, written := range write.Map(s.PatternProperties) {
			byPattern[readPattern(p)] = written
		}
		m["patternProperties"] = byPattern
	}
	write.Members(s, m)
	var required []any
	for _, name := range s.Required {
		if p := s.Properties[name]; p != nil && p.Value != nil &&
			(t.direction == toServer && p.Value.ReadOnly || t.direction == toClient && p.Value.WriteOnly) {
			continue
		}
		required = append(required, name)
	}
	if required != nil {
		m["required"] = required
	}
}

func (t *translator) combined(s *openapi3.Schema, m map[string]any) {
	write := openapi.SchemaWriter(t.ref)
	if len(s.AllOf) > 0 {
		m["allOf"] = write.List(s.AllOf)
	}
	t.alternatives("anyOf", s.AnyOf, s.Discriminator, m)
	t.alternatives("oneOf", s.OneOf, s.Discriminator, m)
	write.Conditions(s, m)
}

func (t *translator) alternatives(
	keyword string, refs openapi3.SchemaRefs, d *openapi3.Discriminator, m map[string]any,
) {
	switch {
	case len(refs) == 0:
	case d != nil && t.discriminated(d, refs, m):
	case d != nil && m["anyOf"] == nil:
		m["anyOf"] = openapi.SchemaWriter(t.ref).List(refs) // the property chooses one of several that match
	default:
		m[keyword] = openapi.SchemaWriter(t.ref).List(refs)
	}
}

// discriminated writes alternatives that a property distinguishes: the property's value chooses
// one, and the others do not count. It reports false, and writes nothing, if no value chooses one.
func (t *translator) discriminated(d *openapi3.Discriminator, refs openapi3.SchemaRefs, m map[string]any) bool {
	has := func(tags []string) map[string]any {
		return map[string]any{"type": "object", "required": []any{d.PropertyName},
			"properties": map[string]any{d.PropertyName: map[string]any{"enum": t.data(tags)}}}
	}
	var tags []string
	var others, branches []any
	for _, c := range openapi.Choices(d, refs) {
		written := t.ref(c.SchemaRef)
		if tags = append(tags, c.Tags...); len(c.Tags) > 0 {
			branches = append(branches, map[string]any{"if": has(c.Tags), "then": written})
		}
		if c.Others {
			others = append(others, written)
		}
	}
	if len(tags) == 0 {
		return false
	}
	chosen := has(tags)
	if len(others) == 1 {
		chosen = map[string]any{"if": map[string]any{"not": chosen}, "then": others[0]}
	} else if len(others) > 0 {
		chosen = map[string]any{"if": map[string]any{"not": chosen}, "then": map[string]any{"anyOf": others}}
	}
	all, _ := m["allOf"].([]any)
	m["allOf"] = slices.Concat(all, []any{chosen}, branches)
	return true
}
