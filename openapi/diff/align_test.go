package diff

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestPrefixOfOperations checks that of operations with different servers always the same one counts.
func TestPrefixOfOperations(t *testing.T) {
	at := func(url string) *openapi3.Operation {
		return &openapi3.Operation{Servers: &openapi3.Servers{{URL: url}}}
	}
	item := &openapi3.PathItem{Get: at("https://a.example/get"), Post: at("https://a.example/post"), Put: at("https://a.example/put"), Delete: &openapi3.Operation{}}
	for range 100 { // maps have another order each time
		if got := prefixOf(new(openapi3.T), item); got != "/get" {
			t.Fatalf("got %q, want /get", got)
		}
	}
	own := &openapi3.PathItem{Get: &openapi3.Operation{}, Servers: openapi3.Servers{{URL: "https://a.example/path"}}}
	if got := prefixOf(&openapi3.T{Servers: openapi3.Servers{{URL: "https://a.example/document"}}}, own); got != "/path" {
		t.Errorf("of a path with a server: %q", got)
	}
}
