package check_test

import (
	"strings"
	"testing"
)

// xmlDocument returns a document that declares a request of XML with a schema.
func xmlDocument(schema string) string {
	return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"application/xml":{"schema":` + schema +
		`}}},"responses":{"200":{"description":"d"}}}}},"components":{"schemas":{` +
		`"Cat":{"type":"object","required":["lives"],"xml":{"name":"cat"}},"Dog":{"type":"object","required":["age"],"xml":{"name":"dog"}}}}}`
}

func xmlRequest(body string) exchange {
	return exchange{method: "POST", url: "https://a.example/a", kind: "application/xml", body: body, status: 200}
}

// TestXMLElements checks which data an element is, by the types of its schema.
func TestXMLElements(t *testing.T) {
	const wantA = "request-body request /e/a: the required property is missing"
	for _, x := range []struct{ name, schema, element, want string }{
		{"empty, object or null", `{"type":["object","null"],"required":["a"]}`, `<e/>`, ""},
		{"not empty, object or null", `{"type":["object","null"],"required":["a"]}`, `<e><b/></e>`, wantA},
		{"empty, object or number", `{"type":["object","integer"],"required":["a"]}`, `<e/>`, wantA},
		{"empty, object", `{"type":"object","required":["a"]}`, `<e/>`, wantA},
		{"empty, object by its properties", `{"properties":{"a":{}},"not":{"type":"null"},"required":["a"]}`, `<e/>`, wantA},
		{"empty, object or string", `{"type":["object","string"],"required":["a"]}`, `<e/>`, ""},
		{"empty, string", `{"type":"string"}`, `<e/>`, ""},
		{"empty, integer", `{"type":"integer"}`, `<e/>`, "request-body request /e: want integer, got null"},
		{"text, object or string", `{"type":["object","string"],"required":["a"]}`, `<e>x</e>`, ""},
		{"text, object or number", `{"type":["object","number"],"required":["a"]}`, `<e>1</e>`, ""},
		{"text, object", `{"type":"object","required":["a"]}`, `<e>x</e>`, wantA},
		{"text and a namespace, object or string", `{"type":["object","string"],"required":["a"]}`, `<e xmlns="u" xmlns:b="u">x</e>`, ""},
		{"text and an attribute, object or string", `{"type":["object","string"],"required":["a"]}`, `<e b="1">x</e>`, wantA},
		{"text and an attribute, string", `{"type":"string"}`, `<e b="1">x</e>`, ""},
		{"a child, object or string", `{"type":["object","string"],"required":["a"]}`, `<e><b/></e>`, wantA},
		{"a child, string", `{"type":"string"}`, `<e><b/></e>`, "request-body request /e: want string, got object"},
		{"children, list", `{"type":"object","properties":{"l":{"type":"array","items":{"type":"array","items":{"type":"integer"}}}}}`,
			`<e><l><i>1</i><i>2</i></l></e>`, ""},
		{"children, list of others", `{"type":"object","properties":{"l":{"type":"array","items":{"type":"array","items":{"type":"integer"}}}}}`,
			`<e><l><i>1</i><i>x</i></l></e>`, "request-body request /e/l/0/0: want integer, got string"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := found(t, xmlDocument(`{"type":"object","properties":{"e":`+x.schema+`}}`), xmlRequest("<r>"+x.element+"</r>"))
			if got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// TestXMLMembers checks which elements and attributes are a property of the root.
func TestXMLMembers(t *testing.T) {
	const wantA = "request-body request /a: the required property is missing"
	const notInteger = "request-body request /a: want integer, got string"
	for _, x := range []struct{ name, schema, body, want string }{
		{"another name of an element", `{"type":"object","properties":{"a":{"type":"integer","xml":{"name":"b"}}}}`, `<r><b>x</b></r>`, notInteger},
		{"not the name of the property", `{"type":"object","required":["a"],"properties":{"a":{"xml":{"name":"b"}}},"additionalProperties":false}`,
			`<r><b/></r>`, ""},
		{"the name of a part", `{"type":"object","properties":{"a":{"allOf":[{"type":"integer"},{"xml":{"name":"b"}}]}}}`, `<r><b>x</b></r>`, notInteger},
		{"no name in the parts", `{"type":"object","properties":{"a":{"allOf":[{"type":"integer"},{"minimum":1}]}}}`, `<r><a>x</a></r>`, notInteger},
		{"a prefix alone", `{"type":"object","properties":{"a":{"type":"integer","xml":{"prefix":"p"}}}}`, `<r><p:a>x</p:a></r>`, notInteger},
		{"another name of an attribute", `{"type":"object","properties":{"a":{"type":"integer","xml":{"name":"b","attribute":true}}}}`,
			`<r b="x"/>`, notInteger},
		{"one of several attributes", `{"type":"object","properties":{"a":{"type":"integer","xml":{"attribute":true}}}}`, `<r a="1" b="x" c="x"/>`, ""},
		{"no attribute", `{"type":"object","required":["a"],"properties":{"a":{"xml":{"attribute":true}}}}`, `<r b="x"/>`, wantA},
		{"a namespace is no property", `{"type":"object","properties":{"a":{}},"additionalProperties":false}`, `<r xmlns:x="u"><a/></r>`, ""},
		{"text", `{"type":"object","required":["a"],"properties":{"a":{"type":"integer","xml":{"x-spectap-text":true}}}}`, `<r b="1">x</r>`, notInteger},
		{"no text", `{"type":"object","required":["a"],"properties":{"a":{"type":"string","xml":{"x-spectap-text":true}}}}`, `<r b="1"/>`, wantA},
		{"an empty list", `{"type":"object","required":["a"],"properties":{"a":{"type":"array"}}}`, `<r><b/></r>`, wantA},
		{"a list of anything", `{"type":"object","properties":{"a":{"type":"array","minItems":3}}}`, `<r><a/><a>1</a><a>x</a></r>`, ""},
		{"elements with a name", `{"type":"object","properties":{"a":{"type":"array","minItems":2,"items":{"xml":{"name":"b"}}}}}`, `<r><b/></r>`,
			"request-body request /a: has a wrong number of items"},
		{"a wrapper with other elements",
			`{"type":"object","properties":{"a":{"type":"array","xml":{"wrapped":true},"maxItems":1,"items":{"type":"integer","xml":{"name":"b"}}}}}`,
			`<r><a><b>1</b><c>x</c></a></r>`, ""},
		{"wrapped", `{"type":"object","properties":{"a":{"type":"array","xml":{"wrapped":true},"items":{"type":"integer","xml":{"name":"b"}}}}}`,
			`<r><a><b>x</b></a></r>`, "request-body request /a/0: want integer, got string"},
		{"elements without a name in a wrapper", `{"type":"object","properties":{"a":{"type":"array","xml":{"wrapped":true},"items":{"type":"integer"}}}}`,
			`<r><a><a>x</a><b>x</b></a></r>`, "request-body request /a/0: want integer, got string"},
		{"other attributes", `{"type":"object","additionalProperties":{"type":"integer"}}`, `<r b="1"/>`, ""},
		{"other attributes of another type", `{"type":"object","additionalProperties":{"type":"integer"}}`,
			`<r b="x"/>`, "request-body request /*: want integer, got string"},
		{"other elements", `{"type":"object","additionalProperties":{"type":"integer"}}`, `<r><b>1</b></r>`, ""},
		{"another element twice", `{"type":"object","additionalProperties":{"type":"integer"}}`,
			`<r><b>1</b><b>2</b></r>`, "request-body request /*: want integer, got array"},
		{"other lists", `{"type":"object","additionalProperties":{"type":"array","items":{"type":"integer"}}}`, `<r><b>1</b></r>`, ""},
		{"other lists of another type", `{"type":"object","additionalProperties":{"type":"array","items":{"type":"integer"}}}`, `<r><b>x</b></r>`,
			"request-body request /*/0: want integer, got string"},
		{"too deep", `{"type":"object"}`, strings.Repeat("<r>", 201) + strings.Repeat("</r>", 201), "skipped request body: media type not judged"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := found(t, xmlDocument(x.schema), xmlRequest(x.body)); got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// TestXMLRoots checks that the name of the root chooses among the alternatives.
func TestXMLRoots(t *testing.T) {
	const list = `[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}]`
	const none = "request-body request: matches none of the alternatives"
	for _, x := range []struct{ schema, body, want string }{
		{`{"anyOf":` + list + `}`, `<cat><age/></cat>`, "request-body request /lives: the required property is missing"},
		{`{"anyOf":` + list + `}`, `<dog><lives/></dog>`, "request-body request /age: the required property is missing"},
		{`{"oneOf":` + list + `}`, `<dog><lives/></dog>`, "request-body request /age: the required property is missing"},
		{`{"oneOf":` + list + `}`, `<dog><age/></dog>`, ""},
		{`{"oneOf":` + list + `}`, `<cow><age/></cow>`, ""},
		{`{"anyOf":` + list + `}`, `<cow><x/></cow>`, none},
	} {
		if got := found(t, xmlDocument(x.schema), xmlRequest(x.body)); got != x.want && (x.want == "" || !strings.HasPrefix(got, x.want)) {
			t.Errorf("%s, %s: got %q, want %q", x.schema, x.body, got, x.want)
		}
	}
}
