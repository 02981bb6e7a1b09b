package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi/lint"
)

// TestFindings checks what a document must have for a rule to find something, and what it says.
func TestFindings(t *testing.T) {
	const head = `"openapi":"3.1.0","info":{"title":"t","version":"1"}`
	responses := `"responses":{"200":{"description":"d"}}`
	servers := func(server string) string { return `{` + head + `,"paths":{},"servers":[` + server + `]}` }
	write := func(path, method, operation, security string) string {
		return `{` + head + security + `,"paths":{"` + path + `":{"` + method + `":{` + operation + responses + `}}},
			"components":{"securitySchemes":{"k":{"type":"apiKey","in":"header","name":"k"}}}}`
	}
	components := func(text string) string { return `{` + head + `,"paths":{},"components":{` + text + `}}` }
	paths := func(paths ...string) string {
		var items []string
		for _, p := range paths {
			items = append(items, p+`{`+responses+`}}`)
		}
		return `{` + head + `,"paths":{` + strings.Join(items, ",") + `}}`
	}
	for _, x := range []struct{ name, rule, text, want string }{
		{"a variable", "server-variable-undeclared", servers(`{"url":"https://{h}.example","variables":{"h":{"default":"a"}}}`), ""},
		{"no variable", "server-variable-undeclared", servers(`{"url":"https://h.example"}`), ""},
		{"undeclared", "server-variable-undeclared", servers(`{"url":"https://{h}.example/{v}","variables":{"h":{"default":"a"}}}`), `/servers/0/url "{v}"`},
		{"an open brace", "server-variable-undeclared", servers(`{"url":"https://{h","variables":{"h":{"default":"a"}}}`), `/servers/0/url "{h"`},
		{"no variables", "server-variable-undeclared", servers(`{"url":"https://{h}.example"}`), `/servers/0/url "{h}"`},

		{"query in a path", "path-has-query", paths(`"/a?b=c":{"get":`), "/paths/~1a?b=c"},
		{"fragment in a path", "path-has-query", paths(`"/a#b":{"get":`), "/paths/~1a#b"},
		{"neither", "path-has-query", paths(`"/a":{"get":`), ""},
		{"slash at the end", "path-slash", paths(`"/a":{"get":`, `"/a/":{"get":`), "/paths/~1a~1"},
		{"only with a slash", "path-slash", paths(`"/a/":{"get":`, `"/b":{"get":`), ""},
		{"the root", "path-slash", paths(`"/":{"get":`), ""},

		{"a write of anybody", "write-unsecured", write("/a", "post", `"operationId":"a",`, ""), ""}, // no operation has a scheme
		{"another one is secured", "write-unsecured", paths(`"/a":{"post":`, `"/b":{"get":{"security":[{"k":[]}],`+responses+`},"put":`), "/paths/~1a/post;/paths/~1b/put"},
		{"a read", "write-unsecured", paths(`"/a":{"get":`, `"/b":{"put":{"security":[{"k":[]}],`+responses+`},"get":`), ""},
		{"all are secured", "write-unsecured", write("/a", "post", "", `,"security":[{"k":[]}]`), ""},
		{"open on purpose", "write-unsecured", paths(`"/a":{"post":{"security":[],`+responses+`},"get":`, `"/b":{"put":{"security":[{"k":[]}],`+responses+`},"get":`), ""},
		{"signing in", "write-unsecured", paths(`"/login":{"post":`, `"/b":{"put":{"security":[{"k":[]}],`+responses+`},"get":`), ""},

		{"a tag", "tag-undeclared", write("/a", "get", `"tags":["x","y"],`, `,"tags":[{"name":"x"}]`), "/paths/~1a/get/tags/1 y"},
		{"no tags", "tag-missing", write("/a", "get", "", ""), "/paths/~1a/get"},
		{"a body of a read", "body-on-read", write("/a", "get", `"requestBody":{"content":{}},`, ""), "/paths/~1a/get/requestBody"},
		{"a body of HEAD", "body-on-read", write("/a", "head", `"requestBody":{"content":{}},`, ""), "/paths/~1a/head/requestBody"},
		{"a body of a removal", "body-on-read", write("/a", "delete", `"requestBody":{"content":{}},`, ""), ""},
		{"no id", "operation-id-missing", write("/a", "get", "", ""), "/paths/~1a/get"},

		{"a long name", "value-unknown", write("/a", "get", `"parameters":[{"name":"p","in":"`+strings.Repeat("n", 60)+`"}],`, ""), strings.Repeat("n", 60) + `"`},
		{"a longer name", "value-unknown", write("/a", "get", `"parameters":[{"name":"p","in":"`+strings.Repeat("n", 61)+`"}],`, ""), strings.Repeat("n", 60) + `…"`},
		{"a path parameter that is optional", "value-unknown", `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/{a}":{"get":{"parameters":[{"name":"a","in":"path","type":"string","required":false}],` + responses + `}}}}`, "required must be true, is false"},
		{"no paths", "paths-missing", `{` + head + `}`, "The document has no paths"},
		{"empty paths", "paths-missing", `{` + head + `,"paths":{}}`, ""},
		{"only components", "paths-missing", `{` + head + `,"components":{}}`, ""},
		{"only components in 3.0", "paths-missing", `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"components":{}}`, "The document has no paths"},
		{"only webhooks", "paths-missing", `{` + head + `,"webhooks":{}}`, ""},
		{"an open template", "path-unroutable", paths(`"/a/{b":{"get":`), "/paths { without }"},
		{"a reference to another kind of object", "member-missing", paths(`"/a":{"get":{"parameters":[{"$ref":"#/paths/~1b/get/responses"}],`+responses+`},"put":`, `"/b":{"get":`), "/paths/~1b/get/responses Parameter Object"},
		{"a required member of any", "required-undeclared", components(`"schemas":{"A":{"type":"object","required":["x"]}}`), ""},
		{"a required member of none", "required-undeclared", components(`"schemas":{"A":{"type":"object","required":["x","a"],"properties":{"a":{}}}}`), "/components/schemas/A/required x"},
		{"a header for all", "pattern-unreadable", components(`"headers":{"H":{"schema":{"type":"string","pattern":"["}}}`), "/components/headers/H/schema/pattern"},
		{"three problems", "example-violates-schema", schemaWith(`"a":"","b":"","c":""`), "/c want integer"},
		{"four problems", "example-violates-schema", schemaWith(`"a":"","b":"","c":"","d":""`), "and 1 more"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r, err := lint.Check(t.Context(), []byte(x.text), lint.Config{})
			if err != nil {
				t.Fatalf("%v\n%s", err, x.text)
			}
			var got []string
			for _, f := range r.Findings {
				if f.Rule == x.rule {
					got = append(got, strings.TrimSpace(f.Pointer+" "+f.Message))
				}
			}
			slices.Sort(got)
			var want []string
			if x.want != "" {
				want = strings.Split(x.want, ";")
			}
			if len(got) != len(want) {
				t.Fatalf("got %q, want %q", got, x.want)
			}
			for i, w := range want {
				for _, part := range strings.SplitN(w, " ", 2) {
					if !strings.Contains(got[i], part) {
						t.Errorf("got %q, want %q", got[i], w)
					}
				}
			}
		})
	}
}

// schemaWith returns a document with an example of an object of integers.
func schemaWith(example string) string {
	var list []string
	for _, k := range []string{"a", "b", "c", "d"} {
		list = append(list, fmt.Sprintf(`"%s":{"type":"integer"}`, k))
	}
	return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"A":{"type":"object","properties":{` +
		strings.Join(list, ",") + `},"example":{` + example + `}}}}}`
}

// TestPlaces2 checks the places of findings about parameters and bodies in documents of version
// 2.0, whose indexes differ from those of the document that they are converted to.
func TestPlaces2(t *testing.T) {
	const text = `{"swagger":"2.0","info":{"title":"t","version":"1"},"consumes":["application/json"],
	"parameters":{"P":{"name":"p","in":"query","type":"string","pattern":"["},"B":{"name":"b","in":"body","schema":{"type":"string","pattern":"[b"}}},
	"responses":{"R":{"description":"d","schema":{"type":"string","pattern":"*"}}},
	"paths":{"/a":{"parameters":[{"name":"x","in":"header","type":"string"},{"name":"s","in":"query","type":"string","pattern":"("}],
		"get":{"parameters":[{"name":"q","in":"query","type":"string"},{"name":"r","in":"header","type":"array","items":{"type":"string","pattern":")"}}],"responses":{"200":{"description":"d"}}},
		"post":{"parameters":[{"name":"q","in":"query","type":"string"},{"name":"b","in":"body","schema":{"type":"string","pattern":"+"}}],"responses":{"200":{"description":"d"}}},
		"put":{"parameters":[{"$ref":"#/parameters/B"}],"responses":{"200":{"description":"d"}}}}}}`
	r, err := lint.Check(t.Context(), []byte(text), lint.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if f.Rule == "pattern-unreadable" {
			got = append(got, f.Pointer)
		}
	}
	slices.Sort(got)
	want := []string{
		"/parameters/B/schema/pattern", "/parameters/P/pattern", "/paths/~1a/get/parameters/1/items/pattern", "/paths/~1a/parameters/1/pattern",
		"/paths/~1a/post/parameters/1/schema/pattern", "/responses/R/schema/pattern",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOperationOfMistakes checks that a mistake names the operation that it is in.
func TestOperationOfMistakes(t *testing.T) {
	for place, x := range map[string]struct{ text, want string }{
		"/paths/~1a~1{b}/get":        {`"/a/{b}":{"get":{"operationId":"o"}}`, "GET /a/{b} o"},
		"/paths/~1a~1{b}/get/nope":   {`"/a/{b}":{"get":{"operationId":"o","nope":1,"responses":{}}}`, "GET /a/{b} o"},
		"/paths/~1a~0b/nope":         {`"/a~b":{"nope":1}`, " /a~b "},
		"/paths/~1a/parameters/0/in": {`"/a":{"parameters":[{"name":"p","in":"x","schema":{}}]}`, " /a "},
		"/components/schemas/A/type": {`},"components":{"schemas":{"A":{"type":1}}`, "  "},
	} {
		r, err := lint.Check(t.Context(), []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{`+x.text+`}}`), lint.Config{ErrorsOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.Findings, func(f lint.Finding) bool { return f.Pointer == place })
		if i < 0 {
			t.Errorf("nothing at %s: %+v", place, r.Findings)
			continue
		}
		if f := r.Findings[i]; f.Method+" "+f.Path+" "+f.Operation != x.want {
			t.Errorf("%s: %+v", place, f)
		}
	}
}
