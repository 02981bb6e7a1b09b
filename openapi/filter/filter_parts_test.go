package filter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/filter"
)

// TestWhatStays checks what is removed with an operation, and what stays.
func TestWhatStays(t *testing.T) {
	const a, b = `"/a":{"get":{"operationId":"a","responses":{"200":{"description":"d"}}}}`, `"/b":{"get":{"operationId":"b","responses":{"200":{"description":"d"}}}}`
	three := func(paths, rest string) string {
		return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{` + paths + `}` + rest + `}`
	}
	links := func(links string) string {
		return strings.Replace(a, `"description":"d"`, `"description":"d","links":{`+links+`}`, 1)
	}
	two := `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"#/parameters/P"}],"security":[{"k":[]}],
		"responses":{"200":{"$ref":"#/responses/R"}}}},"/b":{"get":{"operationId":"b","responses":{"200":{"description":"d","schema":{"$ref":"#/definitions/E"}}}}}},
		"parameters":{"P":{"name":"p","in":"query","type":"string"},"Q":{"name":"q","in":"query","type":"string"}},
		"responses":{"R":{"description":"d","schema":{"$ref":"#/definitions/D"}},"S":{"description":"d"}},"definitions":{"D":{"type":"object"},"E":{"type":"object"}},
		"securityDefinitions":{"k":{"type":"basic"},"l":{"type":"basic"}}}`
	for _, x := range []struct {
		name, text string
		c          filter.Config
		keys       []string // of the place to look at
		want       string
	}{
		{"extension of paths", three(`"x-p":{"get":{}},`+b+`,`+a, ""), filter.Config{IDs: []string{"a"}}, []string{"paths", "x-p"}, `{"get":{}}`},
		{"path without operations", three(`"/n":{"summary":"s"},`+b+`,`+a, ""), filter.Config{IDs: []string{"a"}}, []string{"paths", "/n"}, `{"summary":"s"}`},
		{"path whose operations are gone", three(a+`,`+b, ""), filter.Config{IDs: []string{"a"}}, []string{"paths", "/b"}, `null`},
		{"links", three(links(`"b":{"operationId":"b"},"a":{"operationId":"a"}`)+`,`+b, ""), filter.Config{IDs: []string{"a"}}, []string{"paths", "/a", "get", "responses", "200", "links"},
			`{"a":{"operationId":"a"}}`},
		{"links by reference", three(links(`"b":{"operationRef":"#/paths/~1b/get"},"a":{"operationRef":"#/paths/~1a/get"},"o":{"operationRef":"https://o.example/#/x"}`)+`,`+b, ""), filter.Config{IDs: []string{"a"}},
			[]string{"paths", "/a", "get", "responses", "200", "links"}, `{"a":{"operationRef":"#/paths/~1a/get"},"o":{"operationRef":"https://o.example/#/x"}}`},
		{"all links", three(links(`"b":{"operationId":"b"}`)+`,`+b, ""), filter.Config{IDs: []string{"a"}}, []string{"paths", "/a", "get", "responses", "200"}, `{"description":"d"}`},
		{"tags", three(strings.Replace(a, `"operationId"`, `"tags":["x"],"operationId"`, 1)+`,`+strings.Replace(b, `"operationId"`, `"tags":["y"],"operationId"`, 1), `,"tags":[{"name":"x"},{"name":"y"}]`),
			filter.Config{Tags: []string{"x"}}, []string{"tags"}, `[{"name":"x"}]`},
		{"schemes", three(strings.Replace(a, `"operationId"`, `"security":[{"k":[]},{"l":[]}],"operationId"`, 1)+`,`+b,
			`,"components":{"securitySchemes":{"k":{"type":"http","scheme":"basic"},"l":{"type":"http","scheme":"bearer"},"m":{"type":"http","scheme":"digest"}}}`),
			filter.Config{IDs: []string{"a"}}, []string{"components", "securitySchemes"}, `{"k":{"scheme":"basic","type":"http"},"l":{"scheme":"bearer","type":"http"}}`},
		{"a part of a component", three(strings.Replace(a, `"description":"d"`, `"description":"d","content":{"a/b":{"schema":{"$ref":"#/components/schemas/S/properties/p"}}}`, 1)+`,`+b,
			`,"components":{"schemas":{"S":{"properties":{"p":{},"q":{"$ref":"#/components/schemas/T"}}},"T":{},"U":{}},"x-e":{"f":1}}`), filter.Config{IDs: []string{"a"}}, []string{"components"},
			`{"schemas":{"S":{"properties":{"p":{},"q":{"$ref":"#/components/schemas/T"}}},"T":{}},"x-e":{"f":1}}`},
		{"a component with a slash", three(strings.Replace(a, `"description":"d"`, `"description":"d","content":{"a/b":{"schema":{"$ref":"#/components/schemas/a~1b"}}}`, 1), `,"components":{"schemas":{"a/b":{},"a":{}}}`),
			filter.Config{}, []string{"components"}, `{"schemas":{"a/b":{}}}`},
		{"parameters of 2.0", two, filter.Config{IDs: []string{"a"}}, []string{"parameters"}, `{"P":{"in":"query","name":"p","type":"string"}}`},
		{"responses of 2.0", two, filter.Config{IDs: []string{"a"}}, []string{"responses"}, `{"R":{"description":"d","schema":{"$ref":"#/definitions/D"}}}`},
		{"definitions of 2.0", two, filter.Config{IDs: []string{"a"}}, []string{"definitions"}, `{"D":{"type":"object"}}`},
		{"schemes of 2.0", two, filter.Config{IDs: []string{"a"}}, []string{"securityDefinitions"}, `{"k":{"type":"basic"}}`},
		{"nothing of 2.0", two, filter.Config{IDs: []string{"b"}}, []string{"parameters"}, `null`},
	} {
		t.Run(x.name, func(t *testing.T) {
			out, _, err := filter.Document([]byte(x.text), x.c)
			if err != nil {
				t.Fatal(err)
			}
			v, err := openapi.Parse(out)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range x.keys {
				o, _ := v.(map[string]any)
				v = o[k]
			}
			got, err := json.Marshal(v)
			if err != nil || string(got) != x.want {
				t.Errorf("got %s, %v, want %s", got, err, x.want)
			}
		})
	}
}

// TestUnknown says which ID or tag is unknown, and which there are.
func TestUnknown(t *testing.T) {
	for name, x := range map[string]struct {
		c     filter.Config
		text  string
		known []string
	}{
		"id":  {filter.Config{IDs: []string{"getA", "getC"}}, `no operation is called "getC"`, []string{"getA", "getB", "postA"}},
		"tag": {filter.Config{Tags: []string{"a", "c"}}, `no operation has the tag "c"; the tags are a, b`, []string{"a", "b"}},
	} {
		_, _, err := filter.Document([]byte(filterable), x.c)
		var unknown *filter.UnknownError
		if !errors.As(err, &unknown) || err.Error() != x.text || !slices.Equal(unknown.Known, x.known) || !strings.HasSuffix(strings.ToLower(unknown.Name), "c") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := filter.Document([]byte("openapi: 3.1.0\npaths: ["), filter.Config{}); err == nil {
		t.Error("no document is filtered")
	}
}

// TestTagList lists the first 50 tags.
func TestTagList(t *testing.T) {
	tags := func(n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprint("t", i))
		}
		return out
	}
	for n, want := range map[int]string{0: "the document has no tags", 1: "the tags are t0", 50: ", t49", 51: ", t49 and 1 more", 60: ", t49 and 10 more"} {
		if got := filter.TagList(tags(n)); !strings.HasSuffix(got, want) {
			t.Errorf("%d tags: %s", n, got)
		}
	}
}
