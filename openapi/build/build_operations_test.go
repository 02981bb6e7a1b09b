package build

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// TestExampleValues checks the example of each kind of schema.
func TestExampleValues(t *testing.T) {
	for _, x := range []struct{ schema, want string }{
		{`{"type":"string"}`, `"string"`}, {`{"type":"integer"}`, `1`}, {`{"type":"number"}`, `1.5`}, {`{"type":"boolean"}`, `true`}, {`{"type":"null"}`, `null`},
		{`{"type":"string","format":"date-time"}`, `"2024-01-31T12:00:00Z"`}, {`{"type":"string","format":"date"}`, `"2024-01-31"`},
		{`{"type":"string","format":"uuid"}`, `"123e4567-e89b-12d3-a456-426614174000"`}, {`{"type":"string","format":"email"}`, `"user@example.com"`},
		{`{"type":"string","format":"uri"}`, `"https://example.com/"`}, {`{"type":"string","format":"hostname"}`, `"example.com"`},
		{`{"type":"string","format":"ipv4"}`, `"192.0.2.1"`}, {`{"type":"string","format":"ipv6"}`, `"2001:db8::1"`}, {`{"type":"string","format":"duration"}`, `"P1D"`},
		{`{"type":"string","format":"byte"}`, `"AAAA"`}, {`{"type":"string","format":"binary"}`, `null`}, {`{"type":"string","format":"other"}`, `"string"`},
		{`{"const":"c","type":"string"}`, `"c"`}, {`{"enum":["a","b"]}`, `"a"`}, {`{}`, `null`}, {`{"type":["integer","string"]}`, `1`},
		{`{"oneOf":[{"type":"integer"},{"type":"string"}]}`, `1`}, {`{"anyOf":[{"type":"boolean"},{"type":"string"}]}`, `true`}, {`{"allOf":[{"type":"integer"}]}`, `1`},
		{`{"type":"array","items":{"type":"integer"}}`, `[1]`}, {`{"type":"array"}`, `[]`}, {`{"type":"array","items":{}}`, `[]`},
		{`{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"boolean"}}`, `[1,"string"]`},
		{`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`, `{"a":1,"b":"string"}`},
		{`{"type":"object","additionalProperties":{"type":"integer"}}`, `{"key":1}`}, {`{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"integer"}}`, `{"a":1}`},
		{`{"type":"object","properties":{"a":{"$ref":"#/components/schemas/X"}}}`, `{"a":{}}`},
		{`{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"a":{"type":"array","items":{"$ref":"#/components/schemas/X"}}}}`, `{"a":[],"n":1}`},
	} {
		doc := must(openapi.Load(fmt.Appendf(nil, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"X":%s}}}`, x.schema)))
		e := &exampler{left: 100}
		if got, err := json.Marshal(e.value(doc.Components.Schemas["X"], "x", 0)); err != nil || string(got) != x.want {
			t.Errorf("%s: %s, %v, want %s", x.schema, got, err, x.want)
		}
		if got := (&exampler{}).value(doc.Components.Schemas["X"], "x", 0); got != nil {
			t.Errorf("%s: %v without values left", x.schema, got)
		}
	}
}
