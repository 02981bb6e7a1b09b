package merge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/merge"
)

func mergeTexts(t *testing.T, old, inferred string) (map[string]any, []merge.Unplaced) {
	t.Helper()
	doc := openapitest.Must(openapi.Load([]byte(inferred)))
	r := openapitest.Must(merge.Merge([]byte(old), doc, nil))
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
