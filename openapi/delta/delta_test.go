package delta

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// document returns a document with these paths and this title.
func document(t *testing.T, title, paths, schemas string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(fmt.Sprintf(
		`{"openapi":"3.0.3","info":{"title":%q,"version":"1"},"paths":{%s},"components":{"schemas":{%s}}}`, title, paths, schemas)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestBetween(t *testing.T) {
	const get = `"get":{"responses":{"200":{"description":""}}}`
	const post = `"post":{"responses":{"201":{"description":""}}}`
	one := document(t, "a", `"/x":{`+get+`}`, "")
	for _, tt := range []struct {
		name          string
		before, after *openapi3.T
		want          string
	}{
		{"equal", one, document(t, "a", `"/x":{`+get+`}`, ""), ""},
		{"first", nil, one, "+ GET /x"},
		{"operation of a path", one, document(t, "a", `"/x":{`+get+`,`+post+`}`, ""), "+ POST /x"},
		{"other template", one, document(t, "a", `"/{y}":{`+get+`}`, ""), "+ GET /{y}, - GET /x"},
		{"changed", one, document(t, "a", `"/x":{`+strings.Replace(get, "200", "204", 1)+`}`, ""), "~ GET /x"},
		{"schema", document(t, "a", "", `"A":{"type":"string"}`), document(t, "a", "", `"A":{"type":"integer"},"B":{}`), "+ schema B, ~ schema A"},
		{"title", one, document(t, "b", `"/x":{`+get+`}`, ""), "~ what is outside of operations and components"},
		{"keyword of a path", one, document(t, "a", `"/x":{"summary":"s",`+get+`}`, ""), "~ what is outside of operations and components"},
		{"many", nil, document(t, "a", "", `"A":{},"B":{},"C":{},"D":{},"E":{},"F":{},"G":{},"H":{}`),
			"+ schema A, + schema B, + schema C, + schema D, + schema E, + schema F, and 2 more"},
		{"seven", nil, document(t, "a", "", `"A":{},"B":{},"C":{},"D":{},"E":{},"F":{},"G":{}`),
			"+ schema A, + schema B, + schema C, + schema D, + schema E, + schema F, + schema G"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Between(tt.before, tt.after)
			if err != nil || c.String() != tt.want {
				t.Errorf("%v: %q, want %q", err, c.String(), tt.want)
			}
			if want := strings.Contains(tt.want, "outside"); c.Rest != want {
				t.Errorf("the rest changed: %t", c.Rest)
			}
		})
	}
}
