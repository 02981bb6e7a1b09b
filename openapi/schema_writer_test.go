package openapi

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
)

// TestSchemaWriter checks that each keyword of a schema is written, and nothing else.
func TestSchemaWriter(t *testing.T) {
	load := func(t *testing.T, schema string) *openapi3.Schema {
		doc, err := Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"A":` + schema + `}}}`))
		if err != nil {
			t.Fatal(err)
		}
		return doc.Components.Schemas["A"].Value
	}
	write := SchemaWriter(func(r *openapi3.SchemaRef) any { return r.Value.Title })
	for _, tt := range []struct {
		name, schema string
		part         func(*openapi3.Schema, map[string]any)
		want         string
	}{
		{"no bounds", `{}`, write.Bounds, `{}`},
		{"bounds", `{"minimum":0,"maximum":-1.5,"multipleOf":2}`, write.Bounds, `{"maximum":-1.5,"minimum":0,"multipleOf":2}`},
		{"exclusive bounds", `{"exclusiveMinimum":1,"exclusiveMaximum":2e30}`, write.Bounds, `{"exclusiveMaximum":2e+30,"exclusiveMinimum":1}`},
		{"exclusive bounds of 3.0", `{"exclusiveMinimum":true,"exclusiveMaximum":false,"minimum":1}`, write.Bounds,
			`{"exclusiveMaximum":false,"exclusiveMinimum":true,"minimum":1}`},
		{"exact bounds", `{"minimum":9007199254740993,"exclusiveMaximum":9007199254740995}`, write.Bounds,
			`{"exclusiveMaximum":9007199254740995,"minimum":9007199254740993}`},
		{"no lengths", `{"minLength":0}`, write.Lengths, `{}`},
		{"lengths", `{"minLength":1,"maxLength":0}`, write.Lengths, `{"maxLength":0,"minLength":1}`},
		{"no items", `{"uniqueItems":false}`, write.Items, `{}`},
		{"items", `{"items":{"title":"i"},"prefixItems":[{"title":"p"},{"title":"q"}],"minItems":1,"maxItems":2,"uniqueItems":true}`, write.Items,
			`{"items":"i","maxItems":2,"minItems":1,"prefixItems":["p","q"],"uniqueItems":true}`},
		{"contains", `{"contains":{"title":"c"},"minContains":0,"maxContains":3,"unevaluatedItems":false}`, write.Items,
			`{"contains":"c","maxContains":3,"minContains":0,"unevaluatedItems":false}`},
		{"other items", `{"unevaluatedItems":{"title":"u"}}`, write.Items, `{"unevaluatedItems":"u"}`},
		{"no members", `{}`, write.Members, `{}`},
		{"members", `{"minProperties":1,"maxProperties":2,"additionalProperties":{"title":"a"},"propertyNames":{"title":"n"}}`, write.Members,
			`{"additionalProperties":"a","maxProperties":2,"minProperties":1,"propertyNames":"n"}`},
		{"closed", `{"additionalProperties":false,"unevaluatedProperties":true}`, write.Members,
			`{"additionalProperties":false,"unevaluatedProperties":true}`},
		{"dependent members", `{"dependentRequired":{"a":["b","c"]},"dependentSchemas":{"d":{"title":"e"}}}`, write.Members,
			`{"dependentRequired":{"a":["b","c"]},"dependentSchemas":{"d":"e"}}`},
		{"no conditions", `{}`, write.Conditions, `{}`},
		{"conditions", `{"not":{"title":"n"},"if":{"title":"i"},"then":{"title":"t"},"else":{"title":"e"}}`, write.Conditions,
			`{"else":"e","if":"i","not":"n","then":"t"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := map[string]any{}
			tt.part(load(t, tt.schema), m)
			if got, err := json.Marshal(m); err != nil || string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if got, _ := json.Marshal(write.Map(load(t, `{"properties":{"a":{"title":"x"},"b":{"title":"y"}}}`).Properties)); string(got) != `{"a":"x","b":"y"}` {
		t.Errorf("a map: %s", got)
	}
}

func TestJSONNumber(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", -3: "-3", 1.5: "1.5", 1e20: "100000000000000000000", 1e21: "1e+21", -1e21: "-1e+21", 1e-7: "1e-07", 123456789.25: "1.2345678925e+08",
	} {
		if got := string(JSONNumber(f)); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}

func TestDialect(t *testing.T) {
	for version, want := range map[string]jsonschema.Dialect{"3.0.3": jsonschema.OpenAPI30, "3.1.0": jsonschema.Draft202012, "3.2.0": jsonschema.Draft202012} {
		if got := DialectOf(&openapi3.T{OpenAPI: version}); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}
