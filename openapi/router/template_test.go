package router_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// TestTemplates reads the names and the shape of templates. A brace without its counterpart ends
// the names.
func TestTemplates(t *testing.T) {
	for _, x := range []struct{ template, names, shape string }{
		{"/a", "[]", "/a"}, {"/a/{id}", "[id]", "/a/{}"}, {"/{a}.{b}/{c}", "[a b c]", "/{}.{}/{}"}, {"/a/{id", "[]", "/a/{}"}, {"/a}/{b}", "[b]", "/a}/{}"},
	} {
		if got := fmt.Sprint(router.TemplateNames(x.template)); got != x.names || router.TemplateShape(x.template) != x.shape {
			t.Errorf("%s: %s %s", x.template, got, router.TemplateShape(x.template))
		}
	}
}

// TestSplitServer returns the authority of a server as requests have it, and its prefix.
func TestSplitServer(t *testing.T) {
	for raw, want := range map[string]string{
		"https://A.example:443/v1/": "a.example /v1", "http://a.example:80": "a.example ", "http://a.example:443/": "a.example:443 ", "https://a.example:80/x//": "a.example:80 /x",
		"/v1": " /v1", "v1": " /v1", "/": " ", "": " ", "//a.example/v1": "a.example /v1", "https://a.example/a%20b": "a.example /a%20b", "http://[::1": " ", "https://a.example/%zz": " ",
	} {
		host, prefix := router.SplitServer(raw)
		if got := host + " " + prefix; got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// TestServersOfOperations finds an operation below its own servers, else those of its path, else
// those of the document.
func TestServersOfOperations(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://doc.example/d"},{"url":"/any"}],"paths":{
"/a":{"get":{"operationId":"a","responses":{}}},
"/b":{"servers":[{"url":"https://{region}.path.example/{v}","variables":{"region":{"default":"eu"},"v":{"default":"v1","enum":["v1","v2"]}}}],
 "get":{"operationId":"b","responses":{}},
 "post":{"operationId":"c","servers":[{"url":"https://own.example"}],"responses":{}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := router.New(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ method, url, want string }{
		{"GET", "https://doc.example/d/a", "a /d"}, {"GET", "https://doc.example/any/a", "a /any"}, {"GET", "https://x.example/any/a", "a /any"}, {"GET", "https://x.example/d/a", ""},
		{"GET", "https://doc.example/a", ""}, {"GET", "https://doc.example/d/b", ""}, {"GET", "https://eu.path.example/v1/b", "b /v1"}, {"GET", "https://us.path.example/v2/b", "b /v2"},
		{"GET", "https://us.path.example/v3/b", ""}, {"POST", "https://own.example/b", "c "}, {"POST", "https://us.path.example/v2/b", ""},
	} {
		u, err := url.Parse(x.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if m, ok := r.Find(x.method, u); ok {
			got = m.Operation.OperationID + " " + m.Prefix
		}
		if got != x.want {
			t.Errorf("%s %s: %q, want %q", x.method, x.url, got, x.want)
		}
	}
	if got := router.Prefix(doc.Servers); got != "/d" {
		t.Errorf("prefix %q", got)
	}
	if got := router.Prefix(doc.Paths.Value("/b").Servers); got != "/v1" {
		t.Errorf("prefix %q", got)
	}
	if got := router.Prefix(nil); got != "" {
		t.Errorf("prefix of no servers %q", got)
	}
}

// TestUnreadableTemplates names the path and the segment that cannot be read.
func TestUnreadableTemplates(t *testing.T) {
	for path, want := range map[string]string{
		"/a/{id": `path "/a/{id", segment 2: { without }`, "/a}/b": `path "/a}/b", segment 1: } without {`, "/a/{b}c}": `path "/a/{b}c}", segment 2: } without {`,
	} {
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"` + path + `":{"get":{"responses":{}}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := router.New(doc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}
