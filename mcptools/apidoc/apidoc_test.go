package apidoc

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
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
