package merge_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/merge"
)

// documentOf returns a document whose GET /a answers with a schema.
func documentOf(version, schema string) string {
	return fmt.Sprintf(`{"openapi":"%s","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"d",
		"content":{"application/json":{"schema":%s}}}}}}},"components":{"schemas":{"B":{"type":"object","properties":{"n":{"type":"integer"}}}}}}`, version, schema)
}

func mergeTexts(t *testing.T, old, inferred string) (map[string]any, []merge.Unplaced) {
	t.Helper()
	doc, err := openapi.Load([]byte(inferred))
	if err != nil {
		t.Fatal(err)
	}
	r, err := merge.Merge([]byte(old), doc)
	if err != nil {
		t.Fatal(err)
	}
	v, err := openapi.Parse(r.Text)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Text)
	}
	return v.(map[string]any), r.Unplaced
}

// at follows the members of objects.
func at(v any, keys ...string) any {
	for _, k := range keys {
		o, _ := v.(map[string]any)
		v = o[k]
	}
	return v
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestMergeSchemas checks what becomes of a schema that people wrote, and what is listed as
// unplaced.
func TestMergeSchemas(t *testing.T) {
	const v30, v31 = "3.0.3", "3.1.0"
	for _, x := range []struct{ name, version, old, inferred, want, unplaced string }{
		// fractions
		{"fraction", v31, `{"type":"integer"}`, `{"type":"number"}`, `{"type":"number"}`, ""},
		{"fraction, 32 bits", v31, `{"type":"integer","format":"int32"}`, `{"type":"number"}`, `{"format":"double","type":"number"}`, ""},
		{"fraction, 64 bits", v31, `{"type":"integer","format":"int64"}`, `{"type":"number"}`, `{"format":"double","type":"number"}`, ""},
		{"fraction, another format", v31, `{"type":"integer","format":"unix-time"}`, `{"type":"number"}`, `{"format":"unix-time","type":"number"}`, ""},
		{"fraction, several types", v31, `{"type":["string","integer"]}`, `{"type":"number"}`, `{"type":["string","number"]}`, ""},
		{"fraction, another type", v31, `{"type":"string","format":"int64"}`, `{"type":"number"}`, `{"format":"int64","type":"string"}`,
			"type number: the schema has type string"},
		{"fraction, other types", v31, `{"type":["string","boolean"]}`, `{"type":"number"}`, `{"type":["string","boolean"]}`,
			"type number: the schema has type string, boolean"},
		{"no fraction", v31, `{"type":"number","format":"int32"}`, `{"type":"number"}`, `{"format":"int32","type":"number"}`, ""},
		{"whole numbers", v31, `{"type":"number"}`, `{"type":"integer"}`, `{"type":"number"}`, ""},
		// enums
		{"values", v31, `{"type":"string","enum":["a"]}`, `{"type":"string","enum":["a","b"]}`, `{"enum":["a","b"],"type":"string"}`, ""},
		{"a value", v31, `{"type":"string","enum":["a"]}`, `{"type":"string","const":"b"}`, `{"enum":["a","b"],"type":"string"}`, ""},
		{"the same text of another type", v31, `{"enum":["1"]}`, `{"enum":[1]}`, `{"enum":["1",1]}`, ""},
		{"const and another", v31, `{"type":"string","const":"a"}`, `{"type":"string","const":"b"}`, `{"enum":["a","b"],"type":"string"}`, ""},
		{"const and the same", v31, `{"type":"string","const":"a"}`, `{"type":"string","const":"a"}`, `{"const":"a","type":"string"}`, ""},
		{"const and any", v31, `{"type":"string","const":"a"}`, `{"type":"string"}`, `{"const":"a","type":"string"}`, ""},
		{"any and an enum", v31, `{"type":"string"}`, `{"type":"string","enum":["a"]}`, `{"type":"string"}`, ""},
		// null
		{"null", v31, `{"type":"string"}`, `{"type":["string","null"]}`, `{"type":["string","null"]}`, ""},
		{"null and an enum", v31, `{"type":"string","enum":["a"]}`, `{"type":["string","null"]}`, `{"enum":["a",null],"type":["string","null"]}`, ""},
		{"null in a list of types", v31, `{"type":["string","integer"],"enum":["a",1]}`, `{"type":["string","null"]}`, `{"enum":["a",1,null],"type":["string","integer","null"]}`, ""},
		{"null and const", v31, `{"type":"string","const":"a"}`, `{"type":["string","null"]}`, `{"const":"a","type":"string"}`, ""},
		{"null in anyOf", v31, `{"anyOf":[{"type":"string"},{"type":"integer"}]}`, `{"type":["string","null"]}`,
			`{"anyOf":[{"type":"string"},{"type":"integer"},{"type":"null"}]}`, ""},
		{"null in oneOf", v31, `{"oneOf":[{"type":"string"},{"type":"integer"}]}`, `{"type":["string","null"]}`,
			`{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"null"}]}`, ""},
		{"null there already", v31, `{"oneOf":[{"type":"string"},{"type":"null"}]}`, `{"type":["string","null"]}`, `{"oneOf":[{"type":"string"},{"type":"null"}]}`, ""},
		{"null of a reference", v31, `{"$ref":"#/components/schemas/B"}`, `{"type":["object","null"]}`, `{"anyOf":[{"$ref":"#/components/schemas/B"},{"type":"null"}]}`, ""},
		{"null, 3.0", v30, `{"type":"string","enum":["a"]}`, `{"type":"string","nullable":true}`, `{"enum":["a",null],"nullable":true,"type":"string"}`, ""},
		{"null not allowed before, 3.0", v30, `{"type":"string","nullable":false}`, `{"type":"string","nullable":true}`, `{"nullable":true,"type":"string"}`, ""},
		{"null listed already, 3.0", v30, `{"type":"string","enum":["a",null],"nullable":true}`, `{"type":"string","nullable":true}`,
			`{"enum":["a",null],"nullable":true,"type":"string"}`, ""},
		{"null of a reference, 3.0", v30, `{"$ref":"#/components/schemas/B"}`, `{"type":"object","nullable":true}`,
			`{"allOf":[{"$ref":"#/components/schemas/B"}],"nullable":true}`, ""},
		{"anything", v31, `{}`, `{"type":["string","null"]}`, `{"type":["string","null"]}`, ""},
		{"any schema", v31, `true`, `{"type":["string","null"]}`, `true`, ""},
		// members and elements
		{"a property", v31, `{"type":"object"}`, `{"type":"object","properties":{"a":{"type":"string"}}}`, `{"properties":{"a":{"type":"string"}},"type":"object"}`, ""},
		{"properties beside one that is called $ref", v31, `{"type":"object","properties":{"$ref":{"type":"integer"}}}`,
			`{"type":"object","properties":{"$ref":{"type":"number"},"a":{"type":"string"}}}`, `{"properties":{"$ref":{"type":"number"},"a":{"type":"string"}},"type":"object"}`, ""},
		{"properties that are called $ref and mapping", v31, `{"type":"object","properties":{}}`,
			`{"type":"object","properties":{"$ref":{"type":"integer"},"mapping":{"type":"string"},"security":{"type":"null"},"z":{"type":"string"}}}`,
			`{"properties":{"$ref":{"type":"integer"},"mapping":{"type":"string"},"security":{"type":"null"},"z":{"type":"string"}},"type":"object"}`, ""},
		{"a property of no type", v31, `{"description":"d"}`, `{"properties":{"a":{"type":"string"}}}`, `{"description":"d","properties":{"a":{"type":"string"}}}`, ""},
		{"a property of an enum", v31, `{"enum":[1]}`, `{"properties":{"a":{"type":"string"}}}`, `{"enum":[1]}`, "property a: the schema is no object: it has enum"},
		{"a property of a part", v31, `{"allOf":[{"$ref":"#/components/schemas/B"},{"type":"object"}]}`, `{"type":"object","properties":{"n":{"type":"number"},"m":{}}}`,
			`{"allOf":[{"$ref":"#/components/schemas/B"},{"type":"object"}],"properties":{"m":{}}}`, ""},
		{"a property of the last part", v31, `{"allOf":[{"type":"object"},{"$ref":"#/components/schemas/B"}]}`,
			`{"type":"object","properties":{"n":{"type":"number"}}}`,
			`{"allOf":[{"type":"object"},{"$ref":"#/components/schemas/B"}]}`, ""},
		{"a property of an object that is a map as well", v31, `{"type":"object","properties":{"b":{}},"additionalProperties":{"type":"integer"}}`,
			`{"type":"object","properties":{"a":{"type":"number"}}}`,
			`{"additionalProperties":{"type":"integer"},"properties":{"a":{"type":"number"},"b":{}},"type":"object"}`, ""},
		{"a property of a map", v31, `{"type":"object","additionalProperties":{"type":"integer"}}`, `{"type":"object","properties":{"a":{"type":"number"}}}`,
			`{"additionalProperties":{"type":"number"},"type":"object"}`, ""},
		{"values of a map", v31, `{"type":"object","additionalProperties":{"type":"integer"}}`, `{"type":"object","additionalProperties":{"type":"number"}}`,
			`{"additionalProperties":{"type":"number"},"type":"object"}`, ""},
		{"a closed object", v31, `{"type":"object","additionalProperties":false}`, `{"type":"object","additionalProperties":{"type":"number"}}`,
			`{"additionalProperties":false,"type":"object"}`, "further properties: additionalProperties is false"},
		{"an open object", v31, `{"type":"object","additionalProperties":true}`, `{"type":"object","additionalProperties":{"type":"number"}}`,
			`{"additionalProperties":true,"type":"object"}`, ""},
		{"elements", v31, `{"type":"array"}`, `{"type":"array","items":{"type":"string"}}`, `{"items":{"type":"string"},"type":"array"}`, ""},
		{"elements of no type", v31, `{"items":{"type":"integer"}}`, `{"type":"array","items":{"type":"number"}}`, `{"items":{"type":"number"}}`, ""},
		// contradictions
		{"another type", v31, `{"type":"string"}`, `{"type":"object","properties":{"a":{}}}`, `{"type":"string"}`, "type object: the schema has type string"},
		{"one more type", v31, `{"type":"string"}`, `{"type":["string","integer"]}`, `{"type":"string"}`, "type integer: the schema has type string"},
		// alternatives
		{"an alternative", v31, `{"oneOf":[{"type":"string"},{"type":"integer"}]}`, `{"oneOf":[{"type":"number"},{"type":"string"},{"type":"boolean"}]}`,
			`{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"number"},{"type":"boolean"}]}`, ""},
		{"an alternative of the same type", v31, `{"oneOf":[{"type":"integer"},{"type":"string","enum":["a"]}]}`,
			`{"oneOf":[{"type":"string","enum":["b"]},{"type":"number"}]}`,
			`{"oneOf":[{"type":"integer"},{"enum":["a","b"],"type":"string"},{"type":"number"}]}`, ""},
		{"an alternative of no type", v31, `{"oneOf":[{"description":"d"},{"type":"string"}]}`, `{"oneOf":[{"enum":["b"]}]}`,
			`{"oneOf":[{"description":"d"},{"type":"string"},{"enum":["b"]}]}`, ""},
		{"a reference among alternatives", v31, `{"oneOf":[{"type":"object"},{"$ref":"#/components/schemas/B"}]}`, `{"oneOf":[{"$ref":"#/components/schemas/B"}]}`,
			`{"oneOf":[{"type":"object"},{"$ref":"#/components/schemas/B"}]}`, ""},
		{"a value of a discriminator", v31, `{"oneOf":[{"$ref":"#/components/schemas/B"}],"discriminator":{"propertyName":"k"}}`,
			`{"oneOf":[{"$ref":"#/components/schemas/B"}],"discriminator":{"propertyName":"k","mapping":{"b":"#/components/schemas/B"}}}`,
			`{"discriminator":{"mapping":{"b":"#/components/schemas/B"},"propertyName":"k"},"oneOf":[{"$ref":"#/components/schemas/B"}]}`, ""},
		{"another discriminator", v31, `{"oneOf":[{"$ref":"#/components/schemas/B"}],"discriminator":{"propertyName":"k"}}`,
			`{"oneOf":[{"$ref":"#/components/schemas/B"}],"discriminator":{"propertyName":"l","mapping":{"b":"#/components/schemas/B"}}}`,
			`{"discriminator":{"propertyName":"k"},"oneOf":[{"$ref":"#/components/schemas/B"}]}`, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, unplaced := mergeTexts(t, documentOf(x.version, x.old), documentOf(x.version, x.inferred))
			s := at(got, "paths", "/a", "get", "responses", "200", "content", "application/json", "schema")
			if g := jsonOf(s); g != x.want {
				t.Errorf("got  %s\nwant %s", g, x.want)
			}
			var list []string
			for _, u := range unplaced {
				list = append(list, u.What+": "+u.Reason)
			}
			if text := strings.Join(list, "; "); text != x.unplaced {
				t.Errorf("unplaced %q, want %q", text, x.unplaced)
			}
		})
	}
}

// TestMergeOperations checks how operations, parameters, responses and servers that traffic shows
// are added to what people wrote.
func TestMergeOperations(t *testing.T) {
	const item = `{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"get":{"responses":{"200":{"description":"d"}}}}`
	for _, x := range []struct {
		name          string
		old, inferred string // paths
		keys          string // of the place to look at
		want          string
	}{
		{"shared parameter", `{"/a/{id}":` + item + `}`,
			`{"/a/{id}":{"put":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"204":{"description":"d"}}}}}`,
			"/a/{id} put", `{"responses":{"204":{"description":"d"}}}`},
		{"shared parameter and another", `{"/a/{id}":` + item + `}`,
			`{"/a/{id}":{"put":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"id","in":"query"}],"responses":{}}}}`,
			"/a/{id} put parameters", `[{"in":"query","name":"id"}]`},
		{"parameter that is not shared", `{"/a/{id}":{"get":{"responses":{}}}}`,
			`{"/a/{id}":{"put":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{}}}}`,
			"/a/{id} put parameters", `[{"in":"path","name":"id","required":true,"schema":{"type":"string"}}]`},
		{"header in capitals", `{"/a":{"get":{"parameters":[{"name":"X-A","in":"header","schema":{"type":"integer"}}],"responses":{}}}}`,
			`{"/a":{"get":{"parameters":[{"name":"x-a","in":"header","schema":{"type":"number"}}],"responses":{}}}}`,
			"/a get parameters", `[{"in":"header","name":"X-A","schema":{"type":"number"}}]`},
		{"query in capitals", `{"/a":{"get":{"parameters":[{"name":"A","in":"query"}],"responses":{}}}}`,
			`{"/a":{"get":{"parameters":[{"name":"a","in":"query"}],"responses":{}}}}`,
			"/a get parameters", `[{"in":"query","name":"A"},{"in":"query","name":"a"}]`},
		{"response of a range", `{"/a":{"get":{"responses":{"2XX":{"description":"d"}}}}}`,
			`{"/a":{"get":{"responses":{"200":{"description":"e","headers":{"X":{"schema":{"type":"string"}}}},"404":{"description":"n"}}}}}`,
			"/a get responses", `{"2XX":{"description":"d","headers":{"X":{"schema":{"type":"string"}}}},"404":{"description":"n"}}`},
		{"response header in capitals", `{"/a":{"get":{"responses":{"200":{"description":"d","headers":{"x-a":{}}}}}}}`,
			`{"/a":{"get":{"responses":{"200":{"description":"e","headers":{"X-A":{"schema":{"type":"string"}}}}}}}}`,
			"/a get responses 200", `{"description":"d","headers":{"x-a":{}}}`},
		{"media type with parameters", `{"/a":{"get":{"responses":{"200":{"description":"d","content":{"Application/JSON; charset=utf-8":{"schema":{"type":"integer"}}}}}}}}`,
			`{"/a":{"get":{"responses":{"200":{"description":"d","content":{"application/json":{"schema":{"type":"number"}},"text/csv":{}}}}}}}`,
			"/a get responses 200 content", `{"Application/JSON; charset=utf-8":{"schema":{"type":"number"}},"text/csv":{}}`},
		{"operationId that is taken", `{"/a":{"get":{"operationId":"x","responses":{}},"put":{"operationId":"x2","responses":{}}}}`,
			`{"/b":{"get":{"operationId":"x","responses":{}}}}`, "/b get operationId", `"x3"`},
		{"request body", `{"/a":{"post":{"responses":{}}}}`,
			`{"/a":{"post":{"summary":"s","requestBody":{"content":{"text/csv":{}}},"responses":{}}}}`,
			"/a post", `{"requestBody":{"content":{"text/csv":{}}},"responses":{},"summary":"s"}`},
		{"summary that people wrote", `{"/a":{"post":{"summary":"mine","responses":{}}}}`, `{"/a":{"post":{"summary":"s","responses":{}}}}`, "/a post summary", `"mine"`},
	} {
		t.Run(x.name, func(t *testing.T) {
			document := func(paths string) string {
				return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":` + paths + `}`
			}
			got, _ := mergeTexts(t, document(x.old), document(x.inferred))
			if g := jsonOf(at(got["paths"], strings.Fields(x.keys)...)); g != x.want {
				t.Errorf("got  %s\nwant %s", g, x.want)
			}
		})
	}
}

// TestMergeServers gives paths of another server their own servers, and adds security schemes under
// names that are free.
func TestMergeServers(t *testing.T) {
	document := func(server, path, scheme string) string {
		return fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://a.example%s"}],"paths":{"%s":{"get":{"responses":{}}}},
			"tags":[{"name":"%s"}],"components":{"securitySchemes":{"auth":%s}}}`, server, path, server, scheme)
	}
	const key = `{"type":"apiKey","in":"header","name":"X-Key"}`
	got, _ := mergeTexts(t, document("/v1", "/x", key), document("/v2", "/y", `{"type":"http","scheme":"bearer"}`))
	if g := jsonOf(at(got, "paths", "/y", "get", "servers")); g != `[{"url":"https://a.example/v2"}]` {
		t.Errorf("servers %s in %s", g, jsonOf(got["paths"]))
	}
	if g := jsonOf(got["servers"]) + jsonOf(got["tags"]); g != `[{"url":"https://a.example/v1"}][{"name":"/v1"},{"name":"/v2"}]` {
		t.Error(g)
	}
	if g := jsonOf(at(got, "components", "securitySchemes")); g != `{"auth":`+jsonOf(map[string]any{"type": "apiKey", "in": "header", "name": "X-Key"})+`,"auth2":{"scheme":"bearer","type":"http"}}` {
		t.Error(g)
	}
	got, _ = mergeTexts(t, document("", "/v2/y", key), document("/v2", "/y", `{"type":"apiKey","in":"header","name":"x-key"}`))
	if g := jsonOf(got["paths"]); g != `{"/v2/y":{"get":{"responses":{}}}}` {
		t.Errorf("a path below the server: %s", g)
	}
	above, _ := mergeTexts(t, document("/v1", "/x", key), document("", "/v1/y", key))
	if g := jsonOf(above["paths"]); g != `{"/x":{"get":{"responses":{}}},"/y":{"get":{"responses":{}}}}` {
		t.Errorf("a path of a server above: %s", g)
	}
	beside, _ := mergeTexts(t, document("/v1", "/x", key), document("", "/v10/y", key))
	if g := jsonOf(at(beside, "paths", "/v10/y", "get", "servers")); g != `[{"url":"https://a.example"}]` {
		t.Errorf("a path beside the server's: %s in %s", g, jsonOf(beside["paths"]))
	}
	if g, _ := at(got, "components", "securitySchemes").(map[string]any); len(g) != 1 {
		t.Errorf("the same scheme: %v", g)
	}
}

// TestMergeRefuses says why two documents cannot be merged.
func TestMergeRefuses(t *testing.T) {
	doc, err := openapi.Load([]byte(documentOf("3.1.0", "{}")))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{}}`:   "it is 2.0; only 3.0 and 3.1 can be merged into",
		`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`: "it is 3.0, what was inferred is 3.1",
		`{}`:                               "",
		"openapi: 3.1.0\npaths: &a [*a]\n": "",
	} {
		if r, err := merge.Merge([]byte(text), doc); err == nil || !strings.Contains(err.Error(), want) || r.Text != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
