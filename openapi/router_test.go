package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

const routes = `
openapi: 3.1.0
info: {title: t, version: "1"}
servers:
  - url: https://api.example.com/v1
  - url: https://{region}.example.com/v1
    variables: {region: {default: eu, enum: [eu, us]}}
  - url: http://localhost:8080
paths:
  /users: {get: {operationId: users}}
  /users/me: {get: {operationId: me}}
  /users/{id}: {get: {operationId: user}, delete: {operationId: deleteUser}, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}
  /users/{id}.json: {get: {operationId: userJSON}}
  /repos/{owner}/{repo}/compare/{base}...{head}: {get: {operationId: compare}}
  /repos/{owner}/{repo}/contents/{path}:
    get: {operationId: contents, parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]}
  /repos/{owner}/{repo}/contents/{path}/raw:
    get: {operationId: raw, parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]}
  /repos/{owner}/{repo}/contents/readme: {get: {operationId: readme}}
  /{path}/edit:
    put: {operationId: edit, parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]}
  /{room}/{chair}: {put: {operationId: chair}}
  /a%20b/{x}: {get: {operationId: spaced}}
  /slash/: {get: {operationId: slashed}}
  /both: {get: {operationId: bare}}
  /both/: {get: {operationId: withSlash}}
  /upload:
    post: {operationId: upload, servers: [{url: "https://uploads.example.com/u"}]}
`

func TestRouter(t *testing.T) {
	doc, err := Load([]byte(routes))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	api := "https://api.example.com/v1"
	for _, c := range []struct{ method, url, want string }{
		{"GET", api + "/users", "users map[]"},
		{"GET", api + "/users/", "users map[]"},
		{"GET", api + "/users/me", "me map[]"},
		{"GET", api + "/users/m%65", "me map[]"},
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
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if m, ok := r.Find(c.method, u); ok {
			got = fmt.Sprint(m.Operation.OperationID, " ", m.Params)
		}
		if got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.method, c.url, got, c.want)
		}
	}
}

// A path that was made from a template finds an operation whose template gives the path again, and one that is no
// less literal.
func TestRouterRoundTrip(t *testing.T) {
	value := rapid.StringMatching(`([a-z.{}é]|%2F|%[46]1){1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		doc, err := Build(genDocument(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewRouter(doc)
		if err != nil {
			t.Fatal(err)
		}
		for template, item := range doc.Paths.Map() {
			for method := range item.Operations() {
				path := template
				for _, n := range templateNames(template) {
					path = strings.Replace(path, "{"+n+"}", value.Draw(t, n), 1)
				}
				m, ok := r.FindPath(method, "api.example.com", "/v1"+path)
				if !ok {
					t.Fatalf("%s %s (from %s): not found", method, path, template)
				}
				again := m.Template
				for _, n := range templateNames(m.Template) {
					again = strings.Replace(again, "{"+n+"}", m.Params[n], 1)
				}
				if unescaped(again) != unescaped(path) {
					t.Fatalf("%s %s: template %s with %v gives %s", method, path, m.Template, m.Params, again)
				}
			}
		}
	})
}

func unescaped(s string) string { return textOf(s).decoded }

// Templates that could be tried in very many ways do not make a search slow.
func TestRouterHostile(t *testing.T) {
	var path strings.Builder
	op := &openapi3.Operation{}
	for i := range 8 {
		fmt.Fprintf(&path, "/{p%d}", i)
		op.Parameters = append(op.Parameters, &openapi3.ParameterRef{Value: &openapi3.Parameter{
			Name: fmt.Sprintf("p%d", i), In: "path", Extensions: map[string]any{ExtMultiSegment: true}}})
	}
	doc := &openapi3.T{Paths: openapi3.NewPaths(openapi3.WithPath(path.String()+"/end", &openapi3.PathItem{Get: op}))}
	r, err := NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := r.FindPath("GET", "", strings.Repeat("/a", 500)); ok {
		t.Fatal("found")
	}
}

func BenchmarkRouter(b *testing.B) {
	d := infer.Document{Servers: []string{"https://api.example.com/v1"}}
	for i := range 1000 {
		path := fmt.Sprintf("/group%d/{id}/things%d/{thing}", i%50, i)
		d.Operations = append(d.Operations, infer.Operation{Method: "GET", Path: path, ID: fmt.Sprint("op", i),
			Params: []infer.Param{{Name: "id", In: infer.InPath, Schema: &schema.Schema{Kind: schema.String}}}})
	}
	doc, err := Build(d, Options{})
	if err != nil {
		b.Fatal(err)
	}
	r, err := NewRouter(doc)
	if err != nil {
		b.Fatal(err)
	}
	want := map[string]string{"id": "12345", "thing": "a%20b"}
	b.ReportAllocs()
	for b.Loop() {
		m, ok := r.FindPath("GET", "api.example.com", "/v1/group7/12345/things507/a%20b")
		if !ok || !maps.Equal(m.Params, want) {
			b.Fatal("not found")
		}
	}
}

// targets lists the operations of the router, once for each prefix.
func (r *Router) targets() []*target {
	var out []*target
	var walk func(*node)
	walk = func(n *node) {
		out = append(out, n.targets...)
		for _, k := range sortedKeys(n.literals) {
			walk(n.literals[k])
		}
		for _, b := range n.patterns {
			walk(b.next)
		}
	}
	walk(r.plain)
	return out
}
