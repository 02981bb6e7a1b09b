package diff

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// reload returns a document as [openapi.Load] reads it.
func reload(t *rapid.T, text []byte) *openapi3.T {
	doc, err := openapi.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestSplitLaw compares random documents, and variants of one that have some of its paths, with
// what oasdiff finds in the whole documents.
func TestSplitLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var texts [2][]byte
		doc, err := build.Document(openapitest.Document(t), build.Options{})
		if err != nil {
			t.Skip(err)
		}
		texts[0], texts[1] = openapitest.Encode(t, doc, openapi.JSON), openapitest.Encode(t, doc, openapi.JSON)
		if rapid.Bool().Draw(t, "two documents") {
			other, err := build.Document(openapitest.Document(t), build.Options{})
			if err != nil {
				t.Skip(err)
			}
			texts[1] = openapitest.Encode(t, other, openapi.JSON)
		}
		var docs, whole [2]*openapi3.T
		for i := range texts {
			docs[i], whole[i] = reload(t, texts[i]), reload(t, texts[i])
			for _, path := range slices.Sorted(func(yield func(string) bool) {
				for p := range docs[i].Paths.Map() {
					yield(p)
				}
			}) {
				if rapid.IntRange(0, 3).Draw(t, "without "+path) == 0 {
					docs[i].Paths.Delete(path)
					whole[i].Paths.Delete(path)
				}
			}
			if err := flatten(whole[i], ofPerson.steps); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Documents(docs[0], docs[1])
		if err != nil {
			t.Fatal(err)
		}
		want, err := compare(t.Context(), diff.NewConfig(), whole, &ofPerson)
		if err != nil {
			t.Fatal(err)
		}
		if want = sorted(want); !slices.Equal(got, want) {
			t.Fatalf("%d changes:\n%v\nwant %d:\n%v", len(got), got, len(want), want)
		}
	})
}

// TestPairs compares the count of pairs of alternatives with that of the text.
func TestPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc, err := build.Document(openapitest.Document(t), build.Options{})
		if err != nil {
			t.Skip(err)
		}
		text := openapitest.Encode(t, doc, openapi.JSON)
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		if got, want := pairs(reload(t, text)), pairsOfText(v); got != want {
			t.Fatalf("%d pairs, want %d:\n%s", got, want, text)
		}
	})
}

// pairsOfText counts the pairs of alternatives below a value of JSON. Those within alternatives
// count for each pair of these.
func pairsOfText(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if list, ok := x.([]any); ok && (name == "anyOf" || name == "oneOf" || name == "allOf") {
				n += len(list) * (len(list) + pairsOfText(x))
				continue
			}
			n += pairsOfText(x)
		}
	case []any:
		for _, x := range v {
			n += pairsOfText(x)
		}
	}
	return n
}

// TestPairsInEveryPlace counts alternatives wherever a document may have a schema.
func TestPairsInEveryPlace(t *testing.T) {
	const three = `{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"boolean"}]}`
	const ok = `"responses":{"200":{"description":"ok"}}`
	media := `{"application/json":{"schema":` + three + `}}`
	parameter := `{"name":"p","in":"query","schema":` + three + `}`
	operation := `{"requestBody":{"content":` + media + `},` + ok + `}`
	callback := `{"{$request.query.u}":{"post":` + operation + `}}`
	header := `{"X-A":{"schema":` + three + `}}`
	places := map[string]string{ // members of the document beside its paths
		"component schema":    `"components":{"schemas":{"A":` + three + `}}`,
		"component header":    `"components":{"headers":` + header + `}`,
		"component callback":  `"components":{"callbacks":{"c":` + callback + `}}`,
		"component parameter": `"components":{"parameters":{"p":` + parameter + `}}`,
		"component body":      `"components":{"requestBodies":{"b":{"content":` + media + `}}}`,
		"component response":  `"components":{"responses":{"r":{"description":"r","content":` + media + `}}}`,
		"webhook":             `"webhooks":{"w":{"post":` + operation + `}}`,
	}
	paths := map[string]string{ // members of a path
		"parameter of a path":         `"parameters":[` + parameter + `],"get":{` + ok + `}`,
		"parameter of an operation":   `"get":{"parameters":[` + parameter + `],` + ok + `}`,
		"parameter with a media type": `"get":{"parameters":[{"name":"p","in":"query","content":` + media + `}],` + ok + `}`,
		"request":                     `"post":` + operation,
		"response":                    `"get":{"responses":{"200":{"description":"ok","content":` + media + `}}}`,
		"items":                       `"get":{"responses":{"200":{"description":"ok","content":{"application/jsonl":{"itemSchema":` + three + `}}}}}`,
		"header":                      `"get":{"responses":{"200":{"description":"ok","headers":` + header + `}}}`,
		"callback":                    `"get":{"callbacks":{"c":` + callback + `},` + ok + `}`,
	}
	for _, keyword := range []string{
		"items", "not", "contains", "propertyNames", "if", "then", "else", "contentSchema", "additionalProperties", "unevaluatedItems",
		"unevaluatedProperties",
	} {
		places[keyword] = `"components":{"schemas":{"A":{"` + keyword + `":` + three + `}}}`
	}
	for _, keyword := range []string{"properties", "patternProperties", "dependentSchemas", "$defs"} {
		places[keyword] = `"components":{"schemas":{"A":{"` + keyword + `":{"a":` + three + `}}}}`
	}
	places["prefixItems"] = `"components":{"schemas":{"A":{"prefixItems":[` + three + `]}}}`
	for name, members := range paths {
		places[name] = `"paths":{"/a":{` + members + `}}`
	}
	for name, members := range places {
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},` + members + `}`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := pairs(doc); got != 9 {
			t.Errorf("%s: %d pairs, want 9", name, got)
		}
	}
}

// BenchmarkPaths compares documents that have many paths, few of them in common.
func BenchmarkPaths(b *testing.B) {
	document := func(prefix string, n int) *openapi3.T {
		doc := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "t", Version: "1"}, Paths: new(openapi3.Paths)}
		for i := range n {
			path := prefix + "/{a}/things/" + string(rune('a'+i%26)) + "/{b}/" + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
			doc.Paths.Set(path, &openapi3.PathItem{Get: &openapi3.Operation{Responses: openapi3.NewResponses()}})
		}
		return doc
	}
	for b.Loop() {
		if _, err := Documents(document("/vendor", 2000), document("/captured", 200)); err != nil {
			b.Fatal(err)
		}
	}
}
