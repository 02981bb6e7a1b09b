package check_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

type exchange struct {
	method, url, header, kind, body string
	status                          int
	answerHeader, answerKind        string
	answer                          string
	truncated                       bool
}

func (x exchange) flow(t interface{ Fatal(...any) }) *flow.Flow {
	u := openapitest.Must(url.Parse(x.url))
	lines := func(s, kind string) flow.Header {
		var h flow.Header
		for _, l := range strings.Split(s, "|") {
			if name, value, ok := strings.Cut(l, ": "); ok {
				h = append(h, flow.Field{Name: name, Value: value})
			}
		}
		if kind != "" {
			h = append(h, flow.Field{Name: "Content-Type", Value: kind})
		}
		return h
	}
	f := &flow.Flow{Seq: 7, Done: true}
	f.Request = flow.Request{Method: x.method, Scheme: u.Scheme, Authority: u.Host, Path: u.EscapedPath(), RawQuery: u.RawQuery,
		Header: lines(x.header, x.kind), Body: flow.Body{Data: []byte(x.body), Size: int64(len(x.body))}}
	f.Response = &flow.Response{Status: x.status, Header: lines(x.answerHeader, x.answerKind),
		Body: flow.Body{Data: []byte(x.answer), Size: int64(len(x.answer)), Truncated: x.truncated}}
	return f
}

func form(t *testing.T, fields ...[4]string) (body, kind string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields { // name, file name, type, content
		h := map[string][]string{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, f[0])}}
		if f[1] != "" {
			h["Content-Disposition"][0] += fmt.Sprintf(`; filename=%q`, f[1])
		}
		if f[2] != "" {
			h["Content-Type"] = []string{f[2]}
		}
		p := openapitest.Must(w.CreatePart(h))
		p.Write([]byte(f[3]))
	}
	w.Close()
	return b.String(), w.FormDataContentType()
}

func TestCheck(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(openapitest.Shop)))
	c := openapitest.Must(check.New(doc, check.Config{}))
	const base = "https://shop.example.com/v1"
	tenant := "X-Tenant: 123e4567-e89b-12d3-a456-426614174000"
	item := `{"id":1,"name":"n","note":null,"parent":null,"when":"2026-01-02T03:04:05"}`
	list := exchange{method: "GET", url: base + "/items", header: tenant, status: 200, answerHeader: "X-Total: 3", answerKind: "application/json", answer: "[" + item + "]"}
	get := exchange{method: "GET", url: base + "/items/5", status: 200, answerKind: "application/json", answer: item}
	post := exchange{method: "POST", url: base + "/items", kind: "application/json", body: `{"name":"n","secret":"s"}`, status: 201, answerKind: "application/json; charset=utf-8", answer: item}
	pets := exchange{method: "GET", url: base + "/pets", status: 200, answerKind: "application/json"}
	upload, uploadKind := form(t, [4]string{"name", "", "", "n"}, [4]string{"n", "", "", "3"}, [4]string{"file", "a.png", "image/png", "\x89PNG"}, [4]string{"meta", "", "application/json", `{"a":1}`})
	badUpload, badUploadKind := form(t, [4]string{"n", "", "", "three"}, [4]string{"meta", "", "application/json", `{}`})

	for _, tt := range []struct {
		name string
		base exchange
		edit func(*exchange)
		want string
	}{
		{"all fine", list, func(x *exchange) {
			x.url += "?limit=10&ids=1,2&tag=a&tag=b&filter[min]=1.5&filter%5Bon%5D=true&api_key=x"
			x.header += "|Cookie: theme=dark; session=1"
		}, ""},
		{"no operation", list, func(x *exchange) { x.url = base + "/nothing" }, ""},
		{"other host", list, func(x *exchange) { x.url = "https://other.example.com/v1/items?nope=1" }, ""},
		{"undeclared", list, func(x *exchange) { x.url += "?nope=s3cret" }, "query-undeclared query nope:"},
		{"undeclared, a value in its place", list, func(x *exchange) { x.url += "?s3cret=1&s3cret" }, "query-undeclared query:"},
		{"negative integer", list, func(x *exchange) { x.url += "?limit=-10" }, ""},
		{"sign that JSON does not have", list, func(x *exchange) { x.url += "?limit=%2B10" }, "param-value query limit: want integer, got string"},
		{"sign alone", list, func(x *exchange) { x.url += "?limit=-" }, "param-value query limit: want integer, got string"},
		{"not an integer", list, func(x *exchange) { x.url += "?limit=ten" }, "param-value query limit: want integer, got string"},
		{"too much", list, func(x *exchange) { x.url += "?limit=101" }, "param-value query limit: out of range"},
		{"no value", list, func(x *exchange) { x.url += "?limit=" }, ""},
		{"name only", list, func(x *exchange) { x.url += "?limit" }, `param-value query limit: the name stands without "=", and the parameter has no allowEmptyValue`},
		{"flag", list, func(x *exchange) { x.url += "?deep" }, ""},
		{"flag without a value", list, func(x *exchange) { x.url += "?deep=" }, ""},
		{"flag with another value", list, func(x *exchange) { x.url += "?deep=s3cret" }, "param-value query deep: want boolean, got string"},
		{"element", list, func(x *exchange) { x.url += "?ids=1,x" }, "param-value query ids /0: want integer, got string"},
		{"one element", list, func(x *exchange) { x.url += "?tag=a" }, ""},
		{"enum element", list, func(x *exchange) { x.url += "?tag=a&tag=s3cret" }, "param-value query tag /0: not one of the 2 values"},
		{"deep", list, func(x *exchange) { x.url += "?filter[min]=s3cret" }, "param-value query filter /min: want number, got string"},
		{"deep undeclared", list, func(x *exchange) { x.url += "?filter[s3cret]=1" }, "param-value query filter: has a property"},
		{"header missing", list, func(x *exchange) { x.header = "" }, "param-required header X-Tenant"},
		{"header format", list, func(x *exchange) { x.header = "x-tenant: s3cret" }, "param-value header X-Tenant: not of format uuid"},
		{"cookie", list, func(x *exchange) { x.header += "|Cookie: theme=s3cret" }, "param-value cookie theme"},
		{"answer header missing", list, func(x *exchange) { x.answerHeader = "" }, "response-header response header X-Total: the required"},
		{"answer header", list, func(x *exchange) { x.answerHeader = "X-Total: many" }, "response-header response header X-Total: want"},
		{"refused request", list, func(x *exchange) { x.url += "?nope=1"; x.status = 400 }, "status response: status 400"},
		{"not modified", list, func(x *exchange) { x.status = 304 }, ""},

		{"fine", get, func(*exchange) {}, ""},
		{"path", get, func(x *exchange) { x.url = base + "/items/five" }, "param-value path id"},
		{"path int32", get, func(x *exchange) { x.url = base + "/items/2147483648" }, "param-value path id: not of format int32"},
		{"status", get, func(x *exchange) { x.status = 500 }, "status response: status 500"},
		{"type", get, func(x *exchange) { x.answerKind = "text/html" }, "response-type response"},
		{"other JSON", get, func(x *exchange) { x.answerKind = "application/vnd.shop.v2+json" }, ""},
		{"no type", get, func(x *exchange) { x.answerKind = "" }, ""},
		{"missing", get, func(x *exchange) { x.answer = `{"id":1}` }, "response-body response /name: the required"},
		{"null", get, func(x *exchange) { x.answer = `{"id":1,"name":null}` }, "response-body response /name: want string, got null"},
		{"fraction", get, func(x *exchange) { x.answer = `{"id":1.5,"name":"n"}` }, "response-body response /id: want integer, got number"},
		{"whole number", get, func(x *exchange) { x.answer = `{"id":1.0,"name":"n"}` }, ""},
		{"exact", get, func(x *exchange) { x.answer = `{"id":9223372036854775807,"name":"n"}` }, ""},
		{"exact, too large", get, func(x *exchange) { x.answer = `{"id":9223372036854775808,"name":"n"}` }, "response-body response /id: not of format int64"},
		{"pattern", get, func(x *exchange) { x.answer = `{"id":1,"name":"s3cret!"}` }, "response-body response /name: does not match"},
		{"format", get, func(x *exchange) { x.answer = `{"id":1,"name":"n","when":"s3cret"}` }, "response-body response /when: not of format date-time"},
		{"nested", get, func(x *exchange) { x.answer = `{"id":1,"name":"n","parent":{"id":"s3cret","name":"n"}}` }, "response-body response /parent/id: want integer, got string"},
		{"nested type", get, func(x *exchange) { x.answer = `{"id":1,"name":"n","parent":"s3cret"}` }, "response-body response /parent: want object or null, got string"},
		{"JSON and a brace", get, func(x *exchange) { x.answer = `{"id":1}}` }, "malformed response"},
		{"not JSON", get, func(x *exchange) { x.answer = `{"id":` }, "malformed response"},
		{"cut", get, func(x *exchange) { x.answer = `{"id":`; x.truncated = true }, ""},
		{"huge number", get, func(x *exchange) { x.answer = `{"id":1e999999999,"name":"n"}` }, ""},
		{"lines", get, func(x *exchange) { x.answerKind = "application/x-ndjson"; x.answer = "{\"n\":1}\n{\"m\":1}\n" }, "response-body response /n: the required"},
		{"events", get, func(x *exchange) {
			x.answerKind = "text/event-stream"
			x.answer = "event: a\ndata: {\"n\":1}\n\ndata: {}\n\ndata: [DONE]\n\n"
		}, "response-body response /n: the required"},
		{"body where none is declared", get, func(x *exchange) { x.status = 204 }, "response-type response: a body where none"},
		{"body on GET", get, func(x *exchange) { x.body = "x" }, "body-undeclared request"},

		{"made", post, func(*exchange) {}, ""},
		{"missing in request", post, func(x *exchange) { x.body = `{"name":"n"}` }, "request-body request /secret: the required"},
		{"no body", post, func(x *exchange) { x.body = "" }, "body-required request"},
		{"other type", post, func(x *exchange) { x.kind = "text/csv" }, "request-type request"},
		{"form", post, func(x *exchange) {
			x.kind, x.body = "application/x-www-form-urlencoded", "name=5&price=1.5&tags[]=1&tags[]=2&size[w]=3"
		}, ""},
		{"form, repeated", post, func(x *exchange) { x.kind, x.body = "application/x-www-form-urlencoded", "name=5&tags=1&tags=2" }, ""},
		{"form, one of several", post, func(x *exchange) { x.kind, x.body = "application/x-www-form-urlencoded", "name=5&tags=1" }, ""},
		{"form, value", post, func(x *exchange) {
			x.kind, x.body = "application/x-www-form-urlencoded", "name=5&tags[1]=1&tags[0]=s3cret"
		}, "request-body request /tags/0: want integer, got string"},
		{"form, nested", post, func(x *exchange) { x.kind, x.body = "application/x-www-form-urlencoded", "name=5&size[s3cret]=1" }, "request-body request /size: has a property"},
		{"form, missing", post, func(x *exchange) { x.kind, x.body = "application/x-www-form-urlencoded", "price=5" }, "request-body request /name: the required"},
		{"multipart", post, func(x *exchange) { x.kind, x.body = uploadKind, upload }, ""},
		{"multipart, wrong", post, func(x *exchange) { x.kind, x.body = badUploadKind, badUpload },
			"request-body request /file: the required; request-body request /meta/a: the required; request-body request /n: want integer; request-body request /name: the required"},
		{"multipart, no boundary", post, func(x *exchange) { x.kind, x.body = "multipart/form-data", upload }, "malformed request"},

		{"cat", pets, func(x *exchange) { x.answer = `{"kind":"cat","lives":9}` }, ""},
		{"dog", pets, func(x *exchange) { x.answer = `{"kind":"dog"}` }, ""},
		{"wrong for a cat", pets, func(x *exchange) { x.answer = `{"kind":"cat","lives":"s3cret"}` }, "response-body response /lives: want integer, got string"},
		{"no such pet", pets, func(x *exchange) { x.answer = `{"kind":"s3cret"}` }, "response-body response /kind: not one of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := tt.base
			tt.edit(&x)
			got := c.Check(context.Background(), x.flow(t)).Mismatches
			var lines []string
			for _, m := range got {
				lines = append(lines, fmt.Sprintf("%s %s: %s", m.Rule, m.Where, m.Message))
			}
			slices.Sort(lines)
			text := strings.Join(lines, "; ")
			if strings.Contains(text, "s3cret") {
				t.Errorf("tells a value: %s", text)
			}
			want := strings.Split(tt.want, "; ")
			if tt.want == "" {
				want = nil
			}
			if len(lines) != len(want) {
				t.Fatalf("got %q, want %q", text, tt.want)
			}
			for i := range want {
				if !strings.HasPrefix(lines[i], want[i]) {
					t.Errorf("got %q, want %q", lines[i], want[i])
				}
			}
		})
	}
}
