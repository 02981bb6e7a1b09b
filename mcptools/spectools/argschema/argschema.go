// Package argschema writes the JSON Schema 2020-12 of a tool's arguments from the schemas of an
// OpenAPI document. It leaves out what agents do not need: properties that only answers have,
// examples, long descriptions. Where a schema cannot be expressed, it accepts anything and says so
// in a note.
//
// Of this module the package imports guard, internal/visible, jsonschema, openapi and the packages
// orderedjson, sanitize and serialize beside it. Read argschema.go first.
package argschema

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// Translator writes the schemas of one document. A schema that is shared or recursive becomes a
// definition, which is written once for all tools; each tool gets the definitions that it refers
// to. A Translator is not safe for concurrent use.
type Translator struct {
	// Files allows a part of a multipart form to name a file.
	Files bool

	note       func(string)
	left       int // bytes that the tools may still have beside their definitions
	dialect    jsonschema.Dialect
	defs       map[string]json.RawMessage
	references map[string][]string // the definitions that a definition refers to
	names      map[*openapi3.Schema]string
	inline     map[*openapi3.Schema]bool // schemas that are being written in place
	referenced []string                  // the definitions that the schema being written refers to
	// anchors are the components that $dynamicRef may name. Two components of one name leave nil.
	anchors map[string]*openapi3.SchemaRef
}

// MaxInline limits the bytes of all schemas of the tools of one document, without definitions.
const MaxInline = 32 << 20

// New returns a translator for the schemas of a document.
func New(doc *openapi3.T) *Translator {
	return &Translator{
		note: func(string) {}, left: MaxInline, dialect: openapi.DialectOf(doc), anchors: anchorsOf(doc),
		defs: make(map[string]json.RawMessage), references: make(map[string][]string),
		names: make(map[*openapi3.Schema]string), inline: make(map[*openapi3.Schema]bool),
	}
}

func anchorsOf(doc *openapi3.T) map[string]*openapi3.SchemaRef {
	anchors := make(map[string]*openapi3.SchemaRef)
	if doc.Components == nil {
		return anchors
	}
	for name, r := range doc.Components.Schemas {
		if r == nil || r.Value == nil {
			continue
		}
		for _, anchor := range []string{r.Value.DynamicAnchor, r.Value.Anchor} {
			if other, taken := anchors[anchor]; taken && (other == nil || other.Value != r.Value) {
				anchors[anchor] = nil
			} else if anchor != "" {
				anchors[anchor] = &openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: r.Value}
			}
		}
	}
	return anchors
}

// Begin starts the schema of another tool. note receives what could not be expressed.
func (t *Translator) Begin(note func(string)) { t.note, t.referenced = note, nil }

// Spend counts the bytes of a tool's schema without definitions. After MaxInline bytes, all schemas
// accept any value: operations that share a large schema without a name would otherwise each have a
// copy.
func (t *Translator) Spend(n int) { t.left -= n }

// IsSpent reports whether schemas now accept any value.
func (t *Translator) IsSpent() bool { return t.left <= 0 }

// Schema returns a schema, or a reference to its definition.
func (t *Translator) Schema(r *openapi3.SchemaRef) any {
	if r == nil || r.Value == nil {
		if r != nil && r.Ref != "" {
			t.note("schema " + r.Ref + " does not exist: any value is accepted")
		}
		return map[string]any{}
	}
	if t.IsSpent() {
		return map[string]any{}
	}
	s := r.Value
	name, ok := t.names[s]
	if !ok {
		if r.Ref == "" && !t.inline[s] || isShortScalar(s) {
			t.inline[s] = true
			defer delete(t.inline, s)
			return t.keywords(s)
		}
		name = t.define(r.Ref, s)
	}
	t.referenced = append(t.referenced, name)
	return map[string]any{"$ref": "#/$defs/" + name}
}

// isShortScalar reports whether a schema is short enough to be repeated wherever it is used.
func isShortScalar(s *openapi3.Schema) bool {
	return len(s.Properties)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.PrefixItems) == 0 &&
		len(s.PatternProperties)+len(s.DependentSchemas) == 0 &&
		len(s.Enum) <= 8 && s.Items == nil && s.Not == nil && s.AdditionalProperties.Schema == nil && s.If == nil &&
		s.Contains == nil && s.PropertyNames == nil && s.UnevaluatedItems.Schema == nil &&
		s.UnevaluatedProperties.Schema == nil
}
