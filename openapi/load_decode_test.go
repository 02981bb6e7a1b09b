package openapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// loadWhole reads a document of version 3 with kin-openapi alone.
func loadWhole(data []byte) (*openapi3.T, error) {
	v, err := openapi.Parse(data)
	if err != nil {
		return nil, err
	}
	normal, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(normal)
}

// corners has what splitting into fragments could lose: extensions on every level, null, booleans,
// references with siblings, names with escapes, duplicate members, white space.
const corners = `{
 "openapi" : "3.1.0", "info":{"title":"t","version":"1","x-i":1}, "x-top": {"a":[1,{"b":null}]}, "webhooks":{"w":{"post":{"responses":{"200":{"description":"ok"}}}}},
 "paths": {
  "x-paths": {"k":1},
  "/a\u002fb\"{id}": { "summary":"s", "x-item":true, "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string","x-s":1}}],
   "get": {"operationId":"dropped","responses":{}},
   "get": {"operationId":"g","x-op":[1],"responses":{"x-r":1,"200":{"description":"ok","x-200":1,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A","description":"sibling","x-y":2},"x-mt":1}}},"default":{"$ref":"#/components/responses/R"}}},
   "post": {"requestBody":{"x-b":1,"required":true,"content":{"a/b":{"schema":{"type":"object","properties":{"p":{"type":"integer"}}},"encoding":{"p":{"contentType":"text/plain"}}},"*/*":{}}},"responses":{"200":{"description":"ok"}},"callbacks":{"cb":{"{$request.body#/u}":{"post":{"responses":{"200":{"description":"ok"}}}}}}},
   "put": {"requestBody":{"$ref":"#/components/requestBodies/B"},"responses":{"200":{"description":""}},"security":[]},
   "patch": null
  },
  "/null": {}
 },
 "components": { "x-c":1, "securitySchemes":{"k":{"type":"apiKey","in":"header","name":"X"}},
  "schemas": {
   "A": {"type":["object","null"],"properties":{"self":{"$ref":"#/components/schemas/A"},"any":true,"none":false,"n":{"type":"number","minimum":1.5,"exclusiveMaximum":3}},"additionalProperties":{"type":"string","x-z":1},"patternProperties":{"^a":{"enum":[1,"b",null]}},"required":["n"],"$defs":{"d":{"const":5}},"unevaluatedProperties":false},
   "B": {"allOf":[{"$ref":"#/components/schemas/A"},{"type":"object","properties":{"x-name":{"type":"string"}}}],"oneOf":[true,{"not":{"type":"null"}}],"anyOf":[{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"integer"}}],"x-deep":{"properties":{"a":1}}},
   "C": {"type":"array","items":{"type":"array","prefixItems":[{"type":"string"}],"items":false,"contains":{"type":"integer"}},"example":[["a",12]],"examples":[[1]],"default":[]},
   "E": true, "F": {}, "G": {"type":"string","format":"uuid","deprecated":true,"unknownKeyword":{"a":1},"xml":{"name":"g","attribute":true},"externalDocs":{"url":"https://x.example"}}
  },
  "parameters":{"x-p":{"name":"X-P","in":"header","schema":{"type":"string"}},"P":{"name":"p","in":"query","content":{"application/json":{"schema":{"type":"object"}}}}},
  "requestBodies":{"B":{"description":"b","content":{"application/json":{"schema":{"$ref":"#/components/schemas/B"},"examples":{"e":{"$ref":"#/components/examples/X"}}}}}},
  "responses":{"R":{"description":"r","headers":{"H":{"schema":{"type":"integer"}}},"content":{}}},
  "examples":{"X":{"summary":"s","value":{"a":[1,2,{"b":null}]},"x-e":1}}
 }
}`

// TestFragments checks that decoding fragments gives the document that kin-openapi decodes as a
// whole.
func TestFragments(t *testing.T) {
	documents := map[string][]byte{
		"corners": []byte(corners), "corners 3.0": []byte(strings.Replace(corners, "3.1.0", "3.0.3", 1)), "shop": []byte(openapitest.Shop), "routes": []byte(openapitest.Routes),
		"no paths": []byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"components":null}`),
		"nulls":    []byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":null,"requestBody":null,"parameters":null}}},"components":{"schemas":null,"responses":{}}}`),
	}
	for name, data := range documents {
		t.Run(name, func(t *testing.T) {
			if _, err := openapi.Load(data); err != nil {
				t.Fatal(err) // else nothing would be compared
			}
			checkFragments(t, data)
		})
	}
}

// TestFragmentsReal does so with real documents.
func TestFragmentsReal(t *testing.T) {
	if testing.Short() {
		t.Skip("large documents")
	}
	for name, data := range corpusDocuments(t) {
		if len(data) < corpustest.Large {
			t.Run(name, func(t *testing.T) { checkFragments(t, data) })
		}
	}
}

func checkFragments(t *testing.T, data []byte) {
	want, wantErr := loadWhole(data)
	got, err := openapi.LoadWritten(t.Context(), data)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("got %v, want %v", err, wantErr)
	}
	if err != nil {
		return
	}
	if want.Paths == nil {
		want.Paths = openapi3.NewPaths()
	}
	if a, b := openapitest.Encode(t, got, openapi.JSON), openapitest.Encode(t, want, openapi.JSON); !bytes.Equal(a, b) {
		t.Errorf("the fragments say something else:\n%s", firstDifference(a, b))
	}
}

func firstDifference(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-200)
	return string(a[from:min(len(a), i+200)]) + "\n---\n" + string(b[from:min(len(b), i+200)])
}
