package check_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

// found returns the mismatches of an exchange, and what was skipped.
func found(t *testing.T, document string, x exchange) string {
	t.Helper()
	doc, err := openapi.Load([]byte(document))
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	c, err := check.New(doc, check.Config{AnyHost: true})
	if err != nil {
		t.Fatal(err)
	}
	r := c.Check(context.Background(), x.flow(t))
	var lines []string
	for _, m := range r.Mismatches {
		lines = append(lines, fmt.Sprintf("%s %s: %s", m.Rule, m.Where, m.Message))
	}
	for _, s := range r.Skipped {
		lines = append(lines, fmt.Sprintf("skipped %v", s))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// TestKeywords checks that each keyword of a schema counts.
func TestKeywords(t *testing.T) {
	for _, x := range []struct{ schema, valid, invalid string }{
		{`{"const":"a"}`, `"a"`, `"b"`},
		{`{"const":12345678901234567890}`, `12345678901234567890`, `12345678901234567891`},
		{`{"enum":[1,"a",{"b":null}]}`, `{"b":null}`, `{"b":1}`},
		{`{"enum":[12345678901234567890]}`, `12345678901234567890`, `12345678901234567891`},
		{`{"type":["string","null"]}`, `null`, `1`},
		{`{"pattern":"^(?i)ab$"}`, `"AB"`, `"AC"`},
		{`{"format":"ipv4"}`, `"10.0.0.1"`, `"10.0.0.256"`},
		{`{"properties":{"a":{"type":"integer"}}}`, `{"a":1}`, `{"a":"1"}`},
		{`{"patternProperties":{"^x":{"type":"integer"}}}`, `{"x":1,"y":"1"}`, `{"xa":"1"}`},
		{`{"required":["a"]}`, `{"a":1}`, `{}`},
		{`{"required":["a"],"properties":{"a":{"writeOnly":true}}}`, `{}`, ``},
		{`{"required":["a"],"properties":{"a":{"readOnly":true}}}`, `{"a":1}`, `{}`},
		{`{"allOf":[{"minimum":1},{"maximum":2}]}`, `2`, `3`},
		{`{"anyOf":[{"type":"string"},{"minimum":2}]}`, `2`, `1`},
		{`{"oneOf":[{"type":"integer"},{"minimum":2}]}`, `1`, `2`},
		{`{"not":{"type":"string"}}`, `1`, `"a"`},
		{`{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":2}}`, `2`, `"a"`},
		{`{"items":{"type":"integer"},"prefixItems":[{"type":"string"}]}`, `["a",1]`, `["a","b"]`},
		{`{"contains":{"type":"integer"},"minContains":2}`, `[1,"a",2]`, `[1]`},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1,"b":1}`, `{"a":1}`},
		{`{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"k","mapping":{"c":"Cat","d":"#/components/schemas/Dog"}}}`,
			`{"k":"c","lives":9}`, `{"k":"d"}`},
		{`{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"k","mapping":{"c":"Cat"}}}`,
			`{"lives":9,"age":"x"}`, `{"lives":9,"age":1}`},
		{`{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"type":"string"}],"discriminator":{"propertyName":"k","mapping":{"c":"Cat"}}}`, `"a"`, `1`},
	} {
		for _, body := range []string{x.valid, x.invalid} {
			if body == "" {
				continue
			}
			got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"d","content":{"application/json":{"schema":`+
				x.schema+`}}}}}}},"components":{"schemas":{"Cat":{"type":"object","required":["lives"]},"Dog":{"type":"object","required":["age"],"properties":{"age":{"type":"integer"}}}}}}`,
				exchange{method: "GET", url: "https://a.example/a", status: 200, answerKind: "application/json", answer: body})
			if (got == "") != (body == x.valid) || got != "" && !strings.HasPrefix(got, "response-body ") {
				t.Errorf("%s, %s: %q", x.schema, body, got)
			}
		}
	}
}

// TestParameterValues checks how the values of parameters are read, and which names belong to them.
func TestParameterValues(t *testing.T) {
	for _, x := range []struct{ name, parameter, query, header, want string }{
		{"JSON", `{"name":"j","in":"query","content":{"application/json":{"schema":{"type":"object"}}}}`, `j={"a":1}`, "", ""},
		{"JSON of another type", `{"name":"j","in":"query","content":{"application/json":{"schema":{"type":"object"}}}}`, `j=[]`, "", "param-value query j: want object, got array"},
		{"no JSON", `{"name":"j","in":"query","content":{"application/json":{"schema":{"type":"object"}}}}`, `j={`, "", "param-value query j: not JSON"},
		{"another media type", `{"name":"j","in":"query","content":{"text/csv":{"schema":{"type":"object"}}}}`, `j={`, "", ""},
		{"JSON without a schema", `{"name":"j","in":"query","content":{"application/json":{}}}`, `j={`, "", ""},
		{"missing", `{"name":"q","in":"query","required":true}`, ``, "", "param-required query q: the required parameter is missing"},
		{"without a schema", `{"name":"q","in":"query"}`, `q=1`, "", ""},
		{"another one without a schema", `{"name":"q","in":"query"}`, `r=1`, "", "query-undeclared query r: the operation does not declare this parameter"},
		{"an object", `{"name":"o","in":"query","schema":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}}`, `a=1`, "", ""},
		{"an object's value", `{"name":"o","in":"query","schema":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}}`, `a=x`, "", "param-value query o /a: want integer, got string"},
		{"not of the object", `{"name":"o","in":"query","schema":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}}`, `b=1`, "",
			"query-undeclared query b: the operation does not declare this parameter"},
		{"of an object with other members", `{"name":"o","in":"query","schema":{"type":"object","additionalProperties":true}}`, `b=1`, "", ""},
		{"of an object in one value", `{"name":"o","in":"query","explode":false,"schema":{"type":"object","additionalProperties":true}}`, `b=1`, "",
			"query-undeclared query b: the operation does not declare this parameter"},
		{"of an object in brackets", `{"name":"o","in":"query","style":"deepObject","schema":{"type":"object","additionalProperties":true}}`, `b=1`, "",
			"query-undeclared query b: the operation does not declare this parameter"},
		{"of an exploded object in brackets", `{"name":"o","in":"query","style":"deepObject","explode":true,"schema":{"type":"object","additionalProperties":true}}`, `b=1`, "",
			"query-undeclared query b: the operation does not declare this parameter"},
		{"brackets", `{"name":"o","in":"query","style":"deepObject","schema":{"type":"object","properties":{"a":{"type":"integer"}}}}`, `o[a]=x`, "", "param-value query o /a: want integer, got string"},
		{"an open bracket", `{"name":"o","in":"query","style":"deepObject","schema":{"type":"object"}}`, `o[a=x`, "", "query-undeclared query: "},
		{"headers that OpenAPI ignores", `{"name":"Accept","in":"header","schema":{"type":"integer"}}`, "", "Accept: text/html", ""},
		{"a header", `{"name":"X-N","in":"header","schema":{"type":"integer"}}`, "", "x-n: a", "param-value header X-N: want integer, got string"},
		{"a header of a list", `{"name":"X-N","in":"header","schema":{"type":"array","items":{"type":"integer"}}}`, "", "X-N: 1|X-N: a", "param-value header X-N /0: want integer, got string"},
		{"a schema that cannot be read", `{"name":"q","in":"query","schema":{"type":"string","pattern":"("}}`, `q=1`, "", "schema-unreadable query q: "},
		{"a cookie", `{"name":"n","in":"cookie","schema":{"type":"integer"}}`, "", "Cookie: m=1; n=a", "param-value cookie n: want integer, got string"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"parameters":[`+x.parameter+`],"responses":{"200":{"description":"d"}}}}}}`,
				exchange{method: "GET", url: "https://a.example/a?" + strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(x.query), header: x.header, status: 200})
			if got != x.want && (x.want == "" || !strings.HasPrefix(got, x.want)) {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// TestDeclaredResponses checks which response is the one of a status, and which media type the one
// of a body.
func TestDeclaredResponses(t *testing.T) {
	const needs = `{"description":"d","content":{"application/json":{"schema":{"required":["%s"]}}}}`
	responses := fmt.Sprintf(`{"404":`+needs+`,"4XX":`+needs+`,"5xx":`+needs+`,"default":`+needs+`}`, "own", "range", "lower", "other")
	for _, x := range []struct {
		status               int
		responses, kind, got string
		want                 string
	}{
		{404, responses, "application/json", "{}", "response-body response /own: the required property is missing"},
		{400, responses, "application/json", "{}", "response-body response /range: the required property is missing"},
		{502, responses, "application/json", "{}", "response-body response /lower: the required property is missing"},
		{200, responses, "application/json", "{}", "response-body response /other: the required property is missing"},
		{101, `{"200":{"description":"d"}}`, "", "", ""}, // not the response yet
		{200, `{"201":{"description":"d"}}`, "", "", "status response: status 200 is not declared"},
		{200, `{"200":{"description":"d","content":{"application/*":{"schema":{"type":"object"}}}}}`, "application/json", "[]", "response-body response: want object, got array"},
		{200, `{"200":{"description":"d","content":{"*/*":{"schema":{"type":"object"}}}}}`, "application/json", "[]", "response-body response: want object, got array"},
		{200, `{"200":{"description":"d","content":{"text/*":{"schema":{"type":"object"}}}}}`, "application/json", "[]", "response-type response: the media type is not declared"},
		{200, `{"200":{"description":"d","content":{"application/json":{"schema":{"type":"object"}}}}}`, "application/a+json", "[]", "response-body response: want object, got array"},
		{200, `{"200":{"description":"d","content":{"application/json":{},"application/b+json":{}}}}`, "application/a+json", "[]", "response-type response: the media type is not declared"},
		{200, `{"200":{"description":"d","content":{"application/json":{}}}}`, "application/json", "{", ""},
		{200, `{"200":{"description":"d","content":{"application/json":{"schema":{"type":"object"}}}}}`, "", "[1]", "response-body response: want object, got array"},
		{200, `{"200":{"description":"d","content":{"application/json":{"schema":{"type":"object"}}}}}`, "", "abc", "response-type response: the media type is not declared"},
		{200, `{"200":{"description":"d","content":{"application/json":null}}}`, "application/json", "{", ""},
		{200, `{"200":{"description":"d","content":{"application/yaml":{"schema":{"type":"object"}}}}}`, "application/yaml", "a: 1\n---\n- b\n", "response-body response: want object, got array"},
		{200, `{"200":{"description":"d","content":{"application/yaml":{"schema":{"type":"object"}}}}}`, "application/yaml", "a: [", "malformed response: the body is not YAML"},
		{200, `{"200":{"description":"d","content":{"text/plain":{"schema":{"type":"string","maxLength":2}}}}}`, "text/plain", "abc", "response-body response: has a wrong length"},
		{200, `{"200":{"description":"d","content":{"image/png":{"schema":{"type":"object"}}}}}`, "image/png", "abc", "skipped "},
		{200, `{"200":{"description":"d","headers":{"X-A":{"required":true},"Content-Type":{"schema":{"type":"integer"}}},"content":{"application/json":{}}}}`, "application/json", "1",
			"response-header response header X-A: the required header is missing"},
	} {
		got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":`+x.responses+`}}}}`,
			exchange{method: "GET", url: "https://a.example/a", status: x.status, answerKind: x.kind, answer: x.got})
		if got != x.want && (x.want == "" || !strings.HasPrefix(got, x.want)) {
			t.Errorf("%d %s %q: got %q, want %q", x.status, x.responses, x.got, got, x.want)
		}
	}
}

// TestStyles checks that the values of parameters are found in each style: a list has integers, and
// an object has the integer a.
func TestStyles(t *testing.T) {
	const list = `{"type":"array","minItems":2,"items":{"type":"integer"}}`
	const object = `{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer"}}}`
	const wrongItem, wrongMember = " /0: want integer, got string", " /a: want integer, got string"
	for _, x := range []struct{ in, style, schema, valid, invalid, want string }{
		{"path", `"style":"simple"`, list, "1,2", "1,x", wrongItem},
		{"path", `"style":"simple"`, object, "b,2,a,1", "b,2,a,x", wrongMember},
		{"path", `"style":"simple","explode":true`, object, "b=2,a=1", "b=2,a=x", wrongMember},
		{"path", `"style":"label"`, `{"type":"integer"}`, ".1", ".x", ": want integer, got string"},
		{"path", `"style":"label"`, list, ".1,2", ".1,x", wrongItem},
		{"path", `"style":"label","explode":true`, list, ".1.2", ".1.x", wrongItem},
		{"path", `"style":"label"`, object, ".b,2,a,1", ".b,2,a,x", wrongMember},
		{"path", `"style":"label","explode":true`, object, ".b=2.a=1", ".b=2.a=x", wrongMember},
		{"path", `"style":"matrix"`, `{"type":"integer"}`, ";n=1", ";n=x", ": want integer, got string"},
		{"path", `"style":"matrix"`, list, ";n=1,2", ";n=1,x", wrongItem},
		{"path", `"style":"matrix","explode":true`, list, ";n=1;n=2", ";n=1;n=x", wrongItem},
		{"path", `"style":"matrix"`, object, ";n=b,2,a,1", ";n=b,2,a,x", wrongMember},
		{"path", `"style":"matrix","explode":true`, object, ";b=2;a=1", ";b=2;a=x", wrongMember},
		{"query", `"style":"form"`, list, "n=1&n=2", "n=1&n=x", wrongItem},
		{"query", `"style":"form","explode":false`, list, "n=1,2", "n=1,x", wrongItem},
		{"query", `"style":"form","explode":false`, object, "n=b,2,a,1", "n=b,2,a,x", wrongMember},
		{"query", `"style":"spaceDelimited","explode":false`, list, "n=1%202", "n=1%20x", wrongItem},
		{"query", `"style":"pipeDelimited","explode":false`, list, "n=1%7C2", "n=1|x", wrongItem},
		{"query", `"style":"spaceDelimited","explode":false`, object, "n=b%202%20a%201", "n=b+2+a+x", wrongMember},
		{"query", `"style":"pipeDelimited","explode":false`, object, "n=b|2|a|1", "n=b|2|a|x", wrongMember},
		{"header", `"style":"simple"`, list, "1, 2", "1, x", wrongItem},
		{"header", `"style":"simple"`, object, "b,2,a,1", "b,2,a,x", wrongMember},
		{"header", `"style":"simple","explode":true`, object, "b=2,a=1", "b=2,a=x", wrongMember},
		{"cookie", `"style":"form","explode":false`, list, "1,2", "1,x", wrongItem},
	} {
		path, base := "/a", "https://a.example/a"
		if x.in == "path" {
			path = "/a/{n}"
		}
		for _, sent := range []string{x.valid, x.invalid} {
			e := exchange{method: "GET", url: base, status: 200}
			switch x.in {
			case "path":
				e.url = base + "/" + sent
			case "query":
				e.url = base + "?" + sent
			case "header":
				e.header = "n: " + sent
			case "cookie":
				e.header = "Cookie: n=" + sent
			}
			got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"`+path+`":{"get":{"parameters":[{"name":"n","in":"`+x.in+
				`","required":true,`+x.style+`,"schema":`+x.schema+`}],"responses":{"200":{"description":"d"}}}}}}`, e)
			want := ""
			if sent == x.invalid {
				want = "param-value " + x.in + " n" + x.want
			}
			if got != want {
				t.Errorf("%s %s %s: got %q, want %q", x.in, x.style, sent, got, want)
			}
		}
	}
}

// TestBracketsInNames reads a name whose brackets are out of balance or nest too deep as one member.
func TestBracketsInNames(t *testing.T) {
	deep := "a" + strings.Repeat("[a]", 15)
	for name, want := range map[string]string{
		"a[b]": "/a", "a[b": "/a[b", "a[b]c": "/a[b]c", "a[[b]]": "/a[[b]]", "[a]": "/[a]", deep: "/a", deep + "[a]": "/" + deep + "[a]",
	} {
		// Only a member whose name is one key can have this name in the document.
		schema := fmt.Sprintf(`{"type":"object","additionalProperties":{"type":"array"},"properties":{"a":{"type":"integer"},"z":{}},"required":[%q]}`, want[1:])
		got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":`+
			schema+`}}},"responses":{"200":{"description":"d"}}}}}}`,
			exchange{method: "POST", url: "https://a.example/a", kind: "application/x-www-form-urlencoded", body: name + "=1", status: 200})
		if isKey := !strings.Contains(got, "the required property is missing"); !isKey {
			t.Errorf("%s: %q, want the member %s", name, got, want)
		}
	}
}

// TestFormsAndParts checks how fields of forms and parts of bodies become the data that a schema
// describes.
func TestFormsAndParts(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	parts := func(parts ...[2]string) (body, kind string) { // type and content
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, p := range parts {
			part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {p[0]}})
			if err != nil {
				t.Fatal(err)
			}
			part.Write([]byte(p[1]))
		}
		w.Close()
		return b.String(), "multipart/mixed; boundary=" + w.Boundary()
	}
	list, listKind := parts([2]string{"application/json", `{"a":1}`}, [2]string{"text/plain", "x"})
	object, objectKind := parts([2]string{"application/json", `{"a":1}`})
	large, largeKind := parts([2]string{"application/json", "1e99999"})
	cut := strings.TrimSuffix(strings.TrimSpace(list), "--")
	for _, x := range []struct{ name, kind, schema, body, want string }{
		{"elements by number", form, `{"type":"object","properties":{"a":{"type":"array","prefixItems":[{"enum":["n"]},{"enum":["x"]}]}}}`, "a[1]=x&a[0]=n", ""},
		{"a name twice", form, `{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","required":["x","y"]}}}}`, "a[0][x]=1&a[0][y]=2", ""},
		{"objects without numbers", form, `{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","required":["x","y"]}}}}`, "a[][x]=1&a[][y]=2", ""},
		{"members of an object", form, `{"type":"object","properties":{"o":{"type":"object","required":["x","y"]}}}`, "o[x]=1&p=1&o[y]=2", ""},
		{"a name with brackets", form, `{"type":"object","properties":{"a[x]":{"type":"integer"}}}`, "a[x]=b", "request-body request /a[x]: want integer, got string"},
		{"other members", form, `{"type":"object","additionalProperties":{"type":"integer"}}`, "z=b", "request-body request /*: want integer, got string"},
		{"a list", "multipart/mixed", `{"type":"array","items":{"anyOf":[{"type":"object"},{"type":"string"}]},"minItems":2}`, list, ""},
		{"elements of a list", "multipart/mixed", `{"type":"array","items":{"type":"object"}}`, list, "request-body request /0: want object, got string"},
		{"JSON as an object", objectKind, `{"type":"array","items":{"type":"object"}}`, object, ""},
		{"JSON as text", objectKind, `{"type":"array","items":{"type":"string"}}`, object, "request-body request /0: want string, got object"},
		{"a number that is too large, as text", largeKind, `{"type":"array","items":{"type":"string"}}`, large, ""},
		{"too few parts", "multipart/mixed", `{"type":"array","minItems":3}`, list, "request-body request: "},
		{"a part without end", "multipart/mixed", `{"type":"array"}`, cut[:len(cut)-20], "malformed request: the body is not made of parts"},
	} {
		t.Run(x.name, func(t *testing.T) {
			kind := x.kind
			if kind == "multipart/mixed" {
				kind = listKind
			}
			x.kind, _, _ = strings.Cut(x.kind, ";")
			got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"`+x.kind+`":{"schema":`+x.schema+
				`}}},"responses":{"200":{"description":"d"}}}}}}`, exchange{method: "POST", url: "https://a.example/a", kind: kind, body: x.body, status: 200})
			if got != x.want && (x.want == "" || !strings.HasPrefix(got, x.want)) {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}
