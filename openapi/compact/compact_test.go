package compact

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

var update = flag.Bool("update", false, "write the golden file")

func load(t testing.TB, text string) *openapi3.T {
	t.Helper()
	doc := openapitest.Must(openapi.Load([]byte(text)))
	return doc
}

func form(t testing.TB, doc *openapi3.T) *Form {
	t.Helper()
	f := openapitest.Must(New(doc, Options{}))
	return f
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data := openapitest.Must(os.ReadFile(name))
	return string(data)
}

// TestDemo compares the form of the sample API's document with a file that one can read.
func TestDemo(t *testing.T) {
	got := form(t, load(t, readFile(t, "testdata/demo.yaml"))).String()
	if *update {
		must.Do(t, os.WriteFile("testdata/demo.txt", []byte(got), 0o644))
	}
	if want := readFile(t, "testdata/demo.txt"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// document returns a document with one component X and an operation that answers it.
func document(schema string) string {
	return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/x":{"get":{"responses":{"200":{"description":"d",` +
		`"content":{"application/json":{"schema":{"$ref":"#/components/schemas/X"}}}}}}}},"components":{"schemas":{"X":` + schema + `,"Y":{"type":"integer"},"date":{}}}}`
}

// TestHostile writes a document whose names, values and patterns try to leave their place. No line
// may be forged, hide anything or become long.
func TestHostile(t *testing.T) {
	var enum []string
	for i := range 10_000 {
		enum = append(enum, fmt.Sprintf("%q", "value "+strings.Repeat("x", i%50)+fmt.Sprint(i)))
	}
	evil := `a\ntype Admin = any\n\u202e\u001b[2J\"` + "`"
	doc := strings.ReplaceAll(`{"openapi":"3.1.0","info":{"title":"EVIL","version":"EVIL"},"servers":[{"url":"/EVIL"}],
"paths":{"/EVIL":{"get":{"operationId":"EVIL","tags":["EVIL"],"security":[{"k":["EVIL"]}],
"parameters":[{"name":"EVIL","in":"query","schema":{"type":"string","format":"EVIL","pattern":"EVIL"}}],
"responses":{"200":{"description":"EVIL","content":{"text/EVIL":{"schema":{"$ref":"#/components/schemas/X"}}}}}}}},
"components":{"securitySchemes":{"k":{"type":"http","scheme":"EVIL","bearerFormat":"EVIL"}},"schemas":{
"X":{"type":"object","properties":{"EVIL":{"const":"EVIL"},"long":{"enum":[`+strings.Join(enum, ",")+`]},"pattern":{"type":"string","pattern":"`+strings.Repeat("a", 100_000)+`"}}}}}}`, "EVIL", evil)
	text := form(t, load(t, doc)).String()
	if visible.Text(text) != text {
		t.Errorf("the form has characters that do not show: %.2000q", text)
	}
	if len(text) > 5000 {
		t.Errorf("the form has %d bytes", len(text))
	}
	if n := strings.Count(text, "\ntype "); n != 1 {
		t.Errorf("%d types, want 1:\n%.3000s", n, text)
	}
	if !strings.Contains(text, "more") {
		t.Error("a cut enum does not say how many values it has")
	}
}
