package build

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestBuildValid checks that random documents are valid.
func TestBuildValid(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := openapitest.Document(t)
			must.Get(Document(d, Options{Version: v}))
		}))
	}
}
