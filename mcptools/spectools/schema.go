package spectools

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// A translator writes the JSON Schema 2020-12 of a tool's arguments from the schemas of an OpenAPI
// document. It leaves out what agents do not need: properties that only answers have,
// examples, long descriptions. Where a schema cannot be expressed, it accepts anything and says so
// in a note.

// translator writes the schemas of one document. A schema that is shared or recursive becomes a
// definition, which is written once for all tools; each tool gets the definitions that it refers
// to. A Translator is not safe for concurrent use.
type translator struct {
	// Files allows a part of a multipart form to name a file.
	Files bool
	// Answers tells that the schemas are of answers: they have the properties that are read-only,
	// and not those that are write-only.
	Answers bool

	note       func(string)
	left       int // bytes that the tools may still have beside their definitions
	dialect    jsonschema.Dialect
	defs       map[string]json.RawMessage
	references map[string][]string // the definitions that a definition refers to
	names      map[scoped]string
	inline     map[scoped]bool // schemas that are being written in place
	referenced []string        // the definitions that the schema being written refers to
	// anchors are the components that $dynamicRef may name. Two components of one name leave nil.
	anchors map[string]*openapi3.SchemaRef
	// scope are the dynamic anchors of the schemas that lead to the one being written: of several
	// with one name, the first. key identifies the scope.
	scope   map[string]*openapi3.SchemaRef
	key     string
	inScope int                       // definitions in a scope
	parts   map[*openapi3.Schema]bool // components that allOf of another one names
}

// maxInline limits the bytes of all schemas of the tools of one document, without definitions.
const maxInline = 32 << 20

// newTranslator returns a translator for the schemas of a document.
func newTranslator(doc *openapi3.T) *translator {
	t := &translator{
		note: func(string) {}, left: maxInline, dialect: openapi.DialectOf(doc),
		anchors: make(map[string]*openapi3.SchemaRef), parts: make(map[*openapi3.Schema]bool),
		defs: make(map[string]json.RawMessage), references: make(map[string][]string),
		names: make(map[scoped]string), inline: make(map[scoped]bool), scope: make(map[string]*openapi3.SchemaRef),
	}
	t.readComponents(doc)
	return t
}

// readComponents finds the anchors of components and the parts of allOf.
func (t *translator) readComponents(doc *openapi3.T) {
	if doc.Components == nil {
		return
	}
	for name, r := range doc.Components.Schemas {
		if r == nil || r.Value == nil {
			continue
		}
		for _, part := range r.Value.AllOf {
			t.parts[part.Value] = true
		}
		for _, anchor := range []string{r.Value.DynamicAnchor, r.Value.Anchor} {
			if other, taken := t.anchors[anchor]; taken && (other == nil || other.Value != r.Value) {
				t.anchors[anchor] = nil
			} else if anchor != "" {
				t.anchors[anchor] = &openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: r.Value}
			}
		}
	}
}

// Begin starts the schema of another tool. note receives what could not be expressed.
func (t *translator) Begin(note func(string)) { t.note, t.referenced = note, nil }

// Spend counts the bytes of a tool's schema without definitions. After MaxInline bytes, all schemas
// accept any value: operations that share a large schema without a name would otherwise each have a
// copy.
func (t *translator) Spend(n int) { t.left -= n }

// IsSpent reports whether schemas now accept any value.
func (t *translator) IsSpent() bool { return t.left <= 0 }

// Schema returns a schema, or a reference to its definition.
func (t *translator) Schema(r *openapi3.SchemaRef) any {
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
	defer t.enter(r)()
	if t.key != "" && t.inScope > maxScoped {
		t.note("$dynamicRef makes too many schemas: any value is accepted")
		return map[string]any{}
	}
	at := scoped{s, t.key}
	name, ok := t.names[at]
	if !ok {
		if r.Ref == "" && !t.inline[at] || isShortScalar(s) {
			t.inline[at] = true
			defer delete(t.inline, at)
			return t.keywords(s)
		}
		name = t.define(r.Ref, s)
	}
	t.referenced = append(t.referenced, name)
	return map[string]any{"$ref": "#/$defs/" + name}
}

// maxScoped limits the definitions in dynamic scopes, of which anchors within each other can make
// very many.
const maxScoped = 10_000

// scoped is a schema in a dynamic scope, on which what it means depends.
type scoped struct {
	schema *openapi3.Schema
	key    string
}

// enter adds the dynamic anchors of a schema and of its definitions to the scope, until the
// function that it returns is called.
func (t *translator) enter(r *openapi3.SchemaRef) (leave func()) {
	key := t.key
	var added []string
	add := func(ref string, s *openapi3.Schema) {
		if s == nil || s.DynamicAnchor == "" || t.scope[s.DynamicAnchor] != nil {
			return
		}
		added = append(added, s.DynamicAnchor)
		t.scope[s.DynamicAnchor] = &openapi3.SchemaRef{Ref: ref, Value: s}
		t.key += fmt.Sprintf(" %p", s)
	}
	addAll := func(ref string, s *openapi3.Schema) {
		add(cmp.Or(ref, s.DynamicAnchor), s)
		for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
			if d := s.Defs[name]; d != nil {
				add(name, d.Value)
			}
		}
	}
	for _, part := range r.Value.AllOf { // kin-openapi has what stands beside a $ref here
		if part != nil && part.Ref == "" && part.Value != nil {
			addAll("", part.Value)
		}
	}
	addAll(r.Ref, r.Value)
	return func() {
		for _, anchor := range added {
			delete(t.scope, anchor)
		}
		t.key = key
	}
}

// isShortScalar reports whether a schema is short enough to be repeated wherever it is used.
func isShortScalar(s *openapi3.Schema) bool {
	return len(s.Properties)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.PrefixItems) == 0 &&
		len(s.PatternProperties)+len(s.DependentSchemas) == 0 &&
		len(s.Enum) <= 8 && s.DynamicRef == "" && s.Items == nil && s.Not == nil && s.AdditionalProperties.Schema == nil && s.If == nil &&
		s.Contains == nil && s.PropertyNames == nil && s.UnevaluatedItems.Schema == nil &&
		s.UnevaluatedProperties.Schema == nil
}
