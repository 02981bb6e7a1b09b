package build

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

const (
	// maxExampleDepth bounds the depth of examples. Deeper properties are left out unless they are
	// required.
	maxExampleDepth = 5
	// maxExampleValues bounds the number of values in one example.
	maxExampleValues = 200
)

// AddExamples adds an example to each JSON body and each form of the operations of doc. Examples
// are made up from the schemas: the only values of the traffic in them are those that the document
// lists itself. A body gets no example if the made-up value violates its schema. doc must be
// resolved, as [Document] and [openapi.Load] return it.
func AddExamples(doc *openapi3.T) error {
	c, err := check.New(doc, check.Config{})
	if err != nil {
		return fmt.Errorf("make examples: %w", err)
	}
	for _, content := range contentsOf(doc) {
		for _, key := range sortedKeys(content) {
			m := content[key]
			kind := decode.MediaType(key)
			if !decode.IsJSON(kind) && !decode.IsForm(kind) || !needsExample(m) {
				continue
			}
			e := exampler{left: maxExampleValues}
			v, err := openapi.ParseJSON([]byte(compact(e.value(m.Schema, "", 0)))) // as it will be read
			if err == nil && v != nil && len(c.Admits(context.Background(), nil, m.Schema, v)) == 0 {
				m.Example = json.RawMessage(compact(v))
			}
		}
	}
	return nil
}

// needsExample reports whether a media type has a schema and no example.
func needsExample(m *openapi3.MediaType) bool {
	return m != nil && m.Schema != nil && m.Schema.Value != nil && m.Example == nil && len(m.Examples) == 0
}

// contentsOf returns the contents of all request bodies and responses of a document, each once.
func contentsOf(doc *openapi3.T) (out []openapi3.Content) {
	if c := doc.Components; c != nil {
		for _, name := range sortedKeys(c.RequestBodies) {
			out = append(out, c.RequestBodies[name].Value.Content)
		}
		for _, name := range sortedKeys(c.Responses) {
			out = append(out, c.Responses[name].Value.Content)
		}
	}
	for _, path := range sortedPaths(doc) {
		for _, op := range operationsOf(doc.Paths.Value(path)) {
			if r := op.RequestBody; r != nil && r.Ref == "" && r.Value != nil {
				out = append(out, r.Value.Content)
			}
			for _, status := range sortedStatuses(op.Responses) {
				if r := op.Responses.Value(status); r.Ref == "" && r.Value != nil {
					out = append(out, r.Value.Content)
				}
			}
		}
	}
	return out
}

// exampler makes one example.
type exampler struct {
	left  int                // values that may still be made
	stack []*openapi3.Schema // objects that are being made, the outermost first
}

// value returns a value that is valid for the schema, or nil if it finds none.
func (e *exampler) value(ref *openapi3.SchemaRef, name string, depth int) any {
	if ref == nil || ref.Value == nil || e.left == 0 {
		return nil
	}
	e.left--
	s := ref.Value
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return e.value(s.OneOf[0], name, depth)
	case len(s.AnyOf) > 0:
		return e.value(s.AnyOf[0], name, depth)
	case len(s.AllOf) == 1:
		return e.value(s.AllOf[0], name, depth)
	case s.Type == nil || len(s.Type.Slice()) == 0:
		return nil
	}
	switch s.Type.Slice()[0] {
	case openapi3.TypeObject:
		return e.object(s, depth)
	case openapi3.TypeArray:
		return e.array(s, name, depth)
	case openapi3.TypeString:
		return exampleText(s)
	case openapi3.TypeInteger:
		return 1
	case openapi3.TypeNumber:
		return 1.5
	case openapi3.TypeBoolean:
		return true
	}
	return nil
}

func (e *exampler) object(s *openapi3.Schema, depth int) any {
	out := map[string]any{}
	isNested := slices.Contains(e.stack, s) // in itself
	e.stack = append(e.stack, s)
	defer func() { e.stack = e.stack[:len(e.stack)-1] }()
	required := openapi.RequiredOf(s)
	for _, name := range sortedKeys(s.Properties) {
		if required[name] || depth < maxExampleDepth && !isNested && e.left > 0 {
			out[name] = e.value(s.Properties[name], name, depth+1)
		}
	}
	if more := s.AdditionalProperties.Schema; more != nil && len(out) == 0 && depth < maxExampleDepth {
		out["key"] = e.value(more, "key", depth+1)
	}
	return out
}

func (e *exampler) array(s *openapi3.Schema, name string, depth int) any {
	out := []any{}
	for _, p := range s.PrefixItems {
		out = append(out, e.value(p, name, depth+1))
	}
	if len(out) > 0 || s.Items == nil || s.Items.Value == nil {
		return out
	}
	if depth >= maxExampleDepth || slices.Contains(e.stack, s.Items.Value) {
		return out
	}
	if v := e.value(s.Items, name, depth+1); v != nil {
		out = append(out, v)
	}
	return out
}

// exampleTexts are strings by format, reserved for examples if the format has such a range.
var exampleTexts = map[string]any{
	"date-time": "2024-01-31T12:00:00Z",
	"date":      "2024-01-31",
	"uuid":      "123e4567-e89b-12d3-a456-426614174000", // RFC 4122's own
	"email":     "user@example.com",                     // RFC 2606
	"uri":       "https://example.com/",
	"hostname":  "example.com",
	"ipv4":      "192.0.2.1",   // RFC 5737
	"ipv6":      "2001:db8::1", // RFC 3849
	"duration":  "P1D",
	"byte":      "AAAA",
	"binary":    nil,
}

// exampleText returns a string of the schema's format, or nil if there is none.
func exampleText(s *openapi3.Schema) any {
	if text, known := exampleTexts[s.Format]; known {
		return text
	}
	return "string"
}
