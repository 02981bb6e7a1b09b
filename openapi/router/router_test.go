package router_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/router"
)

func TestRouter(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(openapitest.Routes)))
	r := openapitest.Must(router.New(doc))
	api := "https://api.example.com/v1"
	for _, c := range []struct{ method, url, want string }{
		{"GET", api + "/users", "users map[]"},
		{"GET", api + "/users/", "users map[]"},
		{"GET", api + "/users/me", "me map[]"},
		{"GET", api + "/users/m%65", "me map[]"},
		{"GET", api + "/users/me;jsessionid=A1F8", "user map[id:me;jsessionid=A1F8]"},
		{"GET", api + "/users;jsessionid=A1F8", "users map[]"},
		{"DELETE", api + "/users/me", "deleteUser map[id:me]"},
		{"GET", api + "/users/a%2Fb", "user map[id:a%2Fb]"},
		{"GET", api + "/users/7.json", "userJSON map[id:7]"},
		{"GET", api + "/users/%37%2Ejson", "userJSON map[id:%37]"},
		{"GET", api + "/users/.json", "user map[id:.json]"},
		{"GET", api + "/users//", ""},
		{"POST", api + "/users", ""},
		{"GET", api + "/repos/o/r/compare/a...b", "compare map[base:a head:b owner:o repo:r]"},
		{"GET", api + "/repos/o/r/compare/a....b", "compare map[base:a head:.b owner:o repo:r]"},
		{"GET", api + "/repos/o/r/compare/...b", ""},
		{"GET", api + "/repos/o/r/contents/readme", "readme map[owner:o repo:r]"},
		{"GET", api + "/repos/o/r/contents/x", "contents map[owner:o path:x repo:r]"},
		{"GET", api + "/repos/o/r/contents/x/y%2Fz/w", "contents map[owner:o path:x/y%2Fz/w repo:r]"},
		{"GET", api + "/repos/o/r/contents/x/y/raw", "raw map[owner:o path:x/y repo:r]"},
		{"GET", api + "/repos/o/r/contents/x/../y", ""},
		{"GET", api + "/repos/o/r/contents/x//y", ""},
		{"PUT", api + "/x/edit", "edit map[path:x]"},
		{"PUT", api + "/x/y/edit", "edit map[path:x/y]"},
		{"PUT", api + "/x/y", "chair map[chair:y room:x]"},
		{"GET", api + "/a%20b/1", "spaced map[x:1]"},
		{"GET", api + "/slash", "slashed map[]"},
		{"GET", api + "/both", "bare map[]"},
		{"GET", api + "/both/", "withSlash map[]"},
		{"GET", "https://us.example.com/v1/users", "users map[]"},
		{"GET", "https://API.example.com:443/v1/users", "users map[]"},
		{"GET", "https://ap.example.com/v1/users", ""},
		{"GET", "http://localhost:8080/users", "users map[]"},
		{"GET", "http://localhost:8080/v1/users", ""},
		{"GET", "/users", "users map[]"},
		{"GET", "/v1/users", "users map[]"},
		{"POST", api + "/upload", ""},
		{"POST", "https://uploads.example.com/u/upload", "upload map[]"},
	} {
		t.Run(c.method+" "+c.url, func(t *testing.T) {
			u := openapitest.Must(url.Parse(c.url))
			got := ""
			if m, ok := r.FindPath(c.method, hostOf(c.url), u.EscapedPath()); ok {
				got = fmt.Sprint(m.Operation.OperationID, " ", m.Params)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestRouterRoundTrip makes paths from templates. The operation found for a path must have a
// template that gives the path again.
func TestRouterRoundTrip(t *testing.T) {
	value := rapid.StringMatching(`([a-z.{}é]|%2F|%[46]1){1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		doc := openapitest.Must(build.Document(openapitest.Document(t), build.Options{}))
		r := openapitest.Must(router.New(doc))
		for template, item := range doc.Paths.Map() {
			for method := range item.Operations() {
				path := template
				for _, n := range router.TemplateNames(template) {
					path = strings.Replace(path, "{"+n+"}", value.Draw(t, n), 1)
				}
				m, ok := r.FindPath(method, "api.example.com", "/v1"+path)
				if !ok {
					t.Fatalf("%s %s (from %s): not found", method, path, template)
				}
				again := m.Template
				for _, n := range router.TemplateNames(m.Template) {
					again = strings.Replace(again, "{"+n+"}", m.Params[n], 1)
				}
				if unescaped(t, again) != unescaped(t, path) {
					t.Fatalf("%s %s: template %s with %v gives %s", method, path, m.Template, m.Params, again)
				}
			}
		}
	})
}

func unescaped(t *rapid.T, path string) string {
	s := openapitest.Must(url.PathUnescape(path))
	return s
}

// TestRouterHostile checks that a template that can match in very many ways does not make a search
// slow.
func TestRouterHostile(t *testing.T) {
	var path strings.Builder
	op := &openapi3.Operation{}
	for i := range 8 {
		fmt.Fprintf(&path, "/{p%d}", i)
		op.Parameters = append(op.Parameters, &openapi3.ParameterRef{Value: &openapi3.Parameter{
			Name: fmt.Sprintf("p%d", i), In: "path", Extensions: map[string]any{openapi.ExtMultiSegment: true}}})
	}
	doc := &openapi3.T{Paths: openapi3.NewPaths(openapi3.WithPath(path.String()+"/end", &openapi3.PathItem{Get: op}))}
	r := openapitest.Must(router.New(doc))
	if _, ok := r.FindPath("GET", "", strings.Repeat("/a", 500)); ok {
		t.Fatal("found")
	}
}

// TestFindFlow finds the operation of the call in a body before that of the path alone.
// hostOf returns the authority of a URL as requests have it.
func hostOf(raw string) string {
	host, _ := router.SplitServer(raw)
	return host
}

func TestFindFlow(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
		"/rpc":{"post":{"operationId":"any","responses":{}}},"/rpc#add":{"post":{"operationId":"add","responses":{}}}}}`)))
	r := openapitest.Must(router.New(doc))
	for body, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":"add","params":[]}`:    "add",
		`{"jsonrpc":"2.0","id":1,"method":"remove","params":[]}`: "any",
		`{"method":"add"}`: "any",
		``:                 "any",
	} {
		f := &flow.Flow{Request: flow.Request{Method: "POST", Path: "/rpc"}}
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		if m, ok := r.FindFlow(f, ""); !ok || m.Operation.OperationID != want {
			t.Errorf("%s: %v %+v, want %s", body, ok, m, want)
		}
	}
	if _, ok := r.FindFlow(&flow.Flow{Request: flow.Request{Method: "GET", Path: "/rpc"}}, ""); ok {
		t.Error("a method that the path does not have is found")
	}
}
