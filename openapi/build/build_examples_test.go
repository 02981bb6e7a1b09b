package build

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestAddExamples checks that examples are valid, also for a schema that contains itself, and do
// not vary.
func TestAddExamples(t *testing.T) {
	str := &schema.Schema{Kind: schema.String}
	node := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
		{Name: "at", Schema: &schema.Schema{Kind: schema.String, Format: "date-time"}, Required: true},
		{Name: "below", Schema: &schema.Schema{Kind: schema.Array, Items: &schema.Schema{Ref: "Node"}}, Required: true},
		{Name: "kind", Schema: &schema.Schema{Kind: schema.String, Enum: []string{"leaf", "root"}}},
		{Name: "labels", Schema: &schema.Schema{Kind: schema.Object, Additional: str}},
		{Name: "parent", Schema: &schema.Schema{Ref: "Node", Nullable: true}},
		{Name: "point", Schema: &schema.Schema{Kind: schema.Array, Prefix: []*schema.Schema{{Kind: schema.Number}, str}}},
	}}
	media := []infer.Media{{Type: "application/json", Schema: &schema.Schema{Kind: schema.Array, Items: &schema.Schema{Ref: "Node"}}}, {Type: "text/plain", Schema: str}}
	d := infer.Document{Title: "t", Servers: []string{"https://api.example.com"}, Components: []schema.Component{{Name: "Node", Schema: node}},
		Operations: []infer.Operation{{Method: "POST", Path: "/n", ID: "n", Request: &infer.RequestBody{Content: media}, Responses: []infer.Response{{Status: 200, Content: media}}}}}
	for _, version := range []string{"3.0", "3.1"} {
		doc, err := Document(d, Options{Version: version})
		if err != nil {
			t.Fatal(err)
		}
		if err := AddExamples(doc); err != nil {
			t.Fatal(err)
		}
		text := string(openapitest.Encode(t, doc, openapi.YAML))
		if n := strings.Count(text, "example:"); n != 2 || strings.Count(text, "2024-01-31T12:00:00Z") < 2 || !strings.Contains(text, "kind: leaf") {
			t.Errorf("OpenAPI %s: %d examples\n%s", version, n, text)
		}
		if _, err := openapi.Load([]byte(text)); err != nil {
			t.Errorf("OpenAPI %s: %v", version, err)
		}
	}
}
