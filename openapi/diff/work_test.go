package diff

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// chain returns schemas of which each refers to the next, written with S for the reference and N
// for the number of the schema.
func chain(n int, format, last string) string {
	var b strings.Builder
	for i := range n {
		s := strings.ReplaceAll(format, "S", fmt.Sprintf(`{"$ref":"#/components/schemas/T%d"}`, i+1))
		fmt.Fprintf(&b, `"T%d":%s,`, i, strings.ReplaceAll(s, "N", fmt.Sprint(i)))
	}
	return fmt.Sprintf(`%s"T%d":%s`, b.String(), n, last)
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("," + strings.ReplaceAll(format, "N", fmt.Sprint(i)))
	}
	return b.String()[1:]
}

// TestWork refuses documents whose comparison takes many times longer than they are, and compares
// smaller ones of the same form.
func TestWork(t *testing.T) {
	const body = `"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/T0"}}}},` +
		`"responses":{"200":{"description":"x"}}}}},"components":{"schemas":{%s}}`
	bodies := func(n int) string {
		return `"paths":{` + repeat(n, `"/pN":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/TN"}}}},`+
			`"responses":{"200":{"description":"x"}}}}`) + `},"components":{"schemas":{%s}}`
	}
	schemas := func(format string) func(int) string {
		return func(n int) string { return fmt.Sprintf(body, chain(n, format, `{"type":"string"}`)) }
	}
	most := limits{ofPerson.steps / 20, ofPerson.changes / 20, ofPerson.reports / 20}
	for _, tt := range []struct {
		name     string
		document func(n int) string
		few      int
		many     int
		want     string
	}{
		{"alternatives that refer to the next ones", schemas(`{"oneOf":[S,S]}`), 10, 200, "steps"},
		{"alternatives within parts", schemas(`{"allOf":[{"oneOf":[S,{"maxLength":N}]},{"anyOf":[S,{"minimum":N}]}]}`), 5, 200, "steps"},
		{"parts that cannot be merged", schemas(`{"allOf":[S],"unevaluatedProperties":false}`), 10, 200, "steps"},
		{"parts of parts", schemas(`{"allOf":[S,S,{"properties":{"pN":{}}}]}`), 10, 500, "steps"},
		{"alternatives that return", func(n int) string {
			return fmt.Sprintf(bodies(n), chain(n, `{"oneOf":[{"properties":{"a":S}},{"properties":{"b":{"$ref":"#/components/schemas/T0"}}}]}`,
				`{"properties":{"c":{"$ref":"#/components/schemas/T0"}}}`))
		}, 1, 200, "steps"},
		{"a ring that each operation begins", func(n int) string {
			return fmt.Sprintf(bodies(n), chain(n, `{"properties":{"a":S}}`, `{"properties":{"a":{"$ref":"#/components/schemas/T0"}}}`))
		}, 10, 600, "steps"},
		{"a schema in many levels", schemas(`{"properties":{"a":S}}`), 10, maxLevels + 2, "levels"},
		{"a body of all operations", func(n int) string {
			return `"paths":{` + repeat(n, `"/pN":{"get":{"responses":{"200":{"$ref":"#/components/responses/R"}}}}`) +
				`},"components":{"responses":{"R":{"description":"x","content":{"application/json":{"schema":{"properties":{` +
				repeat(n, `"pN":{"type":"string","title":"N"}`) + `}}}}}}}`
		}, 10, 150, "changes"},
		{"a header of all operations", func(n int) string {
			return `"paths":{` + repeat(n, `"/pN":{"get":{"responses":{"200":{"$ref":"#/components/responses/R"}}}}`) +
				`},"components":{"responses":{"R":{"description":"x","headers":{` + repeat(n, `"XN":{"schema":{"type":"string"}}`) + `}}}}`
		}, 10, 200, "changes"},
		{"a body in many media types", func(n int) string {
			return `"paths":{"/a":{"get":{"responses":{"200":{"description":"x","content":{` +
				repeat(n, `"application/xN":{"schema":{"$ref":"#/components/schemas/T0"}}`) + `}}}}}},"components":{"schemas":{"T0":{"properties":{` +
				repeat(n, `"pN":{"type":"string","title":"N"}`) + `}}}}`
		}, 10, 400, "schemas that changed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && slices.Contains([]string{"parts of parts", "a schema in many levels", "a header of all operations"}, tt.name) {
				t.Skip("a quicker row has the same bound")
			}
			load := func(n int, typ string) *openapi3.T {
				doc, err := openapi.Load([]byte(strings.ReplaceAll(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},`+tt.document(n)+`}`,
					`"string"`, `"`+typ+`"`)))
				if err != nil {
					t.Fatal(err)
				}
				return doc
			}
			if _, err := (Options{}).documents(t.Context(), load(tt.few, "string"), load(tt.few, "number"), &most); err != nil {
				t.Errorf("%d: %v", tt.few, err)
			}
			if _, err := (Options{}).documents(t.Context(), load(tt.many, "string"), load(tt.many, "number"), &most); !errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%d: %v", tt.many, err)
			}
		})
	}
}

// TestWorkOfVendors checks that the largest document of a vendor stays far below the bounds.
func TestWorkOfVendors(t *testing.T) {
	if testing.Short() {
		t.Skip("a large document")
	}
	var docs [2]*openapi3.T
	for i := range docs {
		doc := openapitest.Must(openapi.Load(corpustest.Read(t, "github", corpustest.Document)))
		docs[i] = doc
	}
	few := limits{ofOthers.steps / 5, ofOthers.changes, ofOthers.reports}
	must.Do(t, prepare(docs[0], docs[1], &few))
	must.Do(t, reconcile(docs[0], docs[1], evidence{}, few.steps/preparePart))
	must.Do(t, checkWork(docs[0], docs[1], few.steps))
}
