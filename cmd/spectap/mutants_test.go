package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/merge"
	"github.com/spectap/spectap/openapi/page"
)

// mutable is a document of 3.1 with an object of each kind.
const mutable = `{"openapi":"3.1.0","info":{"title":"t","version":"1","contact":{"name":"n"},"license":{"name":"l"}},
"servers":[{"url":"https://h.example/{v}","variables":{"v":{"default":"1","enum":["1"]}}}],
"tags":[{"name":"a","externalDocs":{"url":"https://h.example"}}],"security":[{"k":[]}],
"paths":{"/a/{id}":{"summary":"s","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
 "get":{"operationId":"getA","tags":["a"],"security":[{"o":["r"]}],"deprecated":true,
  "parameters":[{"$ref":"#/components/parameters/P"},{"name":"q","in":"query","content":{"application/json":{"schema":{"type":"integer"}}}}],
  "responses":{"200":{"description":"d","headers":{"X-A":{"schema":{"type":"string"}}},
   "content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"},"examples":{"e":{"value":{"a":"x"}}}}},
   "links":{"l":{"operationId":"getA","parameters":{"id":"$response.body#/a"}}}},"default":{"$ref":"#/components/responses/R"}}},
 "post":{"operationId":"postA","requestBody":{"required":true,"content":{"multipart/form-data":{"schema":{"type":"object","properties":{"f":{"type":"array","items":{"type":"string"}}}},
   "encoding":{"f":{"style":"form","headers":{"X-B":{"schema":{"type":"string"}}}}}}}},
  "callbacks":{"c":{"{$request.body#/u}":{"post":{"responses":{"200":{"description":"d"}}}}}},"responses":{"201":{"description":"d"}}}}},
"webhooks":{"w":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"string"}}}},"responses":{"200":{"description":"d"}}}}},
"components":{"schemas":{"S":{"type":"object","required":["a"],"properties":{"a":{"type":["string","null"],"enum":["x",null],"default":"x"},"b":{"allOf":[{"$ref":"#/components/schemas/T"}]}},
  "additionalProperties":{"type":"integer"},"patternProperties":{"^x":{"not":{"type":"null"}}}},
 "T":{"oneOf":[{"type":"object","properties":{"k":{"const":"t"}}}],"discriminator":{"propertyName":"k","mapping":{"t":"#/components/schemas/T"}},"xml":{"name":"n"},"externalDocs":{"url":"https://h.example"}}},
 "parameters":{"P":{"name":"p","in":"query","style":"form","explode":true,"schema":{"type":"array","items":{"type":"string"}},"example":["x"]}},
 "responses":{"R":{"description":"d"}},"requestBodies":{"B":{"content":{"text/plain":{}}}},"headers":{"H":{"schema":{"type":"string"}}},
 "examples":{"E":{"value":1}},"links":{"L":{"operationId":"getA"}},"callbacks":{"C":{"x":{"post":{"responses":{"200":{"description":"d"}}}}}},
 "securitySchemes":{"k":{"type":"apiKey","in":"query","name":"k"},"o":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://h.example/t","scopes":{"r":"d"}}}}}}}`

// mutable2 is such a document of 2.0.
const mutable2 = `{"swagger":"2.0","info":{"title":"t","version":"1"},"host":"h.example","basePath":"/v1","schemes":["https"],
"consumes":["application/json"],"produces":["application/json"],"tags":[{"name":"a"}],"security":[{"k":[]}],
"paths":{"/a/{id}":{"parameters":[{"name":"id","in":"path","required":true,"type":"string"}],
 "get":{"operationId":"getA","tags":["a"],"produces":["application/json"],"schemes":["https"],"parameters":[{"$ref":"#/parameters/P"},
   {"name":"l","in":"query","type":"array","items":{"type":"string","enum":["x"]},"collectionFormat":"csv"}],
  "responses":{"200":{"description":"d","schema":{"$ref":"#/definitions/S"},"headers":{"X-A":{"type":"string"}},"examples":{"application/json":{"a":1}}},"default":{"$ref":"#/responses/R"}}},
 "post":{"consumes":["multipart/form-data"],"parameters":[{"name":"f","in":"formData","type":"file"},{"name":"g","in":"formData","type":"array","items":{"type":"string"}}],"responses":{"201":{"description":"d"}}},
 "put":{"parameters":[{"name":"b","in":"body","schema":{"$ref":"#/definitions/S"}}],"responses":{"204":{"description":"d"}}}}},
"definitions":{"S":{"type":"object","required":["a"],"properties":{"a":{"type":"integer","maximum":5},"s":{"type":"array","items":{"$ref":"#/definitions/S"}}},"allOf":[{"type":"object"}],"additionalProperties":{"type":"string"}}},
"parameters":{"P":{"name":"p","in":"query","type":"string"}},"responses":{"R":{"description":"d"}},
"securityDefinitions":{"k":{"type":"apiKey","in":"header","name":"k"},"o":{"type":"oauth2","flow":"application","tokenUrl":"https://h.example/t","scopes":{"r":"d"}}}}`

// mutants calls f for each place of a document with the document as it is when another value stands
// there.
func mutants(t testing.TB, document string, f func(name string, data []byte)) {
	var root any
	if err := json.Unmarshal([]byte(document), &root); err != nil {
		t.Fatal(err)
	}
	var visit func(at string, v any, set func(any))
	visit = func(at string, v any, set func(any)) {
		for _, other := range []any{nil, 5, "x", true, []any{}, map[string]any{}, []any{nil}, map[string]any{"x": nil}} {
			set(other)
			data, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(other)
			f(fmt.Sprintf("%s = %s", at, text), data)
		}
		set(v)
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				visit(fmt.Sprintf("%s/%d", at, i), e, func(x any) { v[i] = x })
			}
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				visit(at+"/"+k, v[k], func(x any) { v[k] = x })
			}
		}
	}
	visit("", root, func(x any) { root = x })
}

// mutantsRead is the share of the mutants that is read, one of so many: all of them take minutes.
// SPECTAP_MUTANTS=1 reads all.
const mutantsRead = 6

// TestWrongTypesInDocuments puts values of all types at all places of documents, and reads a share
// of the documents as all commands do: nothing panics, and errors are one line.
func TestWrongTypesInDocuments(t *testing.T) {
	for name, document := range map[string]string{
		"2.0": mutable2, "3.1": mutable, "3.0": strings.Replace(mutable, `"3.1.0"`, `"3.0.3"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, err := openapi.Load([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			every := mutantsRead
			if os.Getenv("SPECTAP_MUTANTS") == "1" {
				every = 1
			}
			loaded, all, n := 0, 0, 0
			mutants(t, document, func(name string, data []byte) {
				if n++; n%every != 0 {
					return
				}
				all++
				if readAsAllCommands(t, name, data, whole) {
					loaded++
				}
			})
			t.Logf("%d of %d can be read", loaded, all)
			if loaded == 0 || loaded == all {
				t.Error("the mutants test nothing")
			}
		})
	}
}

// readAsAllCommands reports whether a document can be loaded.
func readAsAllCommands(t *testing.T, name string, data []byte, whole *openapi3.T) (loaded bool) {
	step := "load"
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: %s: %v", name, step, p)
		}
	}()
	oneLine := func(err error) {
		if err != nil && (strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 600) {
			t.Errorf("%s: %s: not one line: %q", name, step, err)
		}
	}
	doc, err := openapi.Load(data)
	oneLine(err)
	step = "lint"
	_, lintErr := lint.Check(t.Context(), data, lint.Config{})
	oneLine(lintErr)
	if err != nil {
		return false
	}
	step = "filter"
	_, _, err = filter.Document(data, filter.Config{Methods: []string{"get"}})
	oneLine(err)
	step = "check"
	_, err = check.New(doc, check.Config{})
	oneLine(err)
	step = "page"
	oneLine(page.HTML(io.Discard, doc))
	oneLine(page.Markdown(io.Discard, doc))
	step = "serve"
	set, err := spectools.FromDocument(doc, spectools.Options{BaseURL: "https://h.example"})
	oneLine(err)
	if err == nil {
		set.Close()
	}
	step = "encode"
	oneLine(openapi.Encode(io.Discard, doc, openapi.YAML))
	step = "diff"
	for _, pair := range [][2]*openapi3.T{{whole, doc}, {doc, whole}} {
		_, err = diff.Documents(pair[0], pair[1])
		oneLine(err)
		if err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Errorf("%s: %s: not a clear error: %v", name, step, err)
		}
	}
	if inferred, err := openapi.Load([]byte(mutable)); err == nil {
		step = "merge"
		_, err = merge.Into(data, inferred)
		oneLine(err)
	}
	return true
}
