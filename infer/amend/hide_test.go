package amend_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/schema"
)

// TestHide hides values by the name of their parameter, property or reference, and by their text.
func TestHide(t *testing.T) {
	words := func(texts ...string) *schema.Schema { return &schema.Schema{Kind: schema.String, Enum: texts} }
	plate := &schema.Schema{Kind: schema.String, Observed: []string{"blue"}}
	body := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
		{Name: "color", Schema: words("green", "red")}, {Name: "list", Schema: &schema.Schema{Kind: schema.Array, Items: words("ACME-1", "b")}},
		{Name: "plate", Schema: plate}, {Name: "plates", Schema: &schema.Schema{Ref: "Plate"}},
	}}
	d := infer.Document{Servers: []string{"https://a.example"}, Components: []schema.Component{{Name: "Plate", Schema: words("old")}}, Operations: []infer.Operation{{
		Method: "POST", Path: "/a", Params: []infer.Param{{Name: "X-Tenant", Schema: words("acme")}, {Name: "sort", Schema: words("asc")}},
		Request: &infer.RequestBody{Content: []infer.Media{{Type: "application/json", Schema: body}}},
	}}}
	hides := func(name, text string) bool {
		return strings.HasPrefix(name, "plate") || name == "X-Tenant" || strings.Contains(text, "ACME")
	}
	got := amend.Hide(d, hides)
	var left []string
	for _, q := range got.Operations[0].Params {
		left = q.Schema.AppendNames(left)
	}
	left = got.Operations[0].Request.Content[0].Schema.AppendNames(left)
	left = got.Components[0].Schema.AppendNames(left)
	if want := []string{"asc", "color", "green", "red", "list", "plate", "plates"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	if !slices.Equal(plate.Observed, []string{"blue"}) {
		t.Error("the document given was changed")
	}
	findings := amend.HideFindings([]infer.Finding{
		{Subject: "X-Tenant", For: []infer.Evidence{{Text: "4 values; such as acme"}}},
		{Subject: "/a/plate", Result: "[blue red] (strings)"}, {Subject: "/sort", Result: "[asc]", For: []infer.Evidence{{Text: "2 values; such as asc"}}},
	}, hides)
	if findings[0].For[0].Text != "4 values" || findings[1].Result != "hidden values (strings)" || findings[2].Result != "[asc]" ||
		findings[2].For[0].Text != "2 values; such as asc" {
		t.Errorf("findings are %+v", findings)
	}
}
