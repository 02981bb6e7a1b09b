package lint

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
)

// schema looks at a schema and what is in it; what a reference leads to has a place of its own.
func (w *walker) schema(ref *openapi3.SchemaRef, p place) {
	if ref == nil || ref.Ref != "" {
		return
	}
	s := ref.Value
	if s == nil || w.seen[s] {
		return
	}
	w.seen[s] = true
	w.text(s.Description, p.at("description"))
	w.values(s, p)
	w.example(ref, p, s.Example)
	if s.Default != nil {
		w.given("default-violates-schema", ref, p.at("default"))
	}
	for i := range s.Examples {
		w.given("example-violates-schema", ref, p.at("examples", strconv.Itoa(i)))
	}
	for _, name := range s.Required {
		if len(s.Properties) > 0 && s.Properties[name] == nil && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil {
			w.add("required-undeclared", p.at("required"), name)
		}
	}
	if s.Pattern != "" {
		if err := jsonschema.CompilePattern(s.Pattern); err != nil {
			w.add("pattern-unreadable", p.at("pattern"), "")
		}
	}
	w.inside(s, p)
}

// root is schema for one that stands by itself: it is compiled, too.
func (w *walker) root(ref *openapi3.SchemaRef, p place) {
	before := len(w.report.Findings)
	w.schema(ref, p)
	if ref == nil || ref.Ref != "" || w.checker == nil {
		return
	}
	for _, f := range w.report.Findings[before:] {
		if f.Rule == "pattern-unreadable" {
			return // this is why
		}
	}
	if err := w.checker.Compile(ref); err != nil && !w.uncompiled[err.Error()] {
		w.uncompiled[err.Error()] = true
		w.add("schema-unreadable", p, err.Error())
	}
}

func (w *walker) values(s *openapi3.Schema, p place) {
	seen := map[string]bool{}
	for _, v := range s.Enum {
		b, err := json.Marshal(v)
		if err == nil && seen[string(b)] {
			w.add("enum-repeated", p.at("enum"), "")
			break
		}
		seen[string(b)] = true
	}
	if w.doc.IsOpenAPI30() && s.Nullable && len(s.Enum) > 0 && !slices.Contains(s.Enum, nil) {
		w.add("enum-null", p.at("enum"), "")
	}
	if s.Min != nil && s.Max != nil && *s.Min > *s.Max || s.MaxLength != nil && s.MinLength > *s.MaxLength ||
		s.MaxItems != nil && s.MinItems > *s.MaxItems || s.MaxProps != nil && s.MinProps > *s.MaxProps {
		w.add("bounds-crossed", p, "")
	}
}

func (w *walker) inside(s *openapi3.Schema, p place) {
	for _, name := range sorted(s.Properties) {
		w.schema(s.Properties[name], p.at("properties", name))
	}
	for _, name := range sorted(s.PatternProperties) {
		w.schema(s.PatternProperties[name], p.at("patternProperties", name))
	}
	for _, name := range sorted(s.DependentSchemas) {
		w.schema(s.DependentSchemas[name], p.at("dependentSchemas", name))
	}
	for _, name := range sorted(s.Defs) {
		w.schema(s.Defs[name], p.at("$defs", name))
	}
	one := map[string]*openapi3.SchemaRef{"items": s.Items, "additionalProperties": s.AdditionalProperties.Schema, "not": s.Not, "if": s.If,
		"then": s.Then, "else": s.Else, "contains": s.Contains, "propertyNames": s.PropertyNames, "contentSchema": s.ContentSchema,
		"unevaluatedItems": s.UnevaluatedItems.Schema, "unevaluatedProperties": s.UnevaluatedProperties.Schema}
	for _, key := range sorted(one) {
		w.schema(one[key], p.at(key))
	}
	many := map[string]openapi3.SchemaRefs{"allOf": s.AllOf, "anyOf": s.AnyOf, "oneOf": s.OneOf, "prefixItems": s.PrefixItems}
	for _, key := range sorted(many) {
		for i, r := range many[key] {
			w.schema(r, p.at(key, strconv.Itoa(i)))
		}
	}
}
