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
		!strings.Contains(err.Error(), "more than 80000000 steps") {
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

// TestManyEnumValues refuses enums whose comparison, value by value, would take minutes.
func TestManyEnumValues(t *testing.T) {
	enum := func(n int, prefix string) *openapi3.T {
		doc := alternatives(t, 1, "string")
		list := doc.Paths.Value("/a").Get.Responses.Value("200").Value.Content["application/json"].Schema.Value.OneOf
		s := list[0].Value.Properties["p0"].Value
		for i := range n {
			s.Enum = append(s.Enum, fmt.Sprint(prefix, i))
		}
		return doc
	}
	var c diff.Comparer
	if changes, err := c.Documents(t.Context(), enum(2000, "a"), enum(2000, "b")); err != nil || len(changes) == 0 {
		t.Errorf("2,000 values: %v, %v", len(changes), err)
	}
	if _, err := c.Documents(t.Context(), enum(20_000, "a"), enum(20_000, "b")); !errors.Is(err, diff.ErrTooMuch) {
		t.Errorf("20,000 values in documents of others: %v", err)
	}
	if _, err := diff.Documents(enum(50_000, "a"), enum(50_000, "b")); !errors.Is(err, diff.ErrTooMuch) {
		t.Errorf("50,000 values: %v", err)
	}
	if _, err := diff.Documents(alternatives(t, 700, "string"), alternatives(t, 700, "integer")); !errors.Is(err, diff.ErrTooMuch) {
		t.Errorf("many alternatives: %v", err)
	}
}

// TestNestedAlternatives refuses documents of which each part is small: alternatives within
// alternatives, objects in enums, and parameters.
func TestNestedAlternatives(t *testing.T) {
	operation := func(s string) *openapi3.T {
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{` + s + `"responses":{"200":{"description":"x"}}}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	body := func(s string) *openapi3.T {
		return operation(`"requestBody":{"content":{"application/json":{"schema":` + s + `}}},`)
	}
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("," + strings.ReplaceAll(format, "N", fmt.Sprint(i)))
		}
		return b.String()[1:]
	}
	for name, make := range map[string]func(n int) *openapi3.T{
		"alternatives of parts": func(n int) *openapi3.T {
			return body(`{"allOf":[` + many(n, `{"anyOf":[{"properties":{"aN":{}}},{"properties":{"bN":{}}},{"properties":{"cN":{}}}]}`) + `]}`)
		},
		"objects in an enum": func(n int) *openapi3.T { return body(`{"enum":[` + many(45*n, `{"a":[N,{"b":N}]}`) + `]}`) },
		"parameters": func(n int) *openapi3.T {
			return operation(`"parameters":[` + many(100*n, `{"name":"qN","in":"query","schema":{"type":"string"}}`) + `],`)
		},
	} {
		var c diff.Comparer
		if _, err := c.Documents(t.Context(), make(10), make(9)); err != nil {
			t.Errorf("a few %s: %v", name, err)
		}
		if _, err := c.Documents(t.Context(), make(190), make(190)); !errors.Is(err, diff.ErrTooMuch) {
			t.Errorf("many %s: %v", name, err)
		}
	}
}
