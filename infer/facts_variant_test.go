package infer

import (
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestVariantWithoutKind refuses facts of a variant whose key has no kind, as only a damaged model
// has.
func TestVariantWithoutKind(t *testing.T) {
	for key, ok := range map[string]bool{"query issues": true, "issues": false, "": false} {
		m := newMethodFacts()
		m.variants.Update(key, nil, func(v *variantFacts) { v.m.seen = 1 })
		data := must.Get(m.AppendBinary(nil))
		if _, err := decodePayload(data); (err == nil) != ok {
			t.Errorf("%q: %v", key, err)
		}
	}
}
