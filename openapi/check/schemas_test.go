package check_test

import (
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestExactNumbers checks that bounds are compared exactly, which a float64 cannot do.
func TestExactNumbers(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{
		"parameters":[{"name":"q","in":"query","schema":{"type":"integer","maximum":9223372036854775807}}],
		"responses":{"200":{"description":"ok"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := openapitest.Must(check.New(doc, check.Config{}))
	ref := doc.Paths.Value("/a").Post.Parameters[0].Value.Schema
	for n, want := range map[string]bool{"9223372036854775807": true, "9223372036854775808": false} {
		if got := len(c.Admits(t.Context(), nil, ref, json.Number(n))) == 0; got != want {
			t.Errorf("%s: %v", n, got)
		}
	}
}
