package spectools

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/guard"
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
	t.numbers(s, m)
	t.strings(s, m)
	t.arrays(s, m)
	t.objects(s, m)
	t.combined(s, m)
	t.dynamic(s, m)
	return nullable(s, m)
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

func (t *translator) numbers(s *openapi3.Schema, m map[string]any) {
	write := func(key, keyword string, f *float64) {
		if f == nil {
			return
		}
		if n, ok := openapi.ExactNumber(s, keyword); ok {
			m[key] = n
		} else {
			m[key] = number(*f)
		}
	}
	low, high := "minimum", "maximum"
	if s.ExclusiveMin.IsTrue() {
		low = "exclusiveMinimum"
	}
	if s.ExclusiveMax.IsTrue() {
		high = "exclusiveMaximum"
	}
	write(low, "minimum", s.Min)
	write(high, "maximum", s.Max)
	write("exclusiveMinimum", "exclusiveMinimum", s.ExclusiveMin.Value)
	write("exclusiveMaximum", "exclusiveMaximum", s.ExclusiveMax.Value)
	if s.MultipleOf != nil && *s.MultipleOf > 0 {
		write("multipleOf", "multipleOf", s.MultipleOf)
	}
}

func (t *translator) strings(s *openapi3.Schema, m map[string]any) {
	if s.MinLength > 0 {
		m["minLength"] = s.MinLength
	}
	if s.MaxLength != nil {
		m["maxLength"] = *s.MaxLength
	}
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
	out, err := guard.Pattern(p)
	if err != nil {
		t.note(fmt.Sprintf("pattern %s is left out: %v", strconv.Quote(p), err))
		return ""
	}
	return out
}

func (t *translator) arrays(s *openapi3.Schema, m map[string]any) {
	if s.Items != nil {
		m["items"] = t.ref(s.Items)
	}
	if len(s.PrefixItems) > 0 {
		m["prefixItems"] = t.refs(s.PrefixItems)
	}
	if s.MinItems > 0 {
		m["minItems"] = s.MinItems
	}
	if s.MaxItems != nil {
		m["maxItems"] = *s.MaxItems
	}
	if s.UniqueItems {
		m["uniqueItems"] = true
	}
	if s.Contains != nil {
		m["contains"] = t.ref(s.Contains)
	}
	if s.MinContains != nil {
		m["minContains"] = *s.MinContains
	}
	if s.MaxContains != nil {
		m["maxContains"] = *s.MaxContains
	}
	t.boolSchema(s.UnevaluatedItems, "unevaluatedItems", m)
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
	if s.MinProps > 0 {
		m["minProperties"] = s.MinProps
	}
	if s.MaxProps != nil {
		m["maxProperties"] = *s.MaxProps
	}
	t.boolSchema(s.AdditionalProperties, "additionalProperties", m)
	t.boolSchema(s.UnevaluatedProperties, "unevaluatedProperties", m)
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
	if s.PropertyNames != nil {
		m["propertyNames"] = t.ref(s.PropertyNames)
	}
	if len(s.DependentRequired) > 0 {
		m["dependentRequired"] = s.DependentRequired
	}
	if len(s.DependentSchemas) > 0 {
		m["dependentSchemas"] = t.schemas(s.DependentSchemas)
	}
}

func readOnly(r *openapi3.SchemaRef) bool { return r != nil && r.Value != nil && r.Value.ReadOnly }

func (t *translator) boolSchema(b openapi3.BoolSchema, key string, m map[string]any) {
	if b.Has != nil {
		m[key] = *b.Has
	} else if b.Schema != nil {
		m[key] = t.ref(b.Schema)
	}
}

func (t *translator) combined(s *openapi3.Schema, m map[string]any) {
	if len(s.AllOf) > 0 {
		m["allOf"] = t.refs(s.AllOf)
	}
	if len(s.AnyOf) > 0 {
		m["anyOf"] = t.refs(s.AnyOf)
	}
	if len(s.OneOf) > 0 {
		m["oneOf"] = t.tagged(s)
	}
	if s.Not != nil {
		m["not"] = t.ref(s.Not)
	}
	for key, r := range map[string]*openapi3.SchemaRef{"if": s.If, "then": s.Then, "else": s.Else} {
		if r != nil {
			m[key] = t.ref(r)
		}
	}
}

// tagged writes oneOf. A discriminator, which JSON Schema has not, becomes a constant in each alternative: so
// alternatives that overlap but for their tag still exclude each other.
func (t *translator) tagged(s *openapi3.Schema) []any {
	alternatives := t.refs(s.OneOf)
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

func (t *translator) refs(rs openapi3.SchemaRefs) []any {
	out := make([]any, len(rs))
	for i, r := range rs {
		out[i] = t.ref(r)
	}
	return out
}

func (t *translator) schemas(rs openapi3.Schemas) map[string]any {
	out := make(map[string]any, len(rs))
	for _, name := range slices.Sorted(maps.Keys(rs)) {
		out[name] = t.ref(rs[name])
	}
	return out
}

// nullable writes OpenAPI 3.0's keyword in types.
func nullable(s *openapi3.Schema, m map[string]any) any {
	if !s.Nullable {
		return m
	}
	if enum, ok := m["enum"].([]any); ok && !slices.Contains(enum, nil) {
		m["enum"] = append(enum, nil)
	}
	if typ, ok := m["type"].(string); ok {
		m["type"] = []any{typ, "null"}
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf", "not"} {
		if m[key] != nil {
			return map[string]any{"anyOf": []any{m, map[string]any{"type": "null"}}}
		}
	}
	return m
}
