package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// maxDepth bounds the depth to which inline objects are shown. Deeper ones are in the document
// only.
const maxDepth = 6

// maxValues bounds the number of values shown of an enum.
const maxValues = 30

func viewOf(ref *openapi3.SchemaRef) *view {
	v := &view{Kind: kindOf(ref)}
	if ref == nil || ref.Value == nil || ref.Ref != "" {
		return v
	}
	v.Description = ref.Value.Description
	v.rows(ref.Value, 0)
	return v
}

// rows adds a row for each property, those of inline objects, of the schemas in an allOf and of a
// base that others extend included.
func (v *view) rows(s *openapi3.Schema, depth int) {
	if depth > maxDepth {
		return
	}
	parts := s.AllOf
	if s.Discriminator != nil {
		parts = slices.Concat(parts, s.OneOf)
	}
	for _, r := range parts {
		if r != nil && r.Value != nil && r.Ref == "" {
			v.rows(r.Value, depth)
		}
	}
	required := openapi.RequiredOf(s)
	for _, name := range sorted(s.Properties) {
		p := s.Properties[name]
		r := row{Name: name, Depth: depth, Required: required[name], Type: kindOf(p)}
		if p != nil && p.Value != nil && p.Ref == "" {
			r.Description = p.Value.Description
		}
		v.Rows = append(v.Rows, r)
		v.innerRows(p, depth+1)
	}
	if a := s.AdditionalProperties.Schema; a != nil && a.Value != nil && (len(s.Properties) > 0 || hasRows(a)) {
		v.Rows = append(v.Rows, row{Name: "…any other name", Depth: depth, Type: kindOf(a)})
		v.innerRows(a, depth+1)
	}
	if s.Items != nil && depth == 0 && len(s.Properties) == 0 {
		v.innerRows(s.Items, 0)
	}
}

// innerRows adds the rows of an inline object, or of the elements of an inline list.
func (v *view) innerRows(ref *openapi3.SchemaRef, depth int) {
	for range maxDepth {
		if ref == nil || ref.Value == nil || ref.Ref != "" {
			return
		}
		if ref.Value.Items == nil {
			break
		}
		ref = ref.Value.Items
	}
	if ref != nil && ref.Value != nil && ref.Ref == "" {
		v.rows(ref.Value, depth)
	}
}

func hasRows(ref *openapi3.SchemaRef) bool { return ref.Ref == "" && len(ref.Value.Properties) > 0 }

// kindOf returns the type of a schema in words.
func kindOf(ref *openapi3.SchemaRef) kind {
	if ref == nil || ref.Value == nil {
		return plainKind("any")
	}
	if ref.Ref != "" {
		return kind{Words: []word{{Ref: ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]}}}
	}
	s := ref.Value
	k := base(s)
	k.Notes = append(notes(s), k.Notes...)
	if s.Nullable && !strings.HasSuffix(k.text(), "or null") {
		k = k.after(" or null")
	}
	return k
}

// base returns the type without notes.
func base(s *openapi3.Schema) kind {
	switch {
	case len(s.AllOf) == 1 && s.Type == nil:
		return kindOf(s.AllOf[0])
	case len(s.OneOf) > 0:
		return alternatives("one of", s.OneOf)
	case len(s.AnyOf) > 0:
		return alternatives("any of", s.AnyOf)
	case len(s.AllOf) > 1:
		return allOf(s.AllOf)
	case s.Items != nil && (s.Type == nil || s.Type.Is("array")):
		return kindOf(s.Items).before("list of ")
	case s.AdditionalProperties.Schema != nil && len(s.Properties) == 0:
		return kindOf(s.AdditionalProperties.Schema).before("map of name to ")
	}
	types := slices.DeleteFunc(slices.Clone(s.Type.Slice()), func(t string) bool { return t == "null" })
	text := cmp.Or(strings.Join(types, " or "), "any")
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	if len(types) < len(s.Type.Slice()) {
		text += " or null"
	}
	return plainKind(text)
}

// alternatives joins the types of schemas, null at the end.
func alternatives(what string, refs openapi3.SchemaRefs) kind {
	var kinds []kind
	null := false
	for _, r := range refs {
		if r != nil && r.Value != nil && r.Ref == "" && slices.Equal(r.Value.Type.Slice(), []string{"null"}) {
			null = true
			continue
		}
		kinds = append(kinds, kindOf(r))
	}
	k := joinKinds(what, kinds)
	if null {
		k = k.after(" or null")
	}
	return k
}

// allOf joins the types of an allOf. Inline schemas with properties are left out: their rows are
// shown below.
func allOf(refs openapi3.SchemaRefs) kind {
	var kinds []kind
	below := false
	for _, r := range refs {
		if r != nil && r.Ref == "" && r.Value != nil && len(r.Value.Properties) > 0 {
			below = true
			continue
		}
		if k := kindOf(r); k.text() != "any" || len(k.Notes) > 0 {
			kinds = append(kinds, k)
		}
	}
	switch {
	case len(kinds) == 0 && below:
		return plainKind("object")
	case len(kinds) == 0:
		return plainKind("any")
	case below && len(kinds) == 1:
		return kinds[0].after(" with")
	case below:
		return joinKinds("all of", kinds).after(" with")
	}
	return joinKinds("all of", kinds)
}

// joinKinds returns what and all kinds with their notes, or the kind alone if there is only one.
func joinKinds(what string, kinds []kind) kind {
	if len(kinds) == 1 {
		return kinds[0]
	}
	out := plainKind(what + " ")
	for i, k := range kinds {
		if i > 0 {
			out = out.after(", ")
		}
		out.Words = append(out.Words, k.Words...)
		if len(k.Notes) > 0 {
			out = out.after(" (" + strings.Join(k.Notes, "; ") + ")")
		}
	}
	return out
}

// notes returns the constraints of a schema in words.
func notes(s *openapi3.Schema) []string {
	out := valueNotes(s)
	out = append(out, boundNotes(s, s.Min, s.ExclusiveMin, "minimum", "exclusiveMinimum", "at least ", "more than ")...)
	out = append(out, boundNotes(s, s.Max, s.ExclusiveMax, "maximum", "exclusiveMaximum", "at most ", "less than ")...)
	if s.MinLength > 0 {
		out = append(out, fmt.Sprintf("at least %d characters", s.MinLength))
	}
	if s.MaxLength != nil {
		out = append(out, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	if s.Pattern != "" {
		out = append(out, "pattern "+s.Pattern)
	}
	if s.MinItems > 0 {
		out = append(out, fmt.Sprintf("at least %d elements", s.MinItems))
	}
	if s.MaxItems != nil {
		out = append(out, fmt.Sprintf("at most %d elements", *s.MaxItems))
	}
	if s.Default != nil {
		out = append(out, "default "+literal(openapi.ExactOr(s, "default", s.Default)))
	}
	if s.ReadOnly {
		out = append(out, "read-only")
	}
	if s.WriteOnly {
		out = append(out, "write-only")
	}
	if s.Deprecated {
		out = append(out, "deprecated")
	}
	return out
}

// boundNotes returns one side of the range of a number. An exclusive bound is a number of its own,
// or in OpenAPI 3.0 says how the other one is meant.
func boundNotes(
	s *openapi3.Schema, bound *float64, exclusive openapi3.ExclusiveBound, keyword, exclusiveKeyword, within, beyond string,
) (out []string) {
	if bound != nil {
		if exclusive.IsTrue() {
			within = beyond
		}
		out = append(out, within+literal(openapi.ExactOr(s, keyword, *bound)))
	}
	if exclusive.Value != nil {
		out = append(out, beyond+literal(openapi.ExactOr(s, exclusiveKeyword, *exclusive.Value)))
	}
	return out
}

// valueNotes returns the constant and the enum of a schema.
func valueNotes(s *openapi3.Schema) []string {
	var out []string
	enum, ok := openapi.ExactOr(s, "enum", s.Enum).([]any)
	switch {
	case s.Const != nil:
		out = append(out, "always "+literal(openapi.ExactOr(s, "const", s.Const)))
	case len(s.Enum) > maxValues:
		out = append(out, fmt.Sprintf("one of %d values", len(s.Enum)))
	case ok && len(enum) > 0:
		out = append(out, "one of "+list(enum))
	}
	if n := openapi.AlwaysSent(s.Extensions); n > 0 {
		out = append(out, fmt.Sprintf("sent by all of %d requests", n))
	}
	return out
}

func list(vs []any) string {
	var values []string
	for _, v := range vs {
		values = append(values, literal(v))
	}
	return strings.Join(values, ", ")
}
