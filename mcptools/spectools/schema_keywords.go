package spectools

import (
	"cmp"
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

// maxDescription limits the description of a field, in characters.
const maxDescription = 200

// keywords writes the keywords of one schema.
func (t *translator) keywords(s *openapi3.Schema) any {
	if s.Always != nil {
		return *s.Always
	}
	m := make(map[string]any)
	if why, isCut := s.Extensions[openapi.ExtUnresolved].(string); isCut {
		why = "Any value: " + sanitize.Description(why, maxDescription) + "."
		t.note(why)
		m["description"] = why
		return m
	}
	if x := sanitize.Description(s.Title, 80); x != "" && s.Description == "" {
		m["title"] = x
	}
	if x := sanitize.Description(withHabit(s.Description, s.Extensions), maxDescription); x != "" {
		m["description"] = x
	}
	if s.Deprecated {
		m["deprecated"] = true
	}
	if x, ok := shortDefault(openapi.ExactOr(s, "default", s.Default)); ok {
		m["default"] = x
	}
	t.values(s, m)
	t.bounds(s, m)
	t.strings(s, m)
	openapi.SchemaWriter(t.Schema).Items(s, m)
	t.objects(s, m)
	t.combined(s, m)
	if s.DynamicRef != "" {
		t.note("$dynamicRef " + sanitize.Line(s.DynamicRef, 60) + " is not followed: any value is accepted")
	}
	if s.Nullable {
		m["nullable"] = true
	}
	return t.dialect.Convert(m)
}

// withHabit appends to a description how many recorded requests all had the property or parameter
// with these extensions. It may be left out all the same.
func withHabit(description string, extensions map[string]any) string {
	n := openapi.AlwaysSent(extensions)
	if n == 0 {
		return description
	}
	return strings.TrimSpace(fmt.Sprintf("%s Optional, but all of %d recorded requests had it.", description, n))
}

// values writes type, enum, const and format.
func (t *translator) values(s *openapi3.Schema, m map[string]any) {
	var types []any
	for _, x := range s.Type.Slice() {
		if !slices.Contains(jsonTypes, x) {
			t.note("type " + sanitize.Description(x, 60) + " is not a type of JSON Schema: any value is accepted")
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
	if v, is := openapi.Exact(s, "const"); is || s.Const != nil {
		m["const"] = jsonValue(cmp.Or(v, s.Const))
	}
	if all, _ := openapi.ExactOr(s, "enum", s.Enum).([]any); all != nil {
		enum := []any{}
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
	case "date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6",
		"uri", "uri-reference", "uri-template",
		"uuid", "json-pointer", "relative-json-pointer", "regex", "int32", "int64", "byte":
		m["format"] = s.Format
	case "uri-ref":
		m["format"] = "uri-reference"
	}
}

var jsonTypes = []string{"null", "boolean", "integer", "number", "string", "array", "object"}

// bounds writes the bounds of numbers, without a multipleOf that JSON Schema does not allow.
func (t *translator) bounds(s *openapi3.Schema, m map[string]any) {
	openapi.SchemaWriter(t.Schema).Bounds(s, m)
	if s.MultipleOf != nil && *s.MultipleOf <= 0 {
		delete(m, "multipleOf")
	}
}

func (t *translator) strings(s *openapi3.Schema, m map[string]any) {
	openapi.SchemaWriter(t.Schema).Lengths(s, m)
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

// objects writes the keywords of objects, without the properties that only answers have, or only
// requests.
func (t *translator) objects(s *openapi3.Schema, m map[string]any) {
	props := make(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if p := s.Properties[name]; !t.isOther(p) {
			props[name] = t.Schema(p)
		}
	}
	if len(props) > 0 {
		m["properties"] = props
	}
	var required []any
	seen := map[string]bool{}
	for _, name := range s.Required {
		if !seen[name] && !t.isOther(s.Properties[name]) {
			required = append(required, name)
		}
		seen[name] = true
	}
	if len(required) > 0 {
		m["required"] = required
	}
	openapi.SchemaWriter(t.Schema).Members(s, m)
	if len(s.PatternProperties) > 0 {
		byPattern := make(map[string]any)
		for _, p := range slices.Sorted(maps.Keys(s.PatternProperties)) {
			if q := t.pattern(p); q != "" {
				byPattern[q] = t.Schema(s.PatternProperties[p])
			} else {
				delete(m, "additionalProperties") // it would reject what the pattern accepted
			}
		}
		m["patternProperties"] = byPattern
	}
}

// isOther reports whether a property is in answers only, or in requests only, and the schema is of
// the others.
func (t *translator) isOther(r *openapi3.SchemaRef) bool {
	return r != nil && r.Value != nil && (r.Value.ReadOnly && !t.Answers || r.Value.WriteOnly && t.Answers)
}

// combined writes oneOf as anyOf: generators write oneOf for alternatives that overlap, so that a
// value which fits two could never be sent. The server decides.
func (t *translator) combined(s *openapi3.Schema, m map[string]any) {
	write := openapi.SchemaWriter(t.Schema)
	all := write.List(s.AllOf)
	if len(s.AnyOf) > 0 {
		m["anyOf"] = t.discriminated(s.Discriminator, s.AnyOf)
	}
	if len(s.OneOf) > 0 && len(s.AnyOf) > 0 {
		all = append(all, map[string]any{"anyOf": t.discriminated(s.Discriminator, s.OneOf)})
	} else if len(s.OneOf) > 0 {
		m["anyOf"] = t.discriminated(s.Discriminator, s.OneOf)
	}
	if len(all) > 0 {
		m["allOf"] = all
	}
	write.Conditions(s, m)
}

// discriminated writes the alternatives of oneOf or anyOf. JSON Schema has no discriminator, so
// each one gets its tags as an enum. Those that may have other values follow, without the tags.
func (t *translator) discriminated(d *openapi3.Discriminator, refs openapi3.SchemaRefs) (out []any) {
	if d == nil || d.PropertyName == "" {
		return openapi.SchemaWriter(t.Schema).List(refs)
	}
	tagged := func(schema any, tag map[string]any) {
		out = append(out, map[string]any{"allOf": []any{schema, map[string]any{"properties": map[string]any{d.PropertyName: tag}}}})
	}
	var tags []string
	var others []any
	for _, c := range openapi.Choices(d, refs) {
		written := t.Schema(c.SchemaRef)
		if tags = append(tags, c.Tags...); len(c.Tags) > 0 {
			tagged(written, map[string]any{"enum": c.Tags})
		}
		if c.Others {
			others = append(others, written)
		}
	}
	if len(tags) == 0 {
		return others
	}
	other := map[string]any{"not": map[string]any{"enum": tags}}
	if len(others) == 1 {
		tagged(others[0], other)
	} else if len(others) > 1 {
		tagged(map[string]any{"anyOf": others}, other)
	}
	return out
}
