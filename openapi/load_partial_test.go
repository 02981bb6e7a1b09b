package openapi_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// TestLoadPartial loads documents in which references lead nowhere. Operations that need one, also
// through others or through their path, say so, and no others do.
func TestLoadPartial(t *testing.T) {
	const head = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/fine":{"get":{"operationId":"fine","parameters":[{"$ref":"#/components/parameters/P"}],"responses":{}}},"/lost":`
	const components = `},"components":{"parameters":{"P":{"name":"p","in":"query","schema":{"type":"string","example":{"$ref":"#gone"}}}},
		"schemas":{"A":{"properties":{"b":{"$ref":"#/components/schemas/B"},"a":{"$ref":"#/components/schemas/A"}}},"B":{"items":{"$ref":"#/components/schemas/C"}},"Unused":{"$ref":"x.json"}}}}`
	body := func(ref string) string {
		return `{"post":{"operationId":"lost","requestBody":{"content":{"application/json":{"schema":{"$ref":"` + ref + `"}}}},"responses":{}}}`
	}
	for _, tt := range []struct{ name, data, why string }{
		{"an anchor", head + body("#gone") + components, `the reference "#gone" leads nowhere`},
		{"a component", head + body("#/components/schemas/None") + components, `the reference "#/components/schemas/None" leads nowhere`},
		{"through others", head + body("#/components/schemas/A/properties/b/items") + components, `the reference "#/components/schemas/C" leads nowhere`},
		{"another document", head + body("https://a.example/b.json#/c") + components, `the reference "https://a.example/b.json#/c" leads to another document, which was not read`},
		{"a parameter of the path", head + `{"parameters":[{"$ref":"#/components/parameters/None"}],"post":{"operationId":"lost","responses":{}}}` + components, `the reference "#/components/parameters/None" leads nowhere`},
		{"version 2.0", `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/fine":{"get":{"operationId":"fine","responses":{}}},
			"/lost":{"post":{"operationId":"lost","parameters":[{"in":"body","name":"b","schema":{"$ref":"#/definitions/A"}}],"responses":{}}}},"definitions":{"A":{"$ref":"#/definitions/B"}}}`, `the reference "#/definitions/B" leads nowhere`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := openapi.Load([]byte(tt.data)); err == nil {
				t.Fatal("it loads as a whole")
			}
			doc := must.Get(openapi.LoadPartial([]byte(tt.data)))
			if why := doc.Paths.Value("/lost").Post.Extensions[openapi.ExtUnresolved]; why != tt.why || doc.Paths.Value("/lost").Post.OperationID != "lost" {
				t.Errorf("%v", why)
			}
			if op := doc.Paths.Value("/fine").Get; len(op.Extensions) > 0 || !strings.HasPrefix(tt.data, `{"swagger`) && op.Parameters[0].Value.Name != "p" {
				t.Errorf("the other operation: %+v", op)
			}
		})
	}
	deep := must.Get(openapi.LoadPartial([]byte(head + body("#/components/schemas/A") + components)))
	b := deep.Paths.Value("/lost").Post.RequestBody.Value.Content["application/json"].Schema.Value.Properties["b"]
	if got := b.Value.Items.Value.Extensions[openapi.ExtUnresolved]; got != `the reference "#/components/schemas/C" leads nowhere` {
		t.Errorf("a schema within others: %v", got)
	}
	doc, err := openapi.LoadPartial([]byte(head + `{"$ref":"other.yaml#/x"}}}`))
	if err != nil || doc.Paths.Value("/lost").Extensions[openapi.ExtUnresolved] == nil {
		t.Errorf("a path item: %v", err)
	}
	for _, data := range []string{"hello", `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":5}}}}`} {
		_, want := openapi.Load([]byte(data))
		if _, err := openapi.LoadPartial([]byte(data)); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v", data, err)
		}
	}
}
