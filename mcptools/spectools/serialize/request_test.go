package serialize

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// schemaOf reads a schema.
func schemaOf(t *testing.T, text string) *openapi3.SchemaRef {
	t.Helper()
	s := &openapi3.Schema{}
	must.Do(t, s.UnmarshalJSON([]byte(text)))
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

// TestParameterRefused names the argument of a parameter that cannot be sent, and says why.
func TestParameterRefused(t *testing.T) {
	const array, list = "cannot hold an array or object", `[[1]]`
	for _, x := range []struct {
		name  string
		p     Parameter
		value string
		want  string
	}{
		{"path null", Parameter{In: "path", Style: "simple"}, `null`, "must not be null"},
		{"path empty", Parameter{In: "path", Style: "simple"}, `""`, "must not be empty"},
		{"path empty list", Parameter{In: "path", Style: "simple"}, `[]`, "must not be empty"},
		{"path dots", Parameter{In: "path", Style: "simple"}, `".."`, "path segments"},
		{"path dots in a list", Parameter{In: "path", Style: "simple"}, `["a","."]`, "path segments"},
		{"path dots as a name", Parameter{In: "path", Style: "simple"}, `{"..":"a"}`, "path segments"},
		{"path dots of several", Parameter{In: "path", Style: "label", Explode: true}, `["",""]`, "path segments"},
		{"path many escapes", Parameter{In: "path", Style: "simple"}, `"%25252525252e"`, "path segments"},
		{"path nested", Parameter{In: "path", Style: "simple"}, list, array},
		{"path nested member", Parameter{In: "path", Style: "simple"}, `{"a":{}}`, array},
		{"segments of a list", Parameter{In: "path", MultiSegment: true}, `["a"]`, array},
		{"empty segment", Parameter{In: "path", MultiSegment: true}, `"a//b"`, "must not have an empty path segment"},
		{"last segment", Parameter{In: "path", MultiSegment: true}, `"a/"`, "must not have an empty path segment"},
		{"query nested", Parameter{In: "query", Style: "form"}, list, array},
		{"query nested member", Parameter{In: "query", Style: "form"}, `{"a":[1]}`, array},
		{"query spaces", Parameter{In: "query", Style: "spaceDelimited"}, `{"a b":"c"}`, "character that separates items"},
		{"query bars", Parameter{In: "query", Style: "pipeDelimited"}, `["a|b"]`, "character that separates items"},
		{"header null", Parameter{In: "header"}, `null`, "must not be null"},
		{"header space before", Parameter{In: "header"}, `" a"`, "must not begin or end with a space"},
		{"header space after", Parameter{In: "header"}, `"a "`, "must not begin or end with a space"},
		{"header line break", Parameter{In: "header"}, `"a\r\nb"`, "a character that no header may have"},
		{"header nested", Parameter{In: "header"}, list, array},
		{"cookie nested", Parameter{In: "cookie", Style: "form"}, list, array},
		{"cookie name", Parameter{In: "cookie", Style: "form", Explode: true}, `{"a b":1}`, "a cookie with an invalid name"},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := operationOf(t, x.p, textSchema)
			_, problem := o.Request(objectOf(t, `{"x":`+x.value+`}`))
			if problem == nil || problem.Field != "x" || !strings.Contains(problem.Reason, x.want) {
				t.Errorf("%v, want %q", problem, x.want)
			}
		})
	}
}

// TestPathRefused refuses a path that is complete only with arguments that are not there, or that
// has a dot segment of the template's text and a value.
func TestPathRefused(t *testing.T) {
	for _, x := range []struct{ path, args, field, want string }{
		{"/a/{n}", `{}`, "x", "must not be empty"},
		{"/a/.{n}", `{"x":";v=1"}`, "", `segment "." or ".."`},
		{"/a/{n}", `{"x":"b"}`, "", ""},
	} {
		o := operationOf(t, Parameter{In: "path", Style: "simple"}, textSchema)
		o.Path = x.path
		_, problem := o.Request(objectOf(t, x.args))
		if x.want == "" {
			if problem != nil {
				t.Errorf("%s: %v", x.path, problem)
			}
			continue
		}
		if problem == nil || problem.Field != x.field || !strings.Contains(problem.Reason, x.want) {
			t.Errorf("%s: %v, want %s %q", x.path, problem, x.field, x.want)
		}
	}
	o := operationOf(t, Parameter{In: "path", Style: "simple"}, textSchema)
	o.BaseURL = "http://h:port"
	if _, problem := o.Request(objectOf(t, `{"x":"b"}`)); problem == nil || problem.Reason != "do not make a URL" {
		t.Error(problem)
	}
}

// TestReadRefused says what of a captured request cannot be an argument, without its value.
func TestReadRefused(t *testing.T) {
	list := Parameter{In: "query", Style: "form"}
	exploded := Parameter{In: "query", Style: "form", Explode: true}
	deep := Parameter{In: "query", Style: "deepObject", Explode: true}
	content := Parameter{In: "query", ContentType: "application/json"}
	for _, x := range []struct {
		name   string
		p      Parameter
		schema string
		raw    string
		want   string
	}{
		{"path escapes", Parameter{In: "path"}, textSchema, "%zz", "path parameter n: has invalid escapes"},
		{"path list escapes", Parameter{In: "path"}, listSchema, "1,%zz", "path parameter n: has invalid escapes"},
		{"path content escapes", Parameter{In: "path", ContentType: "application/json"}, textSchema, "%zz", "path parameter n: cannot be read"},
		{"path content", Parameter{In: "path", ContentType: "application/json"}, textSchema, "x", "path parameter n: is not JSON"},
		{"path odd", Parameter{In: "path"}, recordSchema, "a,1,b", "path parameter n: has a name without a value"},
		{"path no value", Parameter{In: "path", Explode: true}, recordSchema, "a=1,b", "path parameter n: cannot be read"},
		{"path name escapes", Parameter{In: "path", Explode: true}, recordSchema, "%zz=1", "path parameter n: cannot be read"},
		{"query name", exploded, textSchema, "%zz=1", "a name in the query has invalid escapes"},
		{"query unknown", exploded, textSchema, "m=1", "query parameter m is not in the document"},
		{"query unknown after credential", exploded, textSchema, "key=1&m=1", "query parameter m is not in the document"},
		{"query escapes", exploded, textSchema, "n=%zz", "query parameter n: has invalid escapes"},
		{"query list escapes", exploded, listSchema, "n=1&n=%zz", "query parameter n: has invalid escapes"},
		{"query joined escapes", list, listSchema, "n=1,%zz", "query parameter n: has invalid escapes"},
		{"query repeated", exploded, textSchema, "n=1&n=2", "query parameter n: occurs more than once"},
		{"query list repeated", list, listSchema, "n=1&n=2", "query parameter n: occurs more than once"},
		{"query odd", list, recordSchema, "n=a,1,b", "query parameter n: has a name without a value"},
		{"query deep escapes", deep, recordSchema, "n[a]=%zz", "query parameter n: has invalid escapes"},
		{"query content repeated", content, textSchema, "n=1&n=2", "query parameter n: cannot be read"},
		{"query content escapes", content, textSchema, "n=%zz", "query parameter n: cannot be read"},
		{"header odd", Parameter{In: "header"}, recordSchema, "a,1,b", "header parameter n: has a name without a value"},
		{"cookie odd", Parameter{In: "cookie"}, recordSchema, "a,1,b", "cookie parameter n: has a name without a value"},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := operationOf(t, x.p, x.schema)
			o.CredentialQueries = []string{"key"}
			r, path := &flow.Request{}, map[string]string{}
			switch x.p.In {
			case "path":
				path["n"] = x.raw
			case "query":
				r.RawQuery = x.raw
			case "header":
				r.Header = flow.Header{{Name: "N", Value: x.raw}}
			case "cookie":
				r.Header = flow.Header{{Name: "Cookie", Value: "n=" + x.raw}}
			}
			if _, err := o.Arguments(path, r); err == nil || err.Error() != x.want {
				t.Errorf("%v, want %s", err, x.want)
			}
		})
	}
	o := operationOf(t, Parameter{In: "path"}, textSchema)
	if _, err := o.Arguments(nil, &flow.Request{}); err == nil || err.Error() != "path parameter n has no value" {
		t.Error(err)
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
