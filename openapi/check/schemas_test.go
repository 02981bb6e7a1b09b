package check_test

import (
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

// TestExactNumbers checks that bounds are compared exactly, which a float64 cannot do.
func TestExactNumbers(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{
		"parameters":[{"name":"q","in":"query","schema":{"type":"integer","maximum":9223372036854775807}}],
		"responses":{"200":{"description":"ok"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := check.New(doc, check.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ref := doc.Paths.Value("/a").Post.Parameters[0].Value.Schema
	for n, want := range map[string]bool{"9223372036854775807": true, "9223372036854775808": false} {
		if got := len(c.Admits(t.Context(), nil, ref, json.Number(n))) == 0; got != want {
			t.Errorf("%s: %v", n, got)
		}
	}
}

// TestCompileReal compiles the schemas of real documents.
func TestCompileReal(t *testing.T) {
	if testing.Short() {
		t.Skip("large documents")
	}
	for _, name := range corpustest.Names(t) {
		data := corpustest.Read(t, name, corpustest.Document)
		if len(data) > 4<<20 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			doc, err := openapi.Load(data)
			if err != nil {
				t.Fatal(err)
			}
			c, err := check.New(doc, check.Config{})
			if err != nil {
				t.Fatal(err)
			}
			for name, ref := range doc.Components.Schemas {
				if err := c.Compile(ref); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			t.Logf("%d schemas", len(doc.Components.Schemas))
		})
	}
}
