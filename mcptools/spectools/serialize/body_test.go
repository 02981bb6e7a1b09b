package serialize

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// withBody returns an operation whose body has one media type.
func withBody(t *testing.T, typ, schema string, encoding map[string]*openapi3.Encoding) *Operation {
	m := NewMedia(typ, &openapi3.MediaType{Schema: schemaOf(t, schema), Encoding: encoding})
	return &Operation{Method: "POST", Path: "/a", BaseURL: "http://h", Bodies: []*Media{m}}
}

const filesSchema = `{"type":"object","properties":{"f":{"type":"string","format":"binary"},"s":{"type":"string"},` +
	`"n":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}},"r":{"type":"object"},"b":{"type":"boolean"},` +
	`"e":{"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"integer"}}]}}}`

// TestMultipartRoundTrip reads back the fields that it wrote.
func TestMultipartRoundTrip(t *testing.T) {
	no := false
	for _, x := range []struct {
		value string
		want  []string // what the body has, in this order
	}{
		{`{"s":"b\r\nc","n":7,"b":false}`, []string{"name=\"s\"\r\n\r\nb\r\nc\r\n", "name=\"n\"\r\n\r\n7\r\n", "name=\"b\"\r\n\r\nfalse\r\n"}},
		{`{"l":[1,2]}`, []string{"name=\"l\"\r\n\r\n1,2\r\n"}},
		{`{"r":{"x":[1]}}`, []string{"name=\"r\"\r\nContent-Type: application/json\r\n\r\n{\"x\":[1]}\r\n"}},
		{`{"e":7}`, []string{"name=\"e\"\r\n\r\n7\r\n"}},
		{`{"e":[7,8]}`, []string{"name=\"e\"\r\n\r\n7\r\n", "name=\"e\"\r\n\r\n8\r\n"}},
		{`{"f":{"data":"QUI=","filename":"a\"b.txt","contentType":"text/plain"}}`,
			[]string{"name=\"f\"; filename=\"a%22b.txt\"\r\nContent-Type: text/plain\r\n\r\nAB\r\n"}},
		{`{"f":{"data":"QUI=","contentType":"text/plain"}}`, []string{"name=\"f\"\r\nContent-Type: text/plain\r\n\r\nAB\r\n"}},
		{`{"f":{"data":"QUI="}}`, []string{"name=\"f\"\r\n\r\nAB\r\n"}},
	} {
		o := withBody(t, "multipart/form-data", filesSchema, map[string]*openapi3.Encoding{"l": {Explode: &no}})
		args := `{"requestBody":` + x.value + `}`
		c, problem := o.Request(objectOf(t, args))
		if problem != nil {
			t.Errorf("%s: %v", x.value, problem)
			continue
		}
		rest, ok := string(c.Body), true
		for _, part := range x.want {
			if _, rest, ok = strings.Cut(rest, part); !ok {
				t.Errorf("%s: no part %q in\n%s", x.value, part, c.Body)
			}
		}
		back, err := o.Arguments(nil, captured(c))
		if got := string(orderedjson.Encode(back)); err != nil || got != strings.ReplaceAll(args, `a\"b`, "a%22b") {
			t.Errorf("%s: read %s, %v", x.value, got, err)
		}
	}
}
