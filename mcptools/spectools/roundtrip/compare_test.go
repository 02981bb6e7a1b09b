package roundtrip

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
)

func multipartBody(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--B\r\nContent-Disposition: form-data; " + p + "\r\n")
	}
	b.WriteString("--B--\r\n")
	return b.String()
}

// TestCompare finds each difference, and none between equal requests.
func TestCompare(t *testing.T) {
	const form, multi, jsonType = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B", "application/json"
	schemes := []*openapi3.SecurityScheme{{Type: "apiKey", In: "query", Name: "key"}, {Type: "apiKey", In: "cookie", Name: "sid"}, {Type: "apiKey", In: "header", Name: "X-Key"}}
	file := `name="f"; filename="a.txt"` + "\r\nContent-Type: text/csv\r\n\r\nx"
	for _, x := range []struct {
		name               string
		want, got          string // path?query
		typ                string
		wantBody, gotBody  string
		wantAuth, gotAuth  string
		wantExtra, gotHead flow.Header
		where              string
	}{
		{name: "same", want: "/a%20b?x=1&y=%20", got: "/a b?x=1&y=+"},
		{name: "escaped slash", want: "/a%2Fb", got: "/a/b", where: "path"},
		{name: "slash at the end", want: "/a/", got: "/a", where: "path"},
		{name: "value", want: "/?x=1", got: "/?x=2", where: "query x"},
		{name: "flag", want: "/?x&y=1", got: "/?x&y=1"},
		{name: "flag with a value", want: "/?x&y=1", got: "/?x=&y=1", where: "query x"},
		{name: "empty value as a flag", want: "/?x=", got: "/?x", where: "query x"},
		{name: "form without a value", want: "/", got: "/", typ: form, wantBody: "a&b=1", gotBody: "a=&b=1"},
		{name: "left out", want: "/?x=1&y=2", got: "/?x=1", where: "query y"},
		{name: "added", want: "/?x=1", got: "/?x=1&y=2", where: "query y"},
		{name: "order of values", want: "/?x=1&x=2", got: "/?x=2&x=1", where: "query"},
		{name: "order of names", want: "/?x=1&y=2", got: "/?y=2&x=1", where: "query"},
		{name: "key in query", want: "/?key=a&x=1", got: "/?x=1&key=a"},
		{name: "other key in query", want: "/?key=a", got: "/?key=b", where: "credential query key"},
		{name: "authorization", want: "/", got: "/", wantAuth: "bearer t", gotAuth: "Bearer t"},
		{name: "other authorization", want: "/", got: "/", wantAuth: "Bearer t", where: "credential header Authorization"},
		{name: "key in header", want: "/", got: "/", wantExtra: flow.Header{{Name: "X-Key", Value: "k"}}, where: "credential header X-Key"},
		{name: "cookie", want: "/", got: "/", wantExtra: flow.Header{{Name: "Cookie", Value: "a=1; sid=s"}}, gotHead: flow.Header{{Name: "Cookie", Value: "sid=s"}}},
		{name: "numbers", want: "/", got: "/", typ: jsonType, wantBody: `{"a":1.50,"b":[1e2]}`, gotBody: `{"b":[100],"a":1.5}`},
		{name: "big number", want: "/", got: "/", typ: jsonType, wantBody: `{"a":9007199254740993}`, gotBody: `{"a":9007199254740992}`, where: "body.a"},
		{name: "deep", want: "/", got: "/", typ: jsonType, wantBody: `{"a":[{"b":null}]}`, gotBody: `{"a":[{"b":false}]}`, where: "body.a[0].b"},
		{name: "member more", want: "/", got: "/", typ: jsonType, wantBody: `{}`, gotBody: `{"a":1}`, where: "body"},
		{name: "form order", want: "/", got: "/", typ: form, wantBody: "a=1&b=2", gotBody: "b=2&a=1", where: "form"},
		{name: "form brackets", want: "/", got: "/", typ: form, wantBody: "a[0]=1", gotBody: "a%5B0%5D=1"},
		{name: "parts", want: "/", got: "/", typ: multi, wantBody: multipartBody(file), gotBody: multipartBody(file)},
		{name: "file name", want: "/", got: "/", typ: multi, wantBody: multipartBody(file), gotBody: multipartBody(strings.Replace(file, "a.txt", "b.txt", 1)), where: "part 0 filename"},
		{name: "part of JSON", want: "/", got: "/", typ: multi, wantBody: multipartBody("name=\"f\"\r\nContent-Type: application/json\r\n\r\n{ \"a\": 1 }"), gotBody: multipartBody("name=\"f\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1.0}")},
		{name: "other part of JSON", want: "/", got: "/", typ: multi, wantBody: multipartBody("name=\"f\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}"), gotBody: multipartBody("name=\"f\"\r\nContent-Type: application/json\r\n\r\n{\"a\":2}"), where: "part 0 content"},
		{name: "part type", want: "/", got: "/", typ: multi, wantBody: multipartBody(file), gotBody: multipartBody(strings.Replace(file, "csv", "plain", 1)), where: "part 0 content type"},
		{name: "part twice", want: "/", got: "/", typ: multi, wantBody: multipartBody(file), gotBody: multipartBody(file, file), where: "body"},
		{name: "bytes", want: "/", got: "/", typ: "text/plain", wantBody: "a\r\n", gotBody: "a\n", where: "body"},
		{name: "no body", want: "/", got: "/", typ: "text/plain", wantBody: "a", where: "body"},
	} {
		t.Run(x.name, func(t *testing.T) {
			wp, wq, _ := strings.Cut(x.want, "?")
			gp, gq, _ := strings.Cut(x.got, "?")
			r := &flow.Request{Method: "POST", Path: wp, RawQuery: wq, Body: flow.Body{Data: []byte(x.wantBody), Size: int64(len(x.wantBody))}, Header: x.wantExtra}
			g := &receivedRequest{method: "POST", path: gp, query: gq, body: []byte(x.gotBody), header: x.gotHead}
			if x.typ != "" {
				r.Header = append(r.Header, flow.Field{Name: "Content-Type", Value: x.typ})
				g.header = append(g.header, flow.Field{Name: "content-type", Value: x.typ})
			}
			if x.wantAuth != "" {
				r.Header = append(r.Header, flow.Field{Name: "Authorization", Value: x.wantAuth})
			}
			if x.gotAuth != "" {
				g.header = append(g.header, flow.Field{Name: "Authorization", Value: x.gotAuth})
			}
			got := compare(r, g, schemes)
			if x.where == "" && len(got) > 0 || x.where != "" && (len(got) != 1 || got[0].where != x.where) {
				t.Errorf("%+v, want %q", got, x.where)
			}
		})
	}
	if got := compare(&flow.Request{Method: "GET", Path: "/"}, &receivedRequest{method: "POST", path: "/"}, nil); len(got) != 1 || got[0].where != "method" {
		t.Errorf("method: %+v", got)
	}
}

// TestReportHidesValues verifies flows that do not match the document. Their values are not in the
// report.
func TestReportHidesValues(t *testing.T) {
	doc, err := openapi.Load([]byte(`
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /users/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, maxLength: 3}}
        - {name: q, in: query, schema: {type: integer}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {"200": {description: ok}}
`))
	if err != nil {
		t.Fatal(err)
	}
	json1 := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	request := func(path, query, body string, h flow.Header) flow.Flow {
		return flow.Flow{Done: true, Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: query, Header: h,
			Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
		}, Response: &flow.Response{Status: 200}}
	}
	flows := []flow.Flow{
		request("/users/hunter2", "", "", nil),
		request("/users/1", "q=hunter2", "", nil),
		request("/users/1", "secret=hunter2", "", nil),
		request("/users/1", "", `{"a":"hunter2"}`, json1),
		request("/users/1", "", "hunter2", flow.Header{{Name: "Content-Type", Value: "text/plain"}}),
		request("/users/1", "", `{"a":hunter2}`, json1),
		request("/users/1", "", "", flow.Header{{Name: "Authorization", Value: "Bearer hunter2"}}),
		request("/users/1", "q=7", `{"a":12345678901234567890}`, json1),
		request("/elsewhere", "", "", nil),
		request("/users/1", "q=hunter2", "", nil),
	}
	flows[9].Response.Status = 422
	r, err := Verify(context.Background(), doc, all(flows), Config{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "hunter2") {
		t.Errorf("a value is told: %s", b)
	}
	if r.Flows != 10 || r.Total != 7 || r.Reproduced != 1 || len(r.Differences) != 6 || r.Excluded[Malformed] != 1 ||
		r.Excluded[NoOperation] != 1 || r.Excluded[Refused] != 1 {
		t.Errorf("%s", b)
	}
	revealed, err := Verify(context.Background(), doc, all(flows[6:7]), Config{Reveal: true})
	if err != nil || len(revealed.Differences) != 1 || revealed.Differences[0].Want != "bearer hunter2" {
		t.Errorf("%+v, %v", revealed, err)
	}
}
