package apidoc

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/compact"
)

const tagged = `{"openapi":"3.1.0","info":{"title":"Shop","version":"1"},"servers":[{"url":"https://shop.example/api"}],
"security":[{"key":[]}],"tags":[{"name":"orders","description":"all orders"},{"name":"items"},{"name":"unused"}],"webhooks":{"made":{"post":{"operationId":"hook","responses":{"200":{"description":"ok"}}}}},
"paths":{
  "/orders":{"summary":"many","get":{"operationId":"listOrders","tags":["orders"],"responses":{"200":{"$ref":"#/components/responses/Orders"}}},
    "post":{"operationId":"addOrder","tags":["orders","items"],"security":[],"responses":{"201":{"description":"ok"}}}},
  "/items/{id}":{"parameters":[{"$ref":"#/components/parameters/Id"}],"get":{"operationId":"getItem","security":[{"login":[]},{"key":[],"other":[]}],
    "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/A~1B~0/properties/x"}}}}}}},
  "/loop":{"get":{"operationId":"loop","security":[{"none":[]}],"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Loop"}}}}}}}},
"components":{
  "parameters":{"Id":{"name":"id","in":"path","required":true,"schema":{"type":"string"}}},
  "responses":{"Orders":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}},
  "schemas":{"Order":{"type":"object","discriminator":{"propertyName":"kind","mapping":{"big":"#/components/schemas/Big"}}},"Big":{"type":"object"},
    "A/B~":{"type":"object","properties":{"x":{"type":"string"}}},"Loop":{"type":"object","properties":{"next":{"$ref":"#/components/schemas/Loop"}}},"Unused":{"type":"object"}},
  "securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"},"login":{"type":"http","scheme":"basic"},"other":{"type":"http","scheme":"bearer"}}}}`

// TestParts has the operations of a part with what they refer to, at once and further on, and
// nothing else. Its size is never less than that of its JSON, and hardly more.
func TestParts(t *testing.T) {
	doc := must.Get(Load(tagged))
	var forms Forms
	form := must.Get(forms.Compact(doc, nil))
	data := must.Get(forms.Data(doc))
	if again, err := forms.Compact(doc, nil); err != nil || again != form {
		t.Error("the compact form is made again")
	}
	if again, err := forms.Data(doc); err != nil || again != data {
		t.Error("the data are made again")
	}
	search := forms.Search(doc, form)
	if again := forms.Search(doc, form); again != search {
		t.Error("the search is made again")
	}
	for _, o := range form.Operations() {
		if found, _ := search.Find(o.ID, func(int) bool { return true }); o.ID != "hook" && (len(found) == 0 || form.Operations()[found[0]].ID != o.ID) {
			t.Errorf("%s is not found: %v", o.ID, found)
		}
	}
	names := func(o map[string]any) string { return strings.Join(slices.Sorted(maps.Keys(o)), " ") }
	for _, c := range []struct{ ids, paths, components, tags string }{
		{"", "", "", ""},
		{"listOrders", "/orders get summary", "responses Orders; schemas Big Order; securitySchemes key", "orders"},
		{"addOrder", "/orders post summary", "", "orders items"},
		{"listOrders addOrder", "/orders get post summary", "responses Orders; schemas Big Order; securitySchemes key", "orders items"},
		{"getItem", "/items/{id} get parameters", "parameters Id; schemas A/B~; securitySchemes key login other", ""},
		{"loop addOrder", "/loop get; /orders post summary", "schemas Loop", "orders items"},
	} {
		var ops []compact.Operation
		for _, o := range form.Operations() {
			if slices.Contains(strings.Fields(c.ids), o.ID) {
				ops = append(ops, o)
			}
		}
		part := data.Part(ops)
		describe := func(key string) string {
			var out []string
			all, _ := part[key].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				out = append(out, name+" "+names(all[name].(map[string]any)))
			}
			return strings.Join(out, "; ")
		}
		tags := []string{}
		list, _ := part["tags"].([]any)
		for _, x := range list {
			tags = append(tags, x.(map[string]any)["name"].(string))
		}
		if describe("paths") != c.paths || describe("components") != c.components || strings.Join(tags, " ") != c.tags {
			t.Errorf("%s: paths %q, components %q, tags %v", c.ids, describe("paths"), describe("components"), tags)
		}
		if part["openapi"] != "3.1.0" || part["info"] == nil || part["servers"] == nil || part["security"] == nil || part["webhooks"] != nil {
			t.Errorf("%s: the part has %s", c.ids, names(part))
		}
		_, hasComponents := part["components"]
		if _, hasTags := part["tags"]; hasTags != (c.tags != "") || hasComponents != (c.components != "") {
			t.Errorf("%s: an empty member: %s", c.ids, names(part))
		}
		raw := must.Get(json.Marshal(part))
		for range 2 { // the second time from the cache
			if n := data.Size(ops); n < len(raw) || n > len(raw)+200 {
				t.Errorf("%s: a size of %d for %d bytes", c.ids, n, len(raw))
			}
		}
		if _, err := openapi.Load(raw); err != nil {
			t.Errorf("%s: %v", c.ids, err)
		}
	}
	if whole := data.Whole(); whole["webhooks"] == nil && whole["paths"] == nil || names(whole["components"].(map[string]any)["schemas"].(map[string]any)) != "A/B~ Big Loop Order Unused" {
		t.Errorf("the whole has %s", names(whole))
	}
}
