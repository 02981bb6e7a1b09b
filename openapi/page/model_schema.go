package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// maxDepth bounds how deep inline objects are shown; what is deeper is in the document.
const maxDepth = 6

// maxValues bounds how many values of an enum are shown.
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

// rows adds a row for each property, those of inline objects and of parts of an allOf included.
func (v *view) rows(s *openapi3.Schema, depth int) {
	if depth > maxDepth {
		return
	}
	for _, part := range s.AllOf {
		if part != nil && part.Value != nil && part.Ref == "" {
			v.rows(part.Value, depth)
		}
	}
	for _, name := range sorted(s.Properties) {
		p := s.Properties[name]
		r := row{Name: name, Depth: depth, Required: slices.Contains(s.Required, name), Type: kindOf(p)}
		if p != nil && p.Value != nil && p.Ref == "" {
			r.Description = p.Value.Description
		}
		v.Rows = append(v.Rows, r)
		v.inner(p, depth+1)
	}
	if a := s.AdditionalProperties.Schema; a != nil && a.Value != nil && (len(s.Properties) > 0 || hasRows(a)) {
		v.Rows = append(v.Rows, row{Name: "…any other name", Depth: depth, Type: kindOf(a)})
		v.inner(a, depth+1)
	}
	if s.Items != nil && depth == 0 && len(s.Properties) == 0 {
		v.inner(s.Items, 0)
	}
}

// inner adds the rows of an inline object, or of the elements of an inline list.
func (v *view) inner(ref *openapi3.SchemaRef, depth int) {
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

// kindOf says in words what a schema is.
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

func base(s *openapi3.Schema) kind {
	switch {
	case len(s.AllOf) == 1 && s.Type == nil:
		return kindOf(s.AllOf[0])
	case len(s.OneOf) > 0:
		return alternatives("one of", s.OneOf)
	case len(s.AnyOf) > 0:
		return alternatives("any of", s.AnyOf)
	case len(s.AllOf) > 1:
		return together(s.AllOf)
	case s.Items != nil && (s.Type == nil || s.Type.Is("array")):
		return kindOf(s.Items).before("list of ")
	case s.AdditionalProperties.Schema != nil && len(s.Properties) == 0:
		return kindOf(s.AdditionalProperties.Schema).before("map of name to ")
	}
	types := slices.DeleteFunc(slices.Clone(s.Type.Slice()), func(t string) bool { return t == "null" })
	text := strings.Join(types, " or ")
	if text == "" {
		text = "any"
	}
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	if len(types) < len(s.Type.Slice()) {
		text += " or null"
	}
	return plainKind(text)
}

// alternatives joins kinds.
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
	k := joined(what, kinds)
	if null {
		k = k.after(" or null")
	}
	return k
}

// together joins the parts of an allOf. What is not a component's has rows of its own below, and is not told twice.
func together(refs openapi3.SchemaRefs) kind {
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
		return joined("all of", kinds).after(" with")
	}
	return joined("all of", kinds)
}

// joined is what and all kinds, or the one that there is.
func joined(what string, kinds []kind) kind {
	if len(kinds) == 1 {
		return kinds[0]
	}
	out := plainKind(what + " ")
	for i, k := range kinds {
		if i > 0 {
			out = out.after(", ")
		}
		out.Words = append(out.Words, k.Words...)
	}
	return out
}

func notes(s *openapi3.Schema) []string {
	var out []string
	enum, ok := exactly(s, "enum", s.Enum).([]any)
	switch {
	case s.Const != nil:
		out = append(out, "always "+literal(exactly(s, "const", s.Const)))
	case len(s.Enum) > maxValues:
		out = append(out, fmt.Sprintf("one of %d values", len(s.Enum)))
	case ok && len(enum) > 0:
		out = append(out, "one of "+list(enum))
	}
	if seen, ok := s.Extensions[openapi.ExtObserved].([]any); ok {
		out = append(out, "seen: "+list(seen))
	}
	if s.Min != nil {
		out = append(out, "at least "+literal(exactly(s, "minimum", *s.Min)))
	}
	if s.Max != nil {
		out = append(out, "at most "+literal(exactly(s, "maximum", *s.Max)))
	}
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
		out = append(out, "default "+literal(exactly(s, "default", s.Default)))
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

// exactly is what a schema has under a keyword, its numbers to the letter.
func exactly(s *openapi3.Schema, keyword string, otherwise any) any {
	if v, ok := openapi.Exact(s, keyword); ok {
		return v
	}
	return otherwise
}

func list(vs []any) string {
	var parts []string
	for _, v := range vs {
		parts = append(parts, literal(v))
	}
	return strings.Join(parts, ", ")
}
