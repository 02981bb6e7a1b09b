package spectools

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
)

// maxFieldText bounds the description of a field.
const maxFieldText = 200

// schema writes the keywords of one schema.
func (t *translator) schema(s *openapi3.Schema) any {
	if s.Always != nil {
		return *s.Always
	}
	m := make(map[string]any)
	if x := sanitize.Description(s.Title, 80); x != "" && s.Description == "" {
		m["title"] = x
	}
	if x := sanitize.Description(s.Description, maxFieldText); x != "" {
		m["description"] = x
	}
	if s.Deprecated {
		m["deprecated"] = true
	}
	if x, ok := scalar(exactly(s, "default", s.Default)); ok {
		m["default"] = x
	}
	t.values(s, m)
	t.bounds(s, m)
	t.strings(s, m)
	openapi.SchemaWriter(t.ref).Items(s, m)
	t.objects(s, m)
	t.combined(s, m)
	t.dynamic(s, m)
	if s.Nullable {
		m["nullable"] = true
	}
	return t.dialect.Convert(m)
}

// dynamic writes a reference by anchor. One document alone extends nothing: what it leads to is the schema with that anchor.
func (t *translator) dynamic(s *openapi3.Schema, m map[string]any) {
	if s.DynamicRef == "" {
		return
	}
	to := t.anchors[strings.TrimPrefix(s.DynamicRef, "#")]
	if to == nil {
		t.note("$dynamicRef " + sanitize.Line(s.DynamicRef, 60) + " leads to no component, or to several: anything is taken")
		return
	}
	if written, ok := t.ref(to).(map[string]any); ok {
		m["allOf"] = append(listOf(m["allOf"]), written)
	}
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// values writes type, enum, const and format.
func (t *translator) values(s *openapi3.Schema, m map[string]any) {
	var types []any
	for _, x := range s.Type.Slice() {
		if !isType(x) {
			t.note("type " + sanitize.Description(x, 60) + " is none of JSON Schema: anything is taken")
			types = nil
			break
		}
		if !slices.Contains(types, any(x)) {
			types = append(types, x)
		}
	}
	switch len(types) {
	case 0:
	case 1:
		m["type"] = types[0]
	default:
		m["type"] = types
	}
	if s.Const != nil {
		m["const"] = jsonValue(exactly(s, "const", s.Const))
	}
	if all, _ := exactly(s, "enum", s.Enum).([]any); len(all) > 0 {
		var enum []any
		seen := make(map[guard.Digest]bool)
		for _, v := range all {
			v = jsonValue(v)
			if d := guard.DigestOf(v); !seen[d] {
				seen[d] = true
				enum = append(enum, v)
			}
		}
		m["enum"] = enum
	}
	switch s.Format {
	case "date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uri-template",
		"uuid", "json-pointer", "relative-json-pointer", "regex", "int32", "int64", "byte":
		m["format"] = s.Format
	case "uri-ref":
		m["format"] = "uri-reference"
	}
}

// isType says whether JSON Schema has a type.
func isType(name string) bool {
	switch name {
	case "null", "boolean", "integer", "number", "string", "array", "object":
		return true
	}
	return false
}

// bounds leaves out a multipleOf that JSON Schema does not allow.
func (t *translator) bounds(s *openapi3.Schema, m map[string]any) {
	openapi.SchemaWriter(t.ref).Bounds(s, m)
	if s.MultipleOf != nil && *s.MultipleOf <= 0 {
		delete(m, "multipleOf")
	}
}

func (t *translator) strings(s *openapi3.Schema, m map[string]any) {
	openapi.SchemaWriter(t.ref).Lengths(s, m)
	if s.Pattern != "" {
		if p := t.pattern(s.Pattern); p != "" {
			m["pattern"] = p
		}
	}
	if s.ContentEncoding != "" {
		m["contentEncoding"] = s.ContentEncoding
	}
	if s.ContentMediaType != "" {
		m["contentMediaType"] = s.ContentMediaType
	}
}

func (t *translator) pattern(p string) string {
	out, err := jsonschema.RewritePattern(p)
	if err != nil {
		t.note(fmt.Sprintf("pattern %s is left out: %v", strconv.Quote(p), err))
		return ""
	}
	return out
}

// objects leaves out what only answers have.
func (t *translator) objects(s *openapi3.Schema, m map[string]any) {
	props := make(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if p := s.Properties[name]; !readOnly(p) {
			props[name] = t.ref(p)
		}
	}
	if len(props) > 0 {
		m["properties"] = props
	}
	var required []any
	for _, name := range s.Required {
		if !slices.Contains(required, any(name)) && !readOnly(s.Properties[name]) {
			required = append(required, name)
		}
	}
	if len(required) > 0 {
		m["required"] = required
	}
	openapi.SchemaWriter(t.ref).Members(s, m)
	if len(s.PatternProperties) > 0 {
		byPattern := make(map[string]any)
		for _, p := range slices.Sorted(maps.Keys(s.PatternProperties)) {
			if q := t.pattern(p); q != "" {
				byPattern[q] = t.ref(s.PatternProperties[p])
			} else {
				delete(m, "additionalProperties") // it would refuse what the pattern let in
			}
		}
		m["patternProperties"] = byPattern
	}
}

func readOnly(r *openapi3.SchemaRef) bool { return r != nil && r.Value != nil && r.Value.ReadOnly }

func (t *translator) combined(s *openapi3.Schema, m map[string]any) {
	write := openapi.SchemaWriter(t.ref)
	if len(s.AllOf) > 0 {
		m["allOf"] = write.List(s.AllOf)
	}
	if len(s.AnyOf) > 0 {
		m["anyOf"] = write.List(s.AnyOf)
	}
	if len(s.OneOf) > 0 {
		m["oneOf"] = t.tagged(s)
	}
	write.Conditions(s, m)
}

// tagged writes oneOf. A discriminator, which JSON Schema has not, becomes a constant in each alternative: so
// alternatives that overlap but for their tag still exclude each other.
func (t *translator) tagged(s *openapi3.Schema) []any {
	alternatives := openapi.SchemaWriter(t.ref).List(s.OneOf)
	if s.Discriminator == nil || s.Discriminator.PropertyName == "" {
		return alternatives
	}
	for i, r := range s.OneOf {
		if r == nil || r.Ref == "" {
			continue
		}
		tags := []any{}
		for _, tag := range slices.Sorted(maps.Keys(s.Discriminator.Mapping)) {
			if to := s.Discriminator.Mapping[tag].Ref; to == r.Ref || "#/components/schemas/"+to == r.Ref {
				tags = append(tags, tag)
			}
		}
		if len(tags) == 0 {
			tags = append(tags, r.Ref[strings.LastIndexByte(r.Ref, '/')+1:])
		}
		alternatives[i] = map[string]any{"allOf": []any{alternatives[i], map[string]any{
			"properties": map[string]any{s.Discriminator.PropertyName: map[string]any{"enum": tags}},
		}}}
	}
	return alternatives
}
