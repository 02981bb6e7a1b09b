package apidoc

import (
	"errors"
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
	if n := depth(`{"a":"{[{[","b":[{}]}`); n != 3 {
		t.Errorf("depth %d, want 3: brackets in strings do not count", n)
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
