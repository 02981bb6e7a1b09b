package lint_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/openapi/lint"
)

// TestUnusualDocuments has names and places that few documents have.
func TestUnusualDocuments(t *testing.T) {
	const head = "openapi: 3.1.0\ninfo: {title: t, version: \"1\", description: d}\nservers: [{url: https://h}]\n"
	for _, tt := range []struct {
		name, text string
		want       []string // rule@line
	}{
		{"ids in other alphabets", `tags: [{name: a}]
paths:
  /a:
    get: {operationId: 获取, summary: s, tags: [a], responses: {"200": {description: d}, default: {description: d}}}
    put: {operationId: 删除, summary: s, tags: [a], responses: {"200": {description: d}, default: {description: d}}}
    post: {operationId: "Créer!", summary: s, tags: [a], responses: {"200": {description: d}, default: {description: d}}}
    patch: {operationId: créer, summary: s, tags: [a], responses: {"200": {description: d}, default: {description: d}}}
`, []string{"operation-id-clash@9"}},
		{"empty status", `tags: [{name: a}]
paths:
  /a:
    get: {operationId: a, summary: s, tags: [a], responses: {"": {description: d}}}
`, []string{"success-missing@7", "failure-missing@7", "key-invalid@7"}},
		{"webhooks", `webhooks:
  w:
    put: {responses: {"200": {description: d}}}
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [x], properties: {a: {type: integer}}}
            example: {a: text, x: 1}
      responses: {"200": {description: d}}
`, []string{"required-undeclared@11", "example-violates-schema@12"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := lint.Check(t.Context(), []byte(head+tt.text), lint.Config{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range r.Findings {
				got = append(got, fmt.Sprintf("%s@%d", f.Rule, f.Line))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
