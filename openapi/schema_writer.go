package openapi

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
)

// DialectOf returns the dialect of the document's schemas.
func DialectOf(doc *openapi3.T) jsonschema.Dialect {
	if doc.IsOpenAPI31OrLater() {
		return jsonschema.Draft202012
	}
	return jsonschema.OpenAPI30
}

// SchemaWriter writes OpenAPI schemas as JSON Schema 2020-12, keyword by keyword. It is a function
// that writes one subschema, by value or as a $ref. Its methods hold what all writers have in
// common: openapi/check to check flows, mcptools/spectools to describe the arguments of tools.
//
// Numbers are exact. Bounds of OpenAPI 3.0 are written as they are: call
// [jsonschema.Dialect.Convert] at the end.
type SchemaWriter func(*openapi3.SchemaRef) any

// List writes schemas in their order.
func (write SchemaWriter) List(refs openapi3.SchemaRefs) []any {
	out := make([]any, len(refs))
	for i, r := range refs {
		out[i] = write(r)
	}
	return out
}

// Map writes named schemas in the order of their names.
func (write SchemaWriter) Map(refs openapi3.Schemas) map[string]any {
	out := make(map[string]any, len(refs))
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		out[name] = write(refs[name])
	}
	return out
}

// Bounds writes the keywords of numbers.
func (SchemaWriter) Bounds(s *openapi3.Schema, m map[string]any) {
	bound := func(keyword string, v *float64) {
		if v != nil {
			m[keyword] = ExactOr(s, keyword, JSONNumber(*v))
		}
	}
	exclusive := func(keyword string, b openapi3.ExclusiveBound) {
		if b.Bool != nil {
			m[keyword] = *b.Bool
		}
		bound(keyword, b.Value)
	}
	bound("minimum", s.Min)
	bound("maximum", s.Max)
	exclusive("exclusiveMinimum", s.ExclusiveMin)
	exclusive("exclusiveMaximum", s.ExclusiveMax)
	bound("multipleOf", s.MultipleOf)
}

// JSONNumber writes f as a JSON number, whole numbers below 1e21 without an exponent.
func JSONNumber(f float64) json.Number {
	if f == math.Trunc(f) && math.Abs(f) < 1e21 {
		return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}

// Lengths writes the lengths of strings.
func (SchemaWriter) Lengths(s *openapi3.Schema, m map[string]any) {
	atLeast(m, "minLength", s.MinLength)
	atMost(m, "maxLength", s.MaxLength)
}

// Items writes the keywords of arrays.
func (write SchemaWriter) Items(s *openapi3.Schema, m map[string]any) {
	write.subschema(m, "items", s.Items)
	if len(s.PrefixItems) > 0 {
		m["prefixItems"] = write.List(s.PrefixItems)
	}
	atLeast(m, "minItems", s.MinItems)
	atMost(m, "maxItems", s.MaxItems)
	if s.UniqueItems {
		m["uniqueItems"] = true
	}
	write.subschema(m, "contains", s.Contains)
	atMost(m, "minContains", s.MinContains)
	atMost(m, "maxContains", s.MaxContains)
	write.boolOrSchema(m, "unevaluatedItems", s.UnevaluatedItems)
}

// Members writes the keywords of objects but properties, required and patternProperties.
func (write SchemaWriter) Members(s *openapi3.Schema, m map[string]any) {
	atLeast(m, "minProperties", s.MinProps)
	atMost(m, "maxProperties", s.MaxProps)
	write.boolOrSchema(m, "additionalProperties", s.AdditionalProperties)
	write.boolOrSchema(m, "unevaluatedProperties", s.UnevaluatedProperties)
	write.subschema(m, "propertyNames", s.PropertyNames)
	if len(s.DependentRequired) > 0 {
		byName := make(map[string]any, len(s.DependentRequired))
		for name, needed := range s.DependentRequired {
			list := make([]any, len(needed))
			for i, n := range needed {
				list[i] = n
			}
			byName[name] = list
		}
		m["dependentRequired"] = byName
	}
	if len(s.DependentSchemas) > 0 {
		m["dependentSchemas"] = write.Map(s.DependentSchemas)
	}
}

// Conditions writes not, if, then and else.
func (write SchemaWriter) Conditions(s *openapi3.Schema, m map[string]any) {
	write.subschema(m, "not", s.Not)
	write.subschema(m, "if", s.If)
	write.subschema(m, "then", s.Then)
	write.subschema(m, "else", s.Else)
}

func (write SchemaWriter) subschema(m map[string]any, keyword string, r *openapi3.SchemaRef) {
	if r != nil {
		m[keyword] = write(r)
	}
}

func (write SchemaWriter) boolOrSchema(m map[string]any, keyword string, b openapi3.BoolSchema) {
	switch {
	case b.Has != nil:
		m[keyword] = *b.Has
	case b.Schema != nil:
		m[keyword] = write(b.Schema)
	}
}

func atLeast(m map[string]any, keyword string, n uint64) {
	if n > 0 {
		m[keyword] = n
	}
}

func atMost(m map[string]any, keyword string, n *uint64) {
	if n != nil {
		m[keyword] = *n
	}
}
