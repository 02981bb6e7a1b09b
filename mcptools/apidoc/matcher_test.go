package apidoc

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi/build"
)

// testMatcher returns the matcher of an API with /users/{id} and two GraphQL queries.
func testMatcher(t *testing.T) *Matcher {
	t.Helper()
	m := infer.New()
	add := func(method, path, body string) {
		f := flow.Flow{Done: true, Request: flow.Request{Method: method, Scheme: "https", Authority: "a.example", Path: path}}
		f.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: []byte(`{"data":{"a":1}}`), Size: 16}}
		if body != "" {
			f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
			f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		}
		m.Add(&f)
	}
	for _, id := range []string{"17", "18", "99", "1000", "2345"} {
		add("GET", "/users/"+id, "")
		add("DELETE", "/users/"+id, "")
	}
	add("GET", "/health", "")
	add("POST", "/graphql", `{"query":"query A { a }","operationName":"A"}`)
	add("POST", "/graphql", `{"query":"query B { b }","operationName":"B"}`)
	d := m.Document(infer.Options{})
	doc := must.Get(build.Document(d, build.Options{}))
	return must.Get(NewMatcher(doc, &d))
}

func TestFind(t *testing.T) {
	m := testMatcher(t)
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/users/5", "GET /users/{userId}"},
		{"GET", "/health", "GET /health"},
		{"PUT", "/users/5", ""},
		{"GET", "/nothing", ""},
		{"POST", "/graphql#B", "POST /graphql#B"},
		{"GET", "/health#B", "GET /health"},
	} {
		got := ""
		if o := m.Find(c.method, "a.example", c.path); o != nil {
			got = o.Method + " " + o.Template
		}
		if got != c.want {
			t.Errorf("%s %s is %q, want %q", c.method, c.path, got, c.want)
		}
	}
	if o := m.Find("GET", "other.example", "/health"); o != nil {
		t.Errorf("another host has %s", o.Name())
	}
}
