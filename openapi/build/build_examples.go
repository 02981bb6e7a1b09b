package build

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
)

// example is the example of a schema. It is written once equal parts of the document are shared, so
// that examples do not decide what is equal.
type example struct {
	of    *openapi3.Schema
	value any
}

// addExample finds an example for values of one kind: one that the facts have, or a made-up one of
// the format, or none where that would say nothing. A list that holds the component that is being
// written has an empty one, because programs which make up values would not end.
func (b *builder) addExample(out *openapi3.Schema, s *schema.Schema, kind schema.Kind) {
	value := any(s.Example)
	switch text := exampleTexts[s.Format]; {
	case out.Enum != nil || out.Const != nil:
		return
	case kind == schema.Array && s.Items != nil && s.Items.Ref != "" && s.Items.Ref == b.component:
		value = []any{}
	case kind == schema.String && text != "":
		value = text
	case s.Example == "":
		return
	case kind == schema.Integer || kind == schema.Number:
		value = json.Number(s.Example)
	case kind != schema.String || !openapi.IsCleanValue(s.Example) || b.data[s.Example]:
		return
	}
	b.examples = append(b.examples, example{out, value})
}

// writeExamples adds the examples. OpenAPI 3.0 has no lists of them.
func (b *builder) writeExamples() {
	for _, e := range b.examples {
		if b.v31 {
			e.of.Examples = []any{e.value}
		} else {
			e.of.Example = e.value
		}
	}
}

// exampleTexts are strings by format, reserved for examples if the format has such a range.
var exampleTexts = map[string]string{
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
}
