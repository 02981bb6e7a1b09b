package build

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// TestRequireAlwaysSent holds that what all requests had becomes required, and nothing else: no
// member that some lacked, and none of a PATCH.
func TestRequireAlwaysSent(t *testing.T) {
	text := &schema.Schema{Kind: schema.String}
	record := func(other string) *schema.Schema {
		return &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
			{Name: "name", Schema: text, AlwaysSent: 7}, {Name: other, Schema: text}, {Name: "id", Schema: text, Required: true},
		}}
	}
	body := func(name string) *infer.RequestBody {
		return &infer.RequestBody{Content: []infer.Media{{Type: "application/json", Schema: &schema.Schema{Ref: name}}}}
	}
	d := infer.Document{Title: "t", Operations: []infer.Operation{
		{Method: "POST", Path: "/things", ID: "create", Request: body("Thing"), Params: []infer.Param{
			{Name: "mode", In: infer.InQuery, Schema: text, AlwaysSent: 7}, {Name: "page", In: infer.InQuery, Schema: text}}},
		{Method: "PATCH", Path: "/things", ID: "update", Request: body("Change")},
	}, Components: []schema.Component{{Name: "Change", Schema: record("old")}, {Name: "Thing", Schema: record("new")}}}
	doc := must.Get(Document(d, Options{Version: "3.0"}))
	doc = must.Get(openapi.Copy(doc))
	RequireAlwaysSent(doc)
	for name, want := range map[string][]string{"Thing": {"id", "name"}, "Change": {"id"}} {
		if got := doc.Components.Schemas[name].Value.Required; !slices.Equal(got, want) {
			t.Errorf("%s requires %q, want %q", name, got, want)
		}
	}
	params := openapi.Parameters(doc.Paths.Value("/things"), doc.Paths.Value("/things").Post)
	for _, p := range params {
		if p.Required != (p.Name == "mode") {
			t.Errorf("%s is required: %v", p.Name, p.Required)
		}
	}
}
