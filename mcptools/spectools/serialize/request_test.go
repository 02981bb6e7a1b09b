package serialize

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// schemaOf reads a schema.
func schemaOf(t *testing.T, text string) *openapi3.SchemaRef {
	t.Helper()
	s := &openapi3.Schema{}
	if err := s.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return s.NewRef()
}

const (
	textSchema   = `{"type":"string"}`
	listSchema   = `{"type":"array","items":{"type":"integer"}}`
	textsSchema  = `{"type":"array","items":{"type":"string"}}`
	recordSchema = `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`
	nestedSchema = `{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}}`
)

// objectOf reads an object whose members keep their order.
func objectOf(t *testing.T, text string) *orderedjson.Object {
	t.Helper()
	v, err := orderedjson.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v.(*orderedjson.Object)
}

// operationOf returns an operation with one parameter p, which is the argument x.
func operationOf(t *testing.T, p Parameter, schema string) *Operation {
	p.Argument, p.Name, p.Schema = "x", "n", schemaOf(t, schema)
	o := &Operation{Method: "GET", Path: "/a", BaseURL: "http://h", Parameters: []*Parameter{&p}}
	if p.In == "path" {
		o.Path = "/a/{n}"
	}
	return o
}

// sent writes what of a call the parameter n of operationOf decides.
func sent(c egress.Call, in string) string {
	switch in {
	case "path":
		return strings.TrimPrefix(c.URL.EscapedPath(), "/a/")
	case "query", openapi.InQueryString:
		return c.URL.RawQuery
	case "header":
		return fmt.Sprint(c.Header)
	}
	return fmt.Sprint(c.Cookies)
}

// captured is the request of a call as it is captured.
func captured(c egress.Call) *flow.Request {
	r := &flow.Request{Method: c.Method, RawQuery: c.URL.RawQuery, Body: flow.Body{Data: c.Body}}
	for _, h := range c.Header {
		r.Header = append(r.Header, flow.Field{Name: h.Name, Value: h.Value})
	}
	for _, x := range c.Cookies {
		r.Header = append(r.Header, flow.Field{Name: "Cookie", Value: x.Name + "=" + x.Value})
	}
	return r
}

// TestStyles writes a parameter in each style, and reads it back.
func TestStyles(t *testing.T) {
	for _, x := range []struct {
		in, style string
		explode   bool
		schema    string
		value     string
		want      string
	}{
		{"path", "simple", false, textSchema, `"b c"`, "b%20c"},
		{"path", "simple", false, listSchema, `[1,2]`, "1,2"},
		{"path", "simple", false, recordSchema, `{"a":1,"b":"x,y"}`, "a,1,b,x%2Cy"},
		{"path", "simple", true, recordSchema, `{"a":1,"b":"x=y"}`, "a=1,b=x%3Dy"},
		{"path", "label", false, textSchema, `"b"`, ".b"},
		{"path", "label", false, listSchema, `[1,2]`, ".1,2"},
		{"path", "label", true, textsSchema, `["1.5","2"]`, ".1%2E5.2"},
		{"path", "label", true, recordSchema, `{"a":1,"b":"x"}`, ".a=1.b=x"},
		{"path", "matrix", false, textSchema, `"b"`, ";n=b"},
		{"path", "matrix", true, textSchema, `"b"`, ";n=b"},
		{"path", "matrix", false, listSchema, `[1,2]`, ";n=1,2"},
		{"path", "matrix", true, listSchema, `[1,2]`, ";n=1;n=2"},
		{"path", "matrix", false, recordSchema, `{"a":1,"b":"x"}`, ";n=a,1,b,x"},
		{"path", "matrix", true, recordSchema, `{"a":1,"b":"x"}`, ";a=1;b=x"},
		{"query", "form", true, textSchema, `"b&c"`, "n=b%26c"},
		{"query", "form", true, listSchema, `[1,2]`, "n=1&n=2"},
		{"query", "form", false, listSchema, `[1,2]`, "n=1,2"},
		{"query", "form", false, textsSchema, `["a,b","c"]`, "n=a%2Cb,c"},
		{"query", "form", true, recordSchema, `{"b":"x","a":1}`, "b=x&a=1"},
		{"query", "form", false, recordSchema, `{"a":1,"b":"x"}`, "n=a,1,b,x"},
		{"query", "spaceDelimited", false, listSchema, `[1,2]`, "n=1%202"},
		{"query", "pipeDelimited", false, listSchema, `[1,2]`, "n=1%7C2"},
		{"query", "deepObject", true, recordSchema, `{"a":1,"b":"x"}`, "n%5Ba%5D=1&n%5Bb%5D=x"},
		{"query", "deepObject", true, nestedSchema, `{"a":[1,2]}`, "n%5Ba%5D%5B0%5D=1&n%5Ba%5D%5B1%5D=2"},
		{"header", "simple", false, textSchema, `"b c"`, "[{n b c}]"},
		{"header", "simple", false, listSchema, `[1,2]`, "[{n 1,2}]"},
		{"header", "simple", true, recordSchema, `{"a":1,"b":"x"}`, "[{n a=1,b=x}]"},
		{"cookie", "form", true, textSchema, `"b c;d"`, "[{n b%20c%3Bd}]"},
		{"cookie", "form", false, listSchema, `[1,2]`, "[{n 1,2}]"},
		{"cookie", "form", true, recordSchema, `{"a":1,"b":"x"}`, "[{a 1} {b x}]"},
	} {
		t.Run(fmt.Sprint(x.in, " ", x.style, " ", x.explode, " ", x.value), func(t *testing.T) {
			o := operationOf(t, Parameter{In: x.in, Style: x.style, Explode: x.explode}, x.schema)
			args := `{"x":` + x.value + `}`
			c, problem := o.Request(objectOf(t, args))
			if problem != nil {
				t.Fatal(problem)
			}
			got := sent(c, x.in)
			if got != x.want {
				t.Fatalf("sent %s, want %s", got, x.want)
			}
			back, err := o.Arguments(map[string]string{"n": got}, captured(c))
			if err != nil || string(orderedjson.Encode(back)) != args {
				t.Errorf("read %s, %v", orderedjson.Encode(back), err)
			}
		})
	}
}

// TestCredentialsAreNoArguments passes over query parameters that carry credentials.
func TestCredentialsAreNoArguments(t *testing.T) {
	o := operationOf(t, Parameter{In: "query", Style: "form", Explode: true}, textSchema)
	o.CredentialQueries = []string{"key"}
	got, err := o.QueryArguments("key=" + url.QueryEscape("s3cret") + "&n=1")
	if err != nil || string(orderedjson.Encode(got)) != `{"x":"1"}` {
		t.Errorf("%s, %v", orderedjson.Encode(got), err)
	}
}
