package diff_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// alternatives returns a document with a schema of n alternatives.
func alternatives(t *testing.T, n int, typ string) *openapi3.T {
	t.Helper()
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"type":"object","properties":{"p%d":{"type":%q}}}`, i, typ))
	}
	doc, err := openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"x",
"content":{"application/json":{"schema":{"oneOf":[` + strings.Join(list, ",") + `]}}}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestComparer checks the budget of comparisons of documents of others.
func TestComparer(t *testing.T) {
	var c diff.Comparer
	changes, err := c.Documents(t.Context(), alternatives(t, 3, "string"), alternatives(t, 3, "integer"))
	if err != nil || len(changes) == 0 {
		t.Errorf("a small document: %v, %v", changes, err)
	}
	if _, err := c.Documents(t.Context(), alternatives(t, 1000, "string"), alternatives(t, 1000, "integer")); !errors.Is(err, diff.ErrTooMuch) ||
		!strings.Contains(err.Error(), "more than 16016000 steps") {
		t.Errorf("many alternatives: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Documents(ctx, alternatives(t, 150, "string"), alternatives(t, 150, "integer")); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that has ended: %v", err)
	}
	// What still runs in the background delays the next comparison, and does not disturb it.
	if changes, err := c.Documents(t.Context(), alternatives(t, 3, "string"), alternatives(t, 3, "integer")); err != nil || len(changes) == 0 {
		t.Errorf("after a comparison that was given up: %v, %v", changes, err)
	}
}

// TestReferenceToItself compares documents in which a part refers to itself: agents get its name,
// unless nothing uses it.
func TestReferenceToItself(t *testing.T) {
	for _, tt := range []struct{ operation, components, want string }{
		{`responses: {"200": {$ref: "#/components/responses/A"}}`, `responses: {A: {$ref: "#/components/responses/A"}}`, `"#/components/responses/A" leads to itself`},
		{`parameters: [{$ref: "#/components/parameters/A"}], responses: {}`, `parameters: {A: {$ref: "#/components/parameters/B"}, B: {$ref: "#/components/parameters/A"}}`, "leads to itself"},
		{`requestBody: {content: {application/json: {schema: {properties: {a: {$ref: "#/components/schemas/A"}}}}}}, responses: {}`, `schemas: {A: {$ref: "#/components/schemas/A"}}`, "leads to itself"},
		{`callbacks: {a: {$ref: "#/components/callbacks/A"}}, responses: {}`, `callbacks: {A: {$ref: "#/components/callbacks/A"}}`, ""},
		{`responses: {}`, `responses: {A: {$ref: "#/components/responses/A"}}`, ""},
	} {
		load := func() *openapi3.T {
			return openapitest.Must(openapi.Load([]byte("openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {" + tt.operation + "}}}\ncomponents: {" + tt.components + "}\n")))
		}
		var c diff.Comparer
		_, err := c.Documents(t.Context(), load(), load())
		if text := fmt.Sprint(err); (tt.want == "") != (err == nil) || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %v", tt.operation, err)
		}
	}
}
