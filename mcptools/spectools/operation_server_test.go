package spectools

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

func TestBaseURL(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
SERVERS
paths:
  /x: {get: {operationId: x, OWN responses: {"200": {description: ok}}}}
`
	for _, c := range []struct {
		name, servers, own string
		o                  Options
		want               string
	}{
		{"the first", `servers: [{url: "https://a.example/v1/"}, {url: "https://b.example"}]`, "", Options{}, "https://a.example/v1/x"},
		{"the operation's own", `servers: [{url: "https://a.example"}]`, `servers: [{url: "https://c.example/o"}],`, Options{}, "https://c.example/o/x"},
		{"variables", `servers: [{url: "https://{r}.example/{v}", variables: {r: {default: eu}, v: {default: v1}}}]`, "", Options{ServerVariables: map[string]string{"v": "v2"}}, "https://eu.example/v2/x"},
		{"relative to the document", `servers: [{url: "/api"}]`, "", Options{DocumentURL: "https://d.example/docs/openapi.json"}, "https://d.example/api/x"},
		{"base URL with a path", `servers: [{url: "https://a.example/v1"}]`, `servers: [{url: "https://c.example/o"}],`, Options{BaseURL: "http://127.0.0.1:1/b/"}, "http://127.0.0.1:1/b/x"},
		{"base URL with the path /", `servers: [{url: "https://a.example/v1"}]`, "", Options{BaseURL: "http://127.0.0.1:1/"}, "http://127.0.0.1:1/x"},
		{"base URL without a path", `servers: [{url: "https://a.example/v1/"}]`, "", Options{BaseURL: "http://127.0.0.1:1"}, "http://127.0.0.1:1/v1/x"},
		{"base URL and the operation's own", `servers: [{url: "https://a.example/v1"}]`, `servers: [{url: "https://c.example/o"}],`, Options{BaseURL: "http://127.0.0.1:1"}, "http://127.0.0.1:1/o/x"},
		{"base URL and a relative server", `servers: [{url: "/api/v2/"}]`, "", Options{BaseURL: "http://127.0.0.1:1"}, "http://127.0.0.1:1/api/v2/x"},
		{"base URL and a relative server, replaced", `servers: [{url: "/api/v2/"}]`, "", Options{BaseURL: "http://127.0.0.1:1/api"}, "http://127.0.0.1:1/api/x"},
		{"base URL and variables", `servers: [{url: "https://a.example/{v}", variables: {v: {default: v1}}}]`, "", Options{BaseURL: "http://127.0.0.1:1"}, "http://127.0.0.1:1/v1/x"},
		{"base URL alone", "", "", Options{BaseURL: "http://127.0.0.1:1"}, "http://127.0.0.1:1/x"},
		{"base URL and a server without a path", `servers: [{url: "https://a.example"}]`, "", Options{BaseURL: "http://127.0.0.1:1"}, "http://127.0.0.1:1/x"},
		{"origin", `servers: [{url: "https://a.example/v1"}]`, "", Options{Origin: "http://127.0.0.1:1"}, "http://127.0.0.1:1/v1/x"},
		{"nowhere", "", "", Options{}, ""},
		{"no host", `servers: [{url: "/api"}]`, "", Options{}, ""},
		{"no URL", `servers: [{url: "https://[a.example"}]`, "", Options{}, ""},
		{"other scheme", `servers: [{url: "ftp://a.example"}]`, "", Options{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := openapi.Load([]byte(strings.NewReplacer("SERVERS", c.servers, "OWN", c.own).Replace(document)))
			if err != nil {
				t.Fatal(err)
			}
			s, err := FromDocument(doc, c.o)
			if c.want == "" {
				if !errors.Is(err, ErrNoServer) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Errorf("%v", err)
				return
			}
			call, problem := s.ops[0].Request(orderedjson.New())
			if problem != nil || call.URL.String() != c.want {
				t.Errorf("%v, %v; want %s", call.URL, problem, c.want)
			}
		})
	}
}

// TestDocumentPathCannotEscape: no path of a document leaves the path of the base URL.
func TestDocumentPathCannotEscape(t *testing.T) {
	for _, path := range []string{
		"/../../x", "/a/../x", "/./x", "/%2e%2e/x", "/%252e%252e/x", `/..\\x`, "/..;a/x", "/a/..", "/.{x}/y", "/{x}{y}/z", "/{x}./z",
	} {
		t.Run(path, func(t *testing.T) {
			a := newAPI(t)
			s, err := FromDocument(loaded(t, path), Options{BaseURL: a.URL + "/api"})
			if err != nil {
				return
			}
			defer s.Close()
			if s.byTool["a"] == nil {
				return
			}
			for _, args := range []string{`{}`, `{"x":"."}`, `{"x":".","y":"."}`} {
				call(t, connect(t, s, false), "a", args)
			}
			for _, r := range a.requests() {
				if !strings.HasPrefix(r.URI, "/api/") || strings.Contains(r.URI, "..") {
					t.Errorf("sent %s", r.URI)
				}
			}
		})
	}
}

func loaded(t *testing.T, path string) *openapi3.T {
	t.Helper()
	doc, err := openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"` + path +
		`":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}},"/fine":{"get":{"responses":{"200":{"description":"ok"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDescriptionBounds cuts long texts of a document in the description of a tool.
func TestDescriptionBounds(t *testing.T) {
	long := func(letter string) string { return strings.Repeat(letter, 1000) }
	cut := func(letter string, n int) string { return strings.Repeat(letter, n-1) + "…" }
	path := "/" + long("p")
	request := "GET /" + strings.Repeat("p", 198) + "…"
	for name, x := range map[string]struct{ summary, description, want string }{
		"nothing":       {"", "", request},
		"summary":       {long("s"), "", cut("s", 160) + " (" + request + ")"},
		"description":   {"", long("d"), cut("d", 200) + " (" + request + ")"},
		"both":          {long("s"), long("d"), cut("s", 160) + ". " + cut("d", 160) + " (" + request + ")"},
		"the same text": {"Lists visits", "lists visits.", "Lists visits (" + request + ")"},
	} {
		doc := fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://api.example"}],
			"paths":{%q:{"get":{"operationId":"op","summary":%q,"description":%q,"responses":{"200":{"description":"ok"}}}}}}`, path, x.summary, x.description)
		if got := newSet(t, doc, Options{}).byTool["op"].tool.Description; got != x.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, x.want)
		}
	}
}

// TestVariablesInVariables holds that the URL of a server depends on no order of its variables.
func TestVariablesInVariables(t *testing.T) {
	s := &openapi3.Server{URL: "https://{a}.example/{b}", Variables: map[string]*openapi3.ServerVariable{
		"a": {Default: "x{b}"}, "b": {Default: "y{a}"},
	}}
	for range 100 {
		if got := expandVariables(s, map[string]string{"b": "{a}"}); got != "https://x{b}.example/{a}" {
			t.Fatalf("got %s", got)
		}
	}
	long := strings.Repeat("{a}", 1000)
	s = &openapi3.Server{URL: "/" + long, Variables: map[string]*openapi3.ServerVariable{"a": {Default: long}}}
	if got := expandVariables(s, nil); got != s.URL {
		t.Errorf("a URL of %d bytes became one of %d", len(s.URL), len(got))
	}
}
