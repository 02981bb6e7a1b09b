package spectools

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// translator writes schemas of an OpenAPI document as JSON Schema 2020-12. What is shared or recursive goes into
// definitions, written once for all tools; each tool has those that it needs.
type translator struct {
	defs   map[string]json.RawMessage
	uses   map[string][]string // which definitions a definition refers to
	names  map[*openapi3.Schema]string
	active map[*openapi3.Schema]bool // being written in place, from the root down
	used   []string                  // definitions that what is being written refers to
	note   func(string)
	files  bool // files may be named
	// anchors are the components that $dynamicRef may name; those of equal names are nil.
	anchors map[string]*openapi3.SchemaRef
	dialect jsonschema.Dialect
}

func newTranslator(doc *openapi3.T) *translator {
	anchors := make(map[string]*openapi3.SchemaRef)
	if doc.Components != nil {
		for name, r := range doc.Components.Schemas {
			if r == nil || r.Value == nil {
				continue
			}
			for _, anchor := range []string{r.Value.DynamicAnchor, r.Value.Anchor} {
				if other, twice := anchors[anchor]; twice && (other == nil || other.Value != r.Value) {
					anchors[anchor] = nil
				} else if anchor != "" {
					anchors[anchor] = &openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: r.Value}
				}
			}
		}
	}
	return &translator{
		anchors: anchors, dialect: openapi.DialectOf(doc),
		defs: make(map[string]json.RawMessage), uses: make(map[string][]string), names: make(map[*openapi3.Schema]string),
		active: make(map[*openapi3.Schema]bool), note: func(string) {},
	}
}

// ref writes a schema, or a reference to its definition.
func (t *translator) ref(r *openapi3.SchemaRef) any {
	if r == nil || r.Value == nil {
		if r != nil && r.Ref != "" {
			t.note("schema " + r.Ref + " is not there: anything is taken")
		}
		return map[string]any{}
	}
	s := r.Value
	name, ok := t.names[s]
	if !ok {
		if r.Ref == "" && !t.active[s] || plainScalar(s) {
			t.active[s] = true
			defer delete(t.active, s)
			return t.schema(s)
		}
		name = t.define(r.Ref, s)
	}
	t.used = append(t.used, name)
	return map[string]any{"$ref": "#/$defs/" + name}
}

// define writes a definition.
func (t *translator) define(ref string, s *openapi3.Schema) string {
	name := t.defName(ref)
	t.names[s] = name
	t.defs[name] = json.RawMessage("true") // holds the name while the schema is written
	outer := t.used
	t.used = nil
	raw, err := json.Marshal(t.schema(s))
	if err != nil {
		t.note("schema " + ref + " cannot be written: anything is taken")
		raw = json.RawMessage("true")
	}
	t.defs[name], t.uses[name] = raw, t.used
	t.used = outer
	return name
}

// needed are the definitions that some refer to, and those that these do, as far as it goes.
func (t *translator) needed(names []string) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage)
	for len(names) > 0 {
		name := names[len(names)-1]
		names = names[:len(names)-1]
		if _, ok := out[name]; !ok {
			out[name] = t.defs[name]
			names = append(names, t.uses[name]...)
		}
	}
	return out
}

// plainScalar says whether a schema is short enough to stand wherever it is used.
func plainScalar(s *openapi3.Schema) bool {
	return len(s.Properties)+len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.PrefixItems)+len(s.PatternProperties)+len(s.DependentSchemas) == 0 &&
		len(s.Enum) <= 8 && s.Items == nil && s.Not == nil && s.AdditionalProperties.Schema == nil && s.If == nil &&
		s.Contains == nil && s.PropertyNames == nil && s.UnevaluatedItems.Schema == nil && s.UnevaluatedProperties.Schema == nil
}

func (t *translator) defName(ref string) string {
	base := validName(ref[strings.LastIndexByte(ref, '/')+1:])
	if base == "" {
		base = "schema"
	}
	name := base
	for i := 2; t.defs[name] != nil; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}
