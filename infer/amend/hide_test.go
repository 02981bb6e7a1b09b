package amend_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/test/must"
)

// TestHide hides values by the name of their parameter, property or reference, and by their text.
func TestHide(t *testing.T) {
	words := func(texts ...string) *schema.Schema { return &schema.Schema{Kind: schema.String, Enum: texts} }
	plate := &schema.Schema{Kind: schema.String, Enum: []string{"blue"}}
	body := &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
		{Name: "color", Schema: words("green", "red")}, {Name: "list", Schema: &schema.Schema{Kind: schema.Array, Items: words("ACME-1", "b")}},
		{Name: "plate", Schema: plate}, {Name: "plates", Schema: &schema.Schema{Ref: "Plate"}},
		{Name: "pair", Schema: &schema.Schema{Prefix: []*schema.Schema{words("ACME-2"), words("first")}}},
		{Name: "some", Schema: &schema.Schema{AnyOf: []*schema.Schema{words("ACME-3"), words("any")}}},
		{Name: "texts", Schema: &schema.Schema{Additional: words("ACME-4")}}, {Name: "none"},
	}}
	events := infer.Media{Events: []infer.Event{{Name: "e", Schema: words("ACME-5")}, {Name: "f", Schema: words("event")}}}
	d := infer.Document{Servers: []string{"https://a.example"}, Components: []schema.Component{{Name: "Other", Schema: words("ACME-6", "other")},
		{Name: "Plate", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "next", Schema: &schema.Schema{Ref: "Plate"}}, {Name: "was", Schema: words("old")}}}}}, Operations: []infer.Operation{{
		Method: "POST", Path: "/a", Params: []infer.Param{{Name: "X-Tenant", Schema: words("acme")}, {Name: "sort", Schema: words("asc")}},
		Request:   &infer.RequestBody{Content: []infer.Media{{Type: "application/json", Schema: body}}},
		Responses: []infer.Response{{Headers: []infer.Param{{Name: "X-Tenant", Schema: words("acme")}, {Name: "Via", Schema: words("proxy")}}, Content: []infer.Media{events}}},
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
	for _, h := range got.Operations[0].Responses[0].Headers {
		left = h.Schema.AppendNames(left)
	}
	for _, e := range got.Operations[0].Responses[0].Content[0].Events {
		left = e.Schema.AppendNames(left)
	}
	for _, c := range got.Components {
		left = c.Schema.AppendNames(left)
	}
	want := []string{"asc", "color", "green", "red", "list", "plate", "plates", "pair", "some", "texts", "none", "proxy", "event",
		"next", "was"}
	if !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	all := must.Get(json.Marshal(got))
	if text := string(all); strings.Contains(text, "ACME") || !strings.Contains(text, "first") || !strings.Contains(text, "any") {
		t.Errorf("left is %s", text)
	}
	if !slices.Equal(plate.Enum, []string{"blue"}) {
		t.Error("the document given was changed")
	}
	findings := amend.HideFindings([]infer.Finding{
		{Subject: "X-Tenant", For: []infer.Evidence{{Text: "4 values; such as acme"}}},
		{Subject: "/a/plate", Result: "[blue red] (strings)"}, {Subject: "/a/plates[]", Result: "[x]"}, {Subject: "/a/plate", Result: "optional"},
		{Subject: "/sort", Against: []infer.Evidence{{Text: "1 value: such as ACME-7"}}}, {Subject: "/sort", Result: "[asc]", For: []infer.Evidence{{Text: "2 values; such as asc"}}},
	}, hides)
	if findings[0].For[0].Text != "4 values" || findings[1].Result != "hidden values (strings)" || findings[2].Result != "hidden values" ||
		findings[3].Result != "optional" || findings[4].Against[0].Text != "1 value" || findings[5].Result != "[asc]" ||
		findings[5].For[0].Text != "2 values; such as asc" {
		t.Errorf("findings are %+v", findings)
	}
}
