package opmatch

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

// matcher returns the matcher of an API with /users/{id} and two GraphQL queries.
func matcher(t *testing.T) *Matcher {
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
	doc, err := build.Document(d, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := New(doc, &d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFind(t *testing.T) {
	m := matcher(t)
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
	for _, seq := range []flow.Seq{1, 5000, maxFlows, 1 << 60} {
		for range 2 { // the second time from memory
			if o := m.FindFlow(seq, "GET", "a.example", "/users/5"); o == nil || o != m.Find("GET", "a.example", "/users/6") {
				t.Errorf("flow %d is %v", seq, o)
			}
			if o := m.FindFlow(seq+1, "GET", "a.example", "/nothing"); o != nil {
				t.Errorf("flow %d is %v", seq+1, o)
			}
		}
	}
	if len(m.flows) > maxFlows+1 {
		t.Errorf("%d flows are remembered", len(m.flows))
	}
}

func TestSelect(t *testing.T) {
	m := matcher(t)
	for _, c := range []struct {
		name string
		want []string // methods
	}{
		{"/users/{x}", []string{"DELETE", "GET"}},
		{"get /users/{id}", []string{"GET"}},
		{"GET /users/17", []string{"GET"}},
		{m.Find("GET", "a.example", "/health").ID, []string{"GET"}},
		{m.Find("DELETE", "a.example", "/users/1").Name(), []string{"DELETE"}},
	} {
		got, err := m.Select(c.name)
		var methods []string
		for o := range maps.Keys(got) {
			methods = append(methods, o.Method)
		}
		if slices.Sort(methods); err != nil || !slices.Equal(methods, c.want) {
			t.Errorf("%q selects %v, %v; want %v", c.name, methods, err, c.want)
		}
	}
	for _, name := range []string{"nothing", "PUT /users/{id}", "   ", "/", "\u202e"} {
		_, err := m.Select(name)
		if te := (*tool.Error)(nil); !errors.As(err, &te) || te.Argument != "operation" {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := m.Select("listUsers")
	if te := (*tool.Error)(nil); !errors.As(err, &te) || !strings.Contains(te.Hint, "/users/{userId}") {
		t.Errorf("the error does not name similar operations: %+v", err)
	}
}

// TestCache keeps the matchers of the documents that were asked for last.
func TestCache(t *testing.T) {
	var c Cache
	of := func(doc *openapi3.T) *Matcher {
		m, err := c.Of(doc, &infer.Document{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	docs := make([]*openapi3.T, maxCached+1)
	first := make([]*Matcher, len(docs))
	for i := range docs {
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{}}`))
		if err != nil {
			t.Fatal(err)
		}
		docs[i], first[i] = doc, of(doc)
	}
	for i := 1; i < len(docs); i++ {
		if of(docs[i]) != first[i] {
			t.Errorf("document %d is read again", i)
		}
	}
	if of(docs[0]) == first[0] || len(c.list) != maxCached {
		t.Errorf("%d matchers are kept", len(c.list))
	}
}

// TestIsSecured requires a scheme in each alternative.
func TestIsSecured(t *testing.T) {
	for _, c := range []struct {
		alternatives [][]string
		want         bool
	}{{nil, false}, {[][]string{{}}, false}, {[][]string{{"a"}}, true}, {[][]string{{"a"}, {}}, false}, {[][]string{{"a"}, {"b", "c"}}, true}} {
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{}}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(doc, &infer.Document{Operations: []infer.Operation{{Method: "GET", Path: "/a", ID: "getA", Security: c.alternatives}}})
		if err != nil {
			t.Fatal(err)
		}
		if o := m.Find("GET", "a.example", "/a"); o == nil || o.Secured != c.want || o.Name() != "GET /a getA" {
			t.Errorf("%v: %+v", c.alternatives, o)
		}
	}
}

// TestFindMany remembers a bounded number of requests, and finds the others as well.
func TestFindMany(t *testing.T) {
	m := matcher(t)
	want := m.Find("GET", "a.example", "/users/1")
	for i := range maxFound + 5 {
		if o := m.Find("GET", "a.example", "/users/"+strconv.Itoa(i)); o != want || o == nil || len(m.found) > maxFound {
			t.Fatalf("request %d: %v, %d are remembered", i, o, len(m.found))
		}
	}
	if n := len(m.found); n == 0 || n > 10 { // those after the limit
		t.Errorf("%d requests are remembered", n)
	}
	for _, seq := range []flow.Seq{0, 1024, maxFlows - 1, maxFlows} {
		o := m.FindFlow(seq, "GET", "a.example", "/users/1")
		again := m.FindFlow(seq, "GET", "a.example", "/nothing")
		if o != want || (again == want) != (seq < maxFlows) {
			t.Errorf("flow %d: %v, then %v", seq, o, again)
		}
	}
}
