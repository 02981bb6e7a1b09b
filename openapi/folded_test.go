package openapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// sharedURL has operations that share a URL, one of them without a name, and a path parameter.
const sharedURL = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{
"/{org}/graphql":{"parameters":[{"name":"org","in":"path","required":true,"schema":{"type":"string"}}],
 "post":{"operationId":"other","responses":{"200":{"description":"OK"}}}},
"/{org}/graphql#Book":{"parameters":[{"name":"org","in":"path","required":true,"schema":{"type":"string"}}],
 "post":{"operationId":"book","x-spectap-variant":{"kind":"GraphQL query","name":"Book"},
  "parameters":[{"name":"X-Trace","in":"header","required":true,"schema":{"type":"string"}}],
  "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object"}}}},
  "responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Book"}}}}}}},
"/{org}/graphql#Books":{"parameters":[{"name":"org","in":"path","required":true,"schema":{"type":"string"}}],
 "post":{"operationId":"postOrgGraphql","x-spectap-variant":{"kind":"GraphQL query","name":"Books"},
  "responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"type":"array"}}}}}}},
"/x#y":{"post":{"operationId":"notACall","responses":{"200":{"description":"OK"}}}}},
"components":{"schemas":{"Book":{"type":"object"}}}}`

// TestFoldedOperations holds that a text has one operation for those that share a URL, which accepts
// and answers what any of them does, and that they are read back one by one.
func TestFoldedOperations(t *testing.T) {
	text := func(data string) string {
		doc := must.Get(openapi.Load([]byte(data)))
		var b bytes.Buffer
		must.Do(t, openapi.Encode(&b, doc, openapi.JSON))
		return b.String()
	}
	folded := text(sharedURL)
	if strings.Contains(folded, "graphql#") || !strings.Contains(folded, "/x#y") {
		t.Errorf("the text has a path with the name of a call: %s", folded)
	}
	if again := text(folded); again != folded {
		t.Errorf("written %s, read and written again %s", folded, again)
	}
	doc := must.Get(openapi.Load([]byte(strings.ReplaceAll(folded, openapi.ExtOperations, "x-other"))))
	op := doc.Paths.Value("/{org}/graphql").Post
	if op.OperationID != "postOrgGraphql2" || op.RequestBody.Value.Required || len(op.Parameters) != 2 ||
		op.Parameters.GetByInAndName("header", "X-Trace").Required || !op.Parameters.GetByInAndName("path", "org").Required ||
		len(op.Responses.Value("200").Value.Content.Get("application/json").Schema.Value.AnyOf) != 2 {
		t.Errorf("the operation of the URL is %s", folded)
	}
	doc = must.Get(openapi.Load([]byte(folded)))
	want := []string{"/x#y", "/{org}/graphql", "/{org}/graphql#Book", "/{org}/graphql#Books"}
	if got := slices.Sorted(maps.Keys(doc.Paths.Map())); !slices.Equal(got, want) {
		t.Errorf("the paths are %q, want %q", got, want)
	}
	if op := doc.Paths.Value("/{org}/graphql#Book").Post; op.OperationID != "book" || len(op.Parameters) != 2 || !op.RequestBody.Value.Required {
		t.Errorf("Book is read as %+v", op)
	}
	if op := doc.Paths.Value("/{org}/graphql").Post; op.OperationID != "other" {
		t.Errorf("what has no name is read as %+v", op)
	}
}

// TestFoldedNames holds that a long path with many calls is refused, not written out.
func TestFoldedNames(t *testing.T) {
	var calls []string
	for i := range 1000 {
		calls = append(calls, fmt.Sprintf(`"c%d":{}`, i))
	}
	text := fmt.Sprintf(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/%s":{"post":{"responses":{},%q:{%s}}}}}`,
		strings.Repeat("a", 100_000), openapi.ExtOperations, strings.Join(calls, ","))
	if _, err := openapi.Load([]byte(text)); !errors.Is(err, openapi.ErrTooMuch) {
		t.Errorf("the error is %v", err)
	}
}
