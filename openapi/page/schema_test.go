package page_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/page"
)

// markdownOf writes a document as Markdown.
func markdownOf(t *testing.T, document string) string {
	t.Helper()
	doc, err := openapi.Load([]byte(document))
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	var b bytes.Buffer
	if err := page.Markdown(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// rowsOf returns the rows of the tables in a page, without those of their heads.
func rowsOf(md string) []string {
	var out []string
	for line := range strings.SplitSeq(md, "\n") {
		if strings.HasPrefix(line, "| `") || strings.HasPrefix(line, "| &") {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"))
		}
	}
	return out
}

// TestTypesInWords writes the type of a schema and what limits its values.
func TestTypesInWords(t *testing.T) {
	many := `"v"` + strings.Repeat(`,"v"`, 30)
	for _, x := range []struct{ schema, want string }{
		{`{}`, "any"},
		{`{"type":["string","integer"]}`, "string or integer"},
		{`{"type":["string","null"],"format":"date"}`, "string (date) or null"},
		{`{"type":"null"}`, "any or null"},
		{`{"type":"integer","minimum":1,"maximum":9}`, "integer; at least 1; at most 9"},
		{`{"type":"number","minimum":0.10}`, "number; at least 0.1"},
		{`{"type":"integer","maximum":12345678901234567890}`, "integer; at most 12345678901234567890"},
		{`{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":9}`, "integer; more than 0; less than 9"},
		{`{"type":"number","minimum":1,"exclusiveMinimum":0.5}`, "number; at least 1; more than 0.5"},
		{`{"type":"integer","exclusiveMaximum":12345678901234567890}`, "integer; less than 12345678901234567890"},
		{`{"type":"string","minLength":1,"maxLength":0}`, "string; at least 1 characters; at most 0 characters"},
		{`{"type":"string","pattern":"^a$"}`, "string; pattern ^a$"},
		{`{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2}`, "list of string; at least 1 elements; at most 2 elements"},
		{`{"items":{"type":"string"}}`, "list of string"},
		{`{"type":"string","default":"a"}`, `string; default "a"`},
		{`{"type":"string","readOnly":true,"deprecated":true}`, "string; read-only; deprecated"},
		{`{"type":"string","writeOnly":true}`, "string; write-only"},
		{`{"const":1}`, "any; always 1"},
		{`{"enum":["a",2]}`, `any; one of "a", 2`},
		{`{"enum":[` + strings.TrimPrefix(many, `"v",`) + `]}`, "any; one of " + strings.TrimSuffix(strings.Repeat(`"v", `, 30), ", ")},
		{`{"enum":[` + many + `]}`, "any; one of 31 values"},
		{`{"type":"string","x-spectap-observed":["a","b"]}`, `string; seen: "a", "b"`},
		{`{"type":"string","x-spectap-always-sent":7}`, "string; sent by all of 7 requests"},
		{`{"additionalProperties":{"type":"integer"}}`, "map of name to integer"},
		{`{"oneOf":[{"type":"string"},{"type":"null"},{"type":"integer"}]}`, "one of string, integer or null"},
		{`{"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/A"}]}`, "any of string, [A](#a)"},
		{`{"oneOf":[{"type":"string"}]}`, "string"},
		{`{"allOf":[{"type":"string"}]}`, "string"},
		{`{"allOf":[{"type":"string"},{"type":"string","minLength":2}]}`, "all of string, string (at least 2 characters)"},
		{`{"oneOf":[{"type":"string","maxLength":3,"pattern":"^a|b$"},{"type":"integer","enum":[1,2]}]}`,
			`one of string (at most 3 characters; pattern ^a\|b$), integer (one of 1, 2)`},
		{`{"allOf":[{"$ref":"#/components/schemas/A"},{"properties":{"b":{}}}]}`, "[A](#a) with"},
		{`{"allOf":[{"$ref":"#/components/schemas/A"},{"type":"object"},{"properties":{"b":{}}}]}`, "all of [A](#a), object with"},
		{`{"allOf":[{},{"properties":{"b":{}}}]}`, "object"},
		{`{"allOf":[{},{}]}`, "any"},
	} {
		md := markdownOf(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"parameters":[{"name":"q","in":"query","schema":`+
			x.schema+`}],"responses":{}}}},"components":{"schemas":{"A":{"type":"object"}}}}`)
		rows := rowsOf(md)
		if want := "`q` | query | " + x.want + " | "; len(rows) == 0 || rows[0]+" " != want && rows[0] != want {
			t.Errorf("%s: %q, want %q", x.schema, rows, want)
		}
	}
}

// TestExclusiveBounds writes the bounds of OpenAPI 3.0, where a flag says whether they are exclusive.
func TestExclusiveBounds(t *testing.T) {
	for bounds, want := range map[string]string{
		`"minimum":0,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false`: "more than 0; at most 9",
		`"minimum":0,"maximum":9,"exclusiveMaximum":true`:                          "at least 0; less than 9",
	} {
		md := markdownOf(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"parameters":[{"name":"q","in":"query","schema":{"type":"integer",`+
			bounds+`}}],"responses":{"200":{"description":"d"}}}}}}`)
		if !strings.Contains(md, "| integer; "+want+" |") {
			t.Errorf("%s: %q", bounds, rowsOf(md))
		}
	}
}

// TestRowsOfSchemas writes a row for each property, those of inline objects, lists and maps
// included, down to a depth.
func TestRowsOfSchemas(t *testing.T) {
	for _, x := range []struct{ schema, want string }{
		{`{"type":"object","required":["a"],"properties":{"a":{"type":"string","description":"first"},"b":{"$ref":"#/components/schemas/A"}}}`,
			"`a` (required) | string | first; `b` | [A](#a) | "},
		{`{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}}`, "`a` | object | ; &emsp;`b` | string | "},
		{`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string"}}}}}}`,
			"`a` | list of object | ; &emsp;`b` | string | "},
		{`{"type":"array","items":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string"}}}}}`, "`b` | string | "},
		{`{"type":"object","properties":{"a":{}},"additionalProperties":{"type":"integer"}}`, "`a` | any | ; `…any other name` | integer | "},
		{`{"type":"object","additionalProperties":{"type":"integer"}}`, ""},
		{`{"type":"object","additionalProperties":{"type":"object","properties":{"b":{}}}}`, "`…any other name` | object | ; &emsp;`b` | any | "},
		{`{"allOf":[{"$ref":"#/components/schemas/A"},{"properties":{"b":{"type":"string"}}}]}`, "`b` | string | "},
		{strings.Repeat(`{"type":"object","properties":{"a":`, 8) + `{}` + strings.Repeat("}}", 8), func() string {
			var rows []string
			for i := range 7 { // the eighth is too deep
				rows = append(rows, strings.Repeat("&emsp;", i)+"`a` | object | ")
			}
			return strings.Join(rows, "; ")
		}()},
	} {
		md := markdownOf(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"d","content":{"application/json":{"schema":`+
			x.schema+`}}}}}}},"components":{"schemas":{"A":{"type":"object","properties":{"of":{}}}}}}`)
		_, md, _ = strings.Cut(md, "**200**")
		md, _, _ = strings.Cut(md, "## Schemas")
		if got := strings.Join(rowsOf(md), "; "); got != x.want {
			t.Errorf("%s:\n got %q\nwant %q\n%s", x.schema, got, x.want, md)
		}
	}
}

// TestSchemesInWords says how clients authenticate.
func TestSchemesInWords(t *testing.T) {
	for scheme, want := range map[string]string{
		`{"type":"http","scheme":"bearer","bearerFormat":"JWT"}`:            "HTTP bearer (JWT)",
		`{"type":"http","scheme":"basic"}`:                                  "HTTP basic",
		`{"type":"apiKey","in":"header","name":"X-Key"}`:                    "API key in the header X-Key",
		`{"type":"oauth2","flows":{}}`:                                      "OAuth 2.0",
		`{"type":"openIdConnect","openIdConnectUrl":"https://x.example/y"}`: "OpenID Connect",
		`{"type":"mutualTLS"}`:                                              "mutualTLS",
	} {
		md := markdownOf(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"securitySchemes":{"s":`+scheme+`}}}`)
		if !strings.Contains(md, want) {
			t.Errorf("%s: %s", scheme, md)
		}
	}
}

// TestOrderOfOperations lists operations under their first tags in the order of the document, the
// methods of a path in the order in which people think of them, with one anchor each.
func TestOrderOfOperations(t *testing.T) {
	const op = `{"responses":{},"tags":["%"]}`
	one := func(tag string) string { return strings.ReplaceAll(op, "%", tag) }
	md := markdownOf(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"tags":[{"name":"Z","description":"last letter"},{"name":"unused"}],"paths":{
"/a":{"trace":`+one("B")+`,"options":`+one("B")+`,"delete":`+one("B")+`,"patch":`+one("B")+`,"put":`+one("B")+`,"post":`+one("B")+`,"head":`+one("B")+`,"get":`+one("B")+`},
"/b":{"get":{"responses":{}}},"/c":{"get":`+one("A")+`},"/d":{"get":`+one("Z")+`}}}`)
	var got []string
	for line := range strings.SplitSeq(md, "\n") {
		if strings.HasPrefix(line, "##") {
			got = append(got, strings.TrimLeft(line, "# "))
		}
	}
	want := "Z, GET /d, Operations, GET /b, A, GET /c, B, GET /a, HEAD /a, POST /a, PUT /a, PATCH /a, DELETE /a, OPTIONS /a, TRACE /a"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	if !strings.Contains(md, "last letter") {
		t.Error("the description of a tag is missing")
	}
}
