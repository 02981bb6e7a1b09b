package compact

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
)

var update = flag.Bool("update", false, "write the golden file")

func load(t testing.TB, text string) *openapi3.T {
	t.Helper()
	doc, err := openapi.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func form(t testing.TB, doc *openapi3.T) *Form {
	t.Helper()
	f, err := New(doc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestDemo compares the form of the sample API's document with a file that one can read.
func TestDemo(t *testing.T) {
	got := form(t, load(t, readFile(t, "testdata/demo.yaml"))).String()
	if *update {
		if err := os.WriteFile("testdata/demo.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
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

func TestTypes(t *testing.T) {
	for _, c := range []struct{ schema, want string }{
		{`{}`, `any`},
		{`true`, `any`},
		{`false`, `never`},
		{`{"type":"string","minLength":0}`, `string`},
		{`{"type":"string","minLength":0,"maxLength":0}`, `string(..0)`},
		{`{"type":"array","items":{},"minItems":2}`, `any[2..]`},
		{`{"type":"integer","multipleOf":2}`, `int(%2)`},
		{`{"type":"integer","minimum":1,"exclusiveMaximum":9}`, `int(1..<9)`},
		{`{"oneOf":[{"$ref":"#/components/schemas/Y"}],"discriminator":{"propertyName":"k","mapping":{"a":"Y"}}}`, `(Y by k{a:Y})`},
		{`{"type":"string"}`, `string`},
		{`{"type":"string","format":"date-time"}`, `date-time`},
		{`{"type":"string","format":"color","minLength":1,"maxLength":9,"pattern":"^#"}`, `string<color>(1..9)~"^#"`},
		{`{"type":"string","maxLength":5}`, `string(..5)`},
		{`{"type":"string","minLength":5,"maxLength":5}`, `string(5)`},
		{`{"type":"string","contentEncoding":"base64","contentMediaType":"image/png"}`, `string<base64 image/png>`},
		{`{"type":"integer","format":"int64","minimum":0}`, `int64(0..)`},
		{`{"type":"integer","format":"unix-time"}`, `int<unix-time>`},
		{`{"type":"number","exclusiveMinimum":0,"maximum":1.5,"multipleOf":0.5}`, `number(>0..1.5 %0.5)`},
		{`{"type":"number","format":"double"}`, `double`},
		{`{"type":["string","null"]}`, `string|null`},
		{`{"type":["string","integer"],"format":"uuid"}`, `uuid|int<uuid>`},
		{`{"type":"boolean","enum":[true]}`, `true`},
		{`{"enum":["a","b",1,null]}`, `"a"|"b"|1|null`},
		{`{"const":"a"}`, `"a"`},
		{`{"type":"array","items":{"type":"string","enum":["a","b"]}}`, `("a"|"b")[]`},
		{`{"type":"array","items":{"type":"array","items":{"$ref":"#/components/schemas/Y"}},"minItems":1,"uniqueItems":true}`, `Y[][1.. unique]`},
		{`{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":{"type":"boolean"}}`, `[string, int, ...bool]`},
		{`{"type":"array"}`, `any[]`},
		{`{"type":"object"}`, `object`},
		{`{"type":"object","additionalProperties":false}`, `{}`},
		{`{"type":"object","additionalProperties":true,"maxProperties":3}`, `map<any>(..3)`},
		{`{"type":"object","additionalProperties":{"type":"array","items":{"$ref":"#/components/schemas/Y"}}}`, `map<Y[]>`},
		{`{"type":"object","properties":{"b":{"type":"string"},"a":{"$ref":"#/components/schemas/Y"},"a b":{}},"required":["b","c"]}`, `{a?:Y "a b"?:any b c:any}`},
		{`{"properties":{"a":{"type":"string","default":"x","readOnly":true,"deprecated":true}},"additionalProperties":{"type":"integer"},"patternProperties":{"^x-":{"type":"boolean"}}}`,
			`{a?="x",readonly,deprecated ~"^x-":bool ...:int}`},
		{`{"type":"object","properties":{"x":{"$ref":"#/components/schemas/X"}}}`, `{x?:X}`},
		{`{"$ref":"#/components/schemas/date"}`, "`date`"},
		{`{"allOf":[{"$ref":"#/components/schemas/Y"},{"type":"object","properties":{"a":{}}}],"type":"object"}`, `Y&{a?:any}`},
		{`{"oneOf":[{"type":"string"},{"type":"array","items":{}},{"type":"string"}]}`, `string|any[]`},
		{`{"anyOf":[{"$ref":"#/components/schemas/Y"},{"type":"null"}]}`, `Y|null`},
		{`{"allOf":[{"anyOf":[{"type":"string"},{"type":"integer"}]},{"$ref":"#/components/schemas/Y"}]}`, `(string|int)&Y`},
		{`{"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/X"},{"$ref":"#/components/schemas/Y"}]}}`, `(X&Y)[]`},
		{`{"oneOf":[{"allOf":[{"$ref":"#/components/schemas/X"},{"$ref":"#/components/schemas/Y"}]},{"type":"string"}]}`, `X&Y|string`},
		{`{"allOf":[{"$ref":"#/components/schemas/Y"},{"type":"array","items":{"type":["string","null"]}}]}`, `Y&(string|null)[]`},
		{`{"allOf":[{"$ref":"#/components/schemas/Y"},{"$ref":"#/components/schemas/Y"}]}`, `Y`},
		{`{"type":"string","not":{"enum":["a"]}}`, `string&not("a")`},
		{`{"type":"array","contains":{"type":"integer"}}`, `any[]&contains(int)`},
		{`{"type":"object","propertyNames":{"pattern":"^a"}}`, `object&propertyNames(string~"^a")`},
		{`{"oneOf":[{"$ref":"#/components/schemas/X"},{"$ref":"#/components/schemas/Y"}],"discriminator":{"propertyName":"kind","mapping":{"ex":"#/components/schemas/X","Y":"#/components/schemas/Y"}}}`,
			`(X|Y by kind{ex:X})`},
		{`{"if":{"properties":{"a":{}}},"then":{"properties":{"b":{}}},"dependentSchemas":{"c":{"type":"object"}}}`, `if({a?:any})&then({b?:any})&dependent{c?:object}`},
	} {
		f := form(t, load(t, document(c.schema)))
		line := ""
		for _, l := range strings.Split(f.String(), "\n") {
			if rest, ok := strings.CutPrefix(l, "type X = "); ok {
				line = rest
			}
		}
		if line != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.schema, line, c.want)
		}
	}
	for schema, want := range map[string]string{
		`{"type":"string","nullable":true,"enum":["a"]}`:                                 `"a"|null`,
		`{"type":"string","nullable":true,"enum":["a",null]}`:                            `"a"|null`,
		`{"type":"string","nullable":false}`:                                             `string`,
		`{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":1}`:              `number(>0..1)`,
		`{"type":"number","minimum":0,"exclusiveMinimum":false,"exclusiveMaximum":true}`: `number(0..)`,
		`{"allOf":[{"$ref":"#/components/schemas/Y"}],"nullable":true}`:                  `Y|null`,
	} {
		doc := strings.Replace(document(schema), "3.1.0", "3.0.3", 1)
		if s := form(t, load(t, doc)).String(); !strings.Contains(s, "type X = "+want+"\n") {
			t.Errorf("3.0, %s: %s", schema, s)
		}
	}
}

// TestLines checks lines of operations: parameters, media types, responses, security, servers,
// callbacks, webhooks, counts.
func TestLines(t *testing.T) {
	f, err := New(load(t, readFile(t, "testdata/lines.yaml")), Options{Count: func(method, template string) int64 {
		if method == "GET" && template == "/users/{id}" {
			return 19
		}
		return 0
	}})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/lines.txt", []byte(f.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := f.String(), readFile(t, "testdata/lines.txt"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
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

// TestRepeatedParts checks that a large part which many operations share is written once.
func TestRepeatedParts(t *testing.T) {
	var values, paths []string
	for i := range 30 {
		values = append(values, fmt.Sprintf(`"v%d"`, i))
	}
	for i := range 500 {
		paths = append(paths, fmt.Sprintf(`"/p%d":{"get":{"parameters":[{"$ref":"#/components/parameters/P"}],"responses":{"200":{"$ref":"#/components/responses/R"}}}}`, i))
	}
	schema := `{"type":"string","enum":[` + strings.Join(values, ",") + `]}`
	doc := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{` + strings.Join(paths, ",") + `},"components":{
"parameters":{"P":{"name":"p","in":"query","schema":` + schema + `}},"responses":{"R":{"description":"d","content":{"application/json":{"schema":` + schema + `}}}}}}`
	text := form(t, load(t, doc)).String()
	if !strings.Contains(text, "\nall ?p:@param.P\nall -> @response.R\n") || !strings.Contains(text, "\nGET /p7\n") || strings.Count(text, `"v29"`) != 2 {
		t.Errorf("%d repetitions of the enum: %.500s", strings.Count(text, `"v29"`), text)
	}
}
