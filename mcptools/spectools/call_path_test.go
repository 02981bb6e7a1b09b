package spectools

import (
	"net/url"
	"strings"
	"testing"
)

// checkSegment checks that a request is that of /things/{id} with exactly this value.
func checkSegment(t *testing.T, v, uri string) {
	t.Helper()
	rest, ok := strings.CutPrefix(uri, "/things/")
	if !ok || strings.ContainsAny(rest, "/?#;") {
		t.Errorf("%q became %s", v, uri)
		return
	}
	if got, err := url.PathUnescape(rest); err != nil || got != v {
		t.Errorf("%q became %q", v, got)
	}
}

func TestMultiSegment(t *testing.T) {
	const document = `
openapi: 3.1.0
info: {title: Files, version: "1"}
paths:
  /files/{path}:
    get:
      operationId: getFile
      parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]
`
	a := newAPI(t)
	c := connect(t, newSet(t, document, Options{BaseURL: a.URL}), true)
	if r := call(t, c, "getFile", `{"path":"a b/c%2fd/ä?"}`); r.Type != "api_response" {
		t.Fatal(r.Raw)
	}
	if got := a.last(t).URI; got != "/files/a%20b/c%252fd/%C3%A4%3F" {
		t.Errorf("sent %s", got)
	}
	for _, v := range []string{"", "/a", "a/", "a//b", "a/../b", "..", "a/.", "a/%2e%2e/b", `a/..\b`} {
		if r := call(t, c, "getFile", string(mustJSON(map[string]any{"path": v}))); r.code() != codeValidation {
			t.Errorf("%q: %v", v, r.Raw)
		}
	}
	if n := len(a.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
