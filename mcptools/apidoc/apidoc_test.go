package apidoc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi"
)

const document = `{"openapi":"3.1.0","info":{"title":"Shop","version":"1"},
"servers":[{"url":"https://shop.example/api"}],
"security":[{"key":[]}],
"paths":{
  "/orders":{"get":{"operationId":"listOrders","responses":{"200":{"description":"ok"}}}},
  "/orders/{id}":{"get":{"operationId":"getOrder","security":[{"login":[]},{"key":[]}],
    "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
    "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order"}}}}}}}},
"components":{"schemas":{
  "Order":{"type":"object","properties":{"item":{"$ref":"#/components/schemas/Item"}}},
  "Item":{"type":"object"},"Unused":{"type":"object"}},
  "securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"},"login":{"type":"http","scheme":"basic"},
    "other":{"type":"http","scheme":"bearer"}}}}`

func TestFind(t *testing.T) {
	doc, err := Load(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, operation, want string }{
		{"template", "GET /orders/{id}", "/orders/{id}"},
		{"requested path", "get /orders/17?x=1", "/orders/{id}"},
		{"template with server prefix", "GET /api/orders/{id}", "/orders/{id}"},
		{"no method", "/orders", "/orders"},
		{"id", "getOrder", "/orders/{id}"},
		{"unknown path", "GET /users", ""},
		{"unknown method", "DELETE /orders", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := Find(doc, opname.Parse(c.operation))
			var te *tool.Error
			switch {
			case c.want != "" && (err != nil || o.Template != c.want):
				t.Errorf("got %q, %v, want %q", o.Template, err, c.want)
			case c.want == "" && (!errors.As(err, &te) || te.Code != tool.CodeUnknownOperation):
				t.Errorf("got %q, %v, want %s", o.Template, err, tool.CodeUnknownOperation)
			}
		})
	}
	if _, err := Find(doc, opname.Parse("DELETE /orders")); !strings.Contains(err.(*tool.Error).Hint, "GET /orders") {
		t.Errorf("the hint does not name a similar operation: %+v", err)
	}
}

// Extract returns the referenced components and no others.
func TestExtract(t *testing.T) {
	doc, err := Load(document)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Find(doc, opname.Parse("GET /orders/{id}"))
	if err != nil {
		t.Fatal(err)
	}
	operation, components, err := Extract(doc, o.Operation)
	if err != nil {
		t.Fatal(err)
	}
	schemas, _ := components["schemas"].(map[string]any)
	if operation["operationId"] != "getOrder" || len(schemas) != 2 || schemas["Order"] == nil || schemas["Item"] == nil {
		t.Errorf("got %v, %v", operation["operationId"], components)
	}
	if got, _ := components["securitySchemes"].(map[string]any); len(got) != 2 || got["login"] == nil || got["key"] == nil {
		t.Errorf("schemes of the operation: %v", got)
	}
	if o, err = Find(doc, opname.Parse("GET /orders")); err != nil {
		t.Fatal(err)
	}
	if _, components, err = Extract(doc, o.Operation); err != nil {
		t.Fatal(err)
	}
	if got, _ := components["securitySchemes"].(map[string]any); len(components) != 1 || len(got) != 1 || got["key"] == nil {
		t.Errorf("schemes of the document: %v", components)
	}
}

// TestExtractPart takes the whole component that a reference leads into.
func TestExtractPart(t *testing.T) {
	doc, err := Load(strings.Replace(document, `"schema":{"$ref":"#/components/schemas/Order"}`,
		`"schema":{"$ref":"#/components/schemas/Order/properties/item"}`, 1))
	if err != nil {
		t.Fatal(err)
	}
	o, err := Find(doc, opname.Parse("getOrder"))
	if err != nil {
		t.Fatal(err)
	}
	_, components, err := Extract(doc, o.Operation)
	if schemas, _ := components["schemas"].(map[string]any); err != nil || schemas["Order"] == nil {
		t.Errorf("got %v, %v", components, err)
	}
}

func TestLoadRefusesDeepDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"JSON": strings.Repeat(`{"a":`, MaxDepth+1),
		"YAML": "a:\n" + strings.Repeat("  ", MaxDepth+1) + "b: 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			var te *tool.Error
			if _, err := Load(text); !errors.As(err, &te) || !strings.Contains(te.Message, "nested deeper") {
				t.Errorf("got %v", err)
			}
		})
	}
	for text, want := range map[string]int{
		`{"a":"{[{[","b":[{}]}`: 3, `{"a":"\"{[{["}`: 1, `{"a\\":{}}`: 2, `{"`: 1, "": 0, `[]{}[{}]`: 2, `]]}}[[`: 2, "a: x\n  b: y\n": 1, "a:\n    b:\n  c": 2,
		"[[[[\n  a": 4, "a\n" + strings.Repeat("  ", MaxDepth): MaxDepth, "a\n" + strings.Repeat("  ", MaxDepth+1): MaxDepth + 1,
	} {
		if n := depth(text); n != want {
			t.Errorf("%.40q: depth %d, want %d", text, n, want)
		}
	}
	// A document at the limit: its schemas are nested in the 7 levels around them.
	at := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"a":` + strings.Repeat(`{"not":`, MaxDepth-4) + "{}" + strings.Repeat("}", MaxDepth-4) + "}}}"
	if n := depth(at); n != MaxDepth {
		t.Fatalf("depth %d", n)
	}
	if _, err := Load(at); err != nil {
		t.Errorf("at the limit: %.200v", err)
	}
	if _, err := Load("\u202e" + strings.Repeat("x", 2000)); err == nil || len(err.Error()) > 1100 || strings.Contains(err.Error(), "\u202e") {
		t.Errorf("the error is %q", err)
	}
}

// The cache returns the text of a document and format, for more documents than it holds.
func TestEncoder(t *testing.T) {
	var e Encoder
	for range 2 * maxCached {
		doc, err := Load(document)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for _, format := range []openapi.Format{openapi.JSON, openapi.YAML} {
				text, err := e.Encode(doc, format)
				if err != nil || strings.HasPrefix(string(text), "{") != (format == openapi.JSON) {
					t.Fatalf("%s: %v, %.40s", format, err, text)
				}
			}
		}
	}
	if len(e.cached) != maxCached {
		t.Errorf("%d texts are cached, want %d", len(e.cached), maxCached)
	}
}

// TestFindNames names ten of the operations among which a name does not choose, in order.
func TestFindNames(t *testing.T) {
	var paths []string
	for i := range 12 {
		paths = append(paths, fmt.Sprintf(`"/p%02d":{"get":{"operationId":"same","responses":{"200":{"description":""}}}}`, i))
	}
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{` + strings.Join(paths, ",") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := "argument operation: names 12 operations: choose one of GET /p00, GET /p01, GET /p02, GET /p03, GET /p04, GET /p05, GET /p06, GET /p07, GET /p08, GET /p09"
	if _, err := Find(doc, opname.Parse("same")); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	_, err = Find(doc, opname.Parse("other"))
	var te *tool.Error
	if !errors.As(err, &te) || te.Hint != "list_operations lists all operations" || te.Argument != "operation" {
		t.Errorf("%+v", te)
	}
}

// TestExtractKinds takes components of each kind, and only those that are there.
func TestExtractKinds(t *testing.T) {
	refs := func(kind string) string { return `{"$ref":"#/components/` + kind + `/X"}` }
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{
		"parameters":[` + refs("parameters") + `],"requestBody":` + refs("requestBodies") + `,"callbacks":{"c":` + refs("callbacks") + `},
		"responses":{"200":` + refs("responses") + `,"201":{"description":"","headers":{"H":` + refs("headers") + `},"links":{"l":` + refs("links") + `},
			"content":{"application/json":{"examples":{"e":` + refs("examples") + `},"schema":` + refs("schemas") + `}}}}}},"/b":{"get":{"security":[{"none":[]}],"responses":{}}}},
		"components":{"parameters":{"X":{"name":"q","in":"query","schema":{}}},"requestBodies":{"X":{"content":{}}},"callbacks":{"X":{}},
			"responses":{"X":{"description":""}},"headers":{"X":{"schema":{}}},"links":{"X":{"operationId":"o"}},"examples":{"X":{"value":1}},"schemas":{"X":{}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"/a": "callbacks examples headers links parameters requestBodies responses schemas", "/b": ""} {
		o, err := Find(doc, opname.Parse(name))
		if err != nil {
			t.Fatal(err)
		}
		_, components, err := Extract(doc, o.Operation)
		if got := strings.Join(slices.Sorted(maps.Keys(components)), " "); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		for kind, all := range components {
			if x, _ := all.(map[string]any); len(x) != 1 || x["X"] == nil {
				t.Errorf("%s: %v", kind, all)
			}
		}
	}
}
