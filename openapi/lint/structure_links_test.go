package lint_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi/lint"
)

// TestLinks reports links that lead to no operation, wherever the link and the operation are.
func TestLinks(t *testing.T) {
	const document = `openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a:
    get:
      operationId: getA
      responses:
        "200": {description: ok, links: {next: {LINK}, other: {$ref: '#/components/links/ok'}}}
      callbacks:
        done: {'{$request.query.u}': {post: {operationId: called, responses: {"200": {description: ok}}}}}
webhooks:
  w: {post: {operationId: hooked, responses: {"200": {description: ok}}}}
components:
  links:
    ok: {operationId: getA}
    x: {LINK}
  pathItems:
    p: {get: {operationId: shared, responses: {"200": {description: ok}}}}
`
	for _, tt := range []struct {
		link string
		want string // in two findings, "" for none
	}{
		{"operationId: getA", ""},
		{"operationId: called", ""},
		{"operationId: hooked", ""},
		{"operationId: shared", ""},
		{"operationId: getB", `there is no operation "getB"`},
		{"operationId: geta", `there is no operation "geta"`},
		{"operationRef: '#/paths/~1a/get'", ""},
		{"operationRef: '#/paths/~1a/put'", "#/paths/~1a/put"},
		{"operationRef: '#/paths/~1b/get'", "#/paths/~1b/get"},
		{"operationRef: 'https://other.example/api.json#/paths/~1b/get'", ""},
	} {
		report, err := lint.Check(t.Context(), []byte(strings.ReplaceAll(document, "LINK", tt.link)), lint.Config{ErrorsOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range report.Findings {
			if f.Rule != "reference-unresolved" || tt.want == "" || !strings.Contains(f.Message, tt.want) || f.Line != 8 && f.Line != 16 {
				t.Errorf("%s: %+v", tt.link, f)
			}
			n++
		}
		if tt.want != "" && n != 2 {
			t.Errorf("%s: %d findings, want 2", tt.link, n)
		}
	}
}
