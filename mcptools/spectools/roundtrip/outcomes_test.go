package roundtrip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
)

// TestCompareBodies says how bodies differ, or why they cannot be compared.
func TestCompareBodies(t *testing.T) {
	const jsonType, multi = "application/json", "multipart/form-data; boundary=B"
	part := multipartBody("name=\"f\"\r\n\r\nx")
	for _, tt := range []struct{ name, wantType, gotType, want, got, coding, where, what string }{
		{"equal and no JSON", jsonType, jsonType, `{a}`, `{a}`, "", "", ""},
		{"no JSON", jsonType, jsonType, `{a}`, `{"a":1}`, "", "body", "is not JSON"},
		{"another value behind", jsonType, jsonType, `{"a":1}`, `{"a":1}2`, "", "body", "is not JSON"},
		{"white space behind", jsonType, jsonType, `{"a":1}`, "{\"a\":1.0}\n", "", "", ""},
		{"nothing", jsonType, "text/plain", "", "", "", "", ""},
		{"no type, sent as JSON", "", jsonType, `{"a":1}`, `{ "a": 1 }`, "", "", ""},
		{"no type, sent as other JSON", "", jsonType, `{"a":1}`, `{"a":2}`, "", "body.a", "differs"},
		{"no type, sent as text", "", "text/plain", "a", "a", "", "", ""},
		{"another type", jsonType, "text/plain", `1`, `1`, "", "body", "has another media type"},
		{"text as JSON", "text/plain", jsonType, `1`, `1`, "", "body", "has another media type"},
		{"a parameter of the type", "text/plain; charset=utf-8", "text/plain", "a", "a", "", "", ""},
		{"no coding", "text/plain", "text/plain", "a", "a", "gzip", "body", "has a content coding that cannot be decoded"},
		{"no multipart", multi, multi, part, "x", "", "body", "is not a multipart form"},
		{"multipart without a boundary", multi, "multipart/form-data", part, part, "", "body", "is not a multipart form"},
		{"multipart of an invalid type", "multipart/form-data; boundary", multi, part, part, "", "body", "is not a multipart form"},
		{"multipart", multi, multi, part, part, "", "", ""},
		{"more parts", multi, multi, part, multipartBody("name=\"f\"\r\n\r\nx", "name=\"f\"\r\n\r\nx"), "", "body", "has another number of parts"},
		{"another name of a part", multi, multi, part, strings.Replace(part, `"f"`, `"g"`, 1), "", "part 0 name", "differs"},
		{"text that looks like JSON", multi, multi, multipartBody("name=\"f\"\r\n\r\n1"), multipartBody("name=\"f\"\r\n\r\n1.0"), "", "part 0 content", "differs"},
	} {
		r := &flow.Request{Body: flow.Body{Data: []byte(tt.want), Size: int64(len(tt.want))}}
		g := &receivedRequest{body: []byte(tt.got)}
		if tt.wantType != "" {
			r.Header = flow.Header{{Name: "Content-Type", Value: tt.wantType}}
		}
		if g.header = (flow.Header{{Name: "Content-Type", Value: tt.gotType}}); tt.coding != "" {
			g.header = append(g.header, flow.Field{Name: "Content-Encoding", Value: tt.coding})
		}
		got := compareBody(r, g)
		if tt.where == "" && len(got) > 0 || tt.where != "" && (len(got) != 1 || got[0].where != tt.where || got[0].what != tt.what) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	cut := &flow.Request{Body: flow.Body{Data: []byte("a"), Size: 5, Truncated: true}}
	if got := compareBody(cut, &receivedRequest{body: []byte("a")}); len(got) != 1 || got[0].what != "was not captured completely" {
		t.Errorf("%+v", got)
	}
}

// TestComparePairs says which pairs differ, and in what.
func TestComparePairs(t *testing.T) {
	for _, tt := range []struct{ want, got, out string }{
		{"a=1&b=2", "a=1&b=2", "[]"},
		{"b=2&a=1", "a=1&b=2", "[{q has its pairs in another order [{b 2 false} {a 1 false}] [{a 1 false} {b 2 false}]}]"},
		{"a=1&a=2", "a=2&a=1", "[{q has its pairs in another order [{a 1 false} {a 2 false}] [{a 2 false} {a 1 false}]}]"},
		{"a=1", "a=1&b=2&b=3", "[{q b was added  [=2 =3]}]"},
		{"a=1&b=2", "b=2", "[{q a was left out [=1] }]"},
		{"c=1&a=1", "a=2&c", "[{q a differs [=1] [=2]} {q c differs [=1] []}]"},
		{"a&&b=%zz", "a&b=%zz", "[]"},
	} {
		if got := fmt.Sprint(comparePairs("q", parsePairs(tt.want), parsePairs(tt.got))); got != tt.out {
			t.Errorf("%s and %s: %s, want %s", tt.want, tt.got, got, tt.out)
		}
	}
}

// TestCredentialIn finds the credential of each kind of security scheme.
func TestCredentialIn(t *testing.T) {
	h := flow.Header{{Name: "X-Key", Value: "k"}, {Name: "X-Empty"}, {Name: "Cookie", Value: "a=1; sid=s=t"}, {Name: "Cookie", Value: "b=2"}}
	auth := func(v string) flow.Header { return flow.Header{{Name: "Authorization", Value: v}} }
	for _, tt := range []struct {
		s    openapi3.SecurityScheme
		h    flow.Header
		want string
		ok   bool
	}{
		{openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "x-key"}, h, "k", true},
		{openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Empty"}, h, "", true},
		{openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Other"}, h, "", false},
		{openapi3.SecurityScheme{Type: "apiKey", In: "query", Name: "key"}, nil, "q k", true},
		{openapi3.SecurityScheme{Type: "apiKey", In: "query", Name: "other"}, nil, "", false},
		{openapi3.SecurityScheme{Type: "apiKey", In: "cookie", Name: "sid"}, h, "s=t", true},
		{openapi3.SecurityScheme{Type: "apiKey", In: "cookie", Name: "b"}, h, "2", true},
		{openapi3.SecurityScheme{Type: "apiKey", In: "cookie", Name: "c"}, h, "", false},
		{openapi3.SecurityScheme{Type: "apiKey", In: "path", Name: "key"}, h, "", false},
		{openapi3.SecurityScheme{Type: "oauth2"}, auth("bearer  t "), "t", true},
		{openapi3.SecurityScheme{Type: "openIdConnect"}, auth("Bearer t"), "t", true},
		{openapi3.SecurityScheme{Type: "oauth2"}, auth("Basic t"), "t", false},
		{openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}, auth("Bearer t"), "t", true},
		{openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}, auth("bearer"), "", false},
		{openapi3.SecurityScheme{Type: "http", Scheme: "Basic"}, auth("basic YTpi"), "a:b", true},
		{openapi3.SecurityScheme{Type: "http", Scheme: "basic"}, auth("Basic ?"), "", false},
		{openapi3.SecurityScheme{Type: "other"}, auth("Bearer t"), "", false},
	} {
		if got, ok := credentialIn(&tt.s, tt.h, "a=1&key=q+k&key=2"); got != tt.want || ok != tt.ok {
			t.Errorf("%+v of %v: %q, %t", tt.s, tt.h, got, ok)
		}
	}
	s := &openapi3.SecurityScheme{Type: "apiKey", In: "query", Name: "key"}
	var c requestCredentials
	if v, ok, err := c.Credential(t.Context(), "", s); v != "" || ok || err != nil {
		t.Errorf("without a request: %s, %t, %v", v, ok, err)
	}
	c.setRequest(&flow.Request{RawQuery: "key=a"})
	if v, ok, err := c.Credential(t.Context(), "", s); string(v) != "a" || !ok || err != nil {
		t.Errorf("%s, %t, %v", v, ok, err)
	}
	// Only a key in the query is no parameter.
	for _, s := range []*openapi3.SecurityScheme{{Type: "apiKey", In: "header", Name: "key"}, {Type: "http", In: "query", Name: "key"}, {Type: "apiKey", In: "query", Name: "other"}} {
		if got := compareQuery("key=a", "key=b", []*openapi3.SecurityScheme{s}); len(got) != 1 {
			t.Errorf("%+v: %+v", s, got)
		}
	}
}

// TestStub checks what the stub answers.
func TestStub(t *testing.T) {
	s, err := newStub()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := flow.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "Location", Value: "/b"}, {Name: "Link", Value: "<c>"}, {Name: "Retry-After", Value: "3"}, {Name: "Set-Cookie", Value: "a=1"}}
	answer := func(status int, h flow.Header) *flow.Response {
		return &flow.Response{Status: status, Header: h, Body: flow.Body{Data: []byte("body"), Size: 4}}
	}
	for _, tt := range []struct {
		name   string
		answer *flow.Response
		whole  bool
		want   string
	}{
		{"none", nil, true, "204 [   ] "}, {"too small a status", answer(199, all), true, "204 [   ] "}, {"too large a status", answer(600, all), true, "204 [   ] "},
		{"the smallest", answer(200, all), true, "200 [text/plain /b <c> 3] body"}, {"the largest", answer(599, all), true, "599 [text/plain /b <c> 3] body"},
		{"the status alone", answer(201, all), false, "201 [   ] "}, {"no content", answer(204, all), true, "204 [text/plain /b <c> 3] "}, {"not modified", answer(304, all), true, "304 [ /b <c> 3] "},
		{"a coding that is none", answer(200, append(all[:1:1], flow.Field{Name: "Content-Encoding", Value: "gzip"})), true, "200 [text/plain   ] "},
	} {
		s.setAnswer(tt.answer, tt.whole)
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Post(s.url+"/a%2Fb?x=1", "text/plain", strings.NewReader("sent"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		h := res.Header
		got := fmt.Sprintf("%d %v %s", res.StatusCode, []string{strings.TrimSuffix(h.Get("Content-Type"), "; charset=utf-8"), h.Get("Location"), h.Get("Link"), h.Get("Retry-After")}, body)
		if err != nil || got != tt.want || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
		if all := s.requests(); len(all) != 1 || all[0].method != "POST" || all[0].path != "/a%2Fb" || all[0].query != "x=1" || string(all[0].body) != "sent" || all[0].header.Get("Content-Type") != "text/plain" {
			t.Errorf("%s: received %+v", tt.name, all)
		}
	}
}

// TestRefusals tells why nothing was sent.
func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"": "call: nothing was sent", "{": "call: nothing was sent", `{"type":"ok","error":{"message":"m"}}`: "call: nothing was sent", `{"type":"error","error":{"message":"m"}}`: "call: m",
		`{"type":"error","error":{"message":"m","details":{"field":"f","reason":"r"}}}`: "argument f: r",
	} {
		where, what := refusal(&mcp.CallToolResult{RawStructuredContent: json.RawMessage(text)})
		if got := where + ": " + what; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for status, want := range map[int]bool{399: false, 400: true, 401: false, 421: false, 422: true, 423: false} {
		if got := isRefused(&flow.Flow{Response: &flow.Response{Status: status}}); got != want {
			t.Errorf("%d: %t", status, got)
		}
	}
	if isRefused(&flow.Flow{}) {
		t.Error("a request without an answer is refused")
	}
}

// TestVerifyOutcomes verifies flows of other hosts, redirects, and flows that cannot be read.
func TestVerifyOutcomes(t *testing.T) {
	doc, err := openapi.Load([]byte(`
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "https://api.example.com/v1"}]
paths:
  /users:
    get: {responses: {"200": {description: ok}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	get := func(authority string, r *flow.Response) flow.Flow {
		return flow.Flow{Seq: 7, Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: authority, Path: "/v1/users"}, Response: r}
	}
	moved := &flow.Response{Status: 302, Header: flow.Header{{Name: "Location", Value: "/v1/users"}}}
	for _, tt := range []struct {
		name string
		f    flow.Flow
		c    Config
		want string
	}{
		{"the host", get("API.example.com", nil), Config{}, "1 1 map[]"},
		{"a redirect", get("api.example.com", moved), Config{}, "1 1 map[]"},
		{"another host", get("b.example.com", nil), Config{}, "0 0 map[no-operation:1]"},
		{"any host", get("b.example.com", nil), Config{AnyHost: true}, "1 1 map[]"},
		{"left out", get("api.example.com", nil), Config{Reason: func(*flow.Flow) string { return "noise" }}, "0 0 map[noise:1]"},
		{"not left out", get("api.example.com", nil), Config{Reason: func(*flow.Flow) string { return "" }}, "1 1 map[]"},
	} {
		r, err := Verify(t.Context(), doc, all([]flow.Flow{tt.f}), tt.c)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.Total, r.Reproduced, r.Excluded); got != tt.want || r.Flows != 1 {
			t.Errorf("%s: %s, %+v, want %s", tt.name, got, r.Differences, tt.want)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := Verify(t.Context(), doc, func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, broken) }, Config{}); !errors.Is(err, broken) || err.Error() != "read flows: the disk is gone" {
		t.Errorf("%v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Verify(gone, doc, all([]flow.Flow{get("api.example.com", nil)}), Config{}); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("%+v, %v", r, err)
	}
	v, err := New(doc, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(t.Context(), all([]flow.Flow{get("api.example.com", nil)})); err != nil || v.Report().Reproduced != 1 || len(v.servers) != 1 {
		t.Errorf("%+v, %v", v.Report(), err)
	}
	v.Close()
	if _, err := http.Get(v.stub.url); err == nil {
		t.Error("the stub answers after Close")
	}
	named := &openapi3.T{Components: &openapi3.Components{SecuritySchemes: openapi3.SecuritySchemes{
		"b": {Value: &openapi3.SecurityScheme{Name: "b"}}, "a": {Value: &openapi3.SecurityScheme{Name: "a"}}, "c": nil, "d": {},
	}}}
	var names []string
	for _, s := range schemesOf(named) {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"a", "b"}) || len(schemesOf(&openapi3.T{})) > 0 {
		t.Errorf("schemes %q", names)
	}
}
