package build

import (
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// TestNullableEnum checks that an enum that admits null lists it (OpenAPI 3.0.3, clarification of
// nullable).
func TestNullableEnum(t *testing.T) {
	s := &schema.Schema{Kind: schema.String, Enum: []string{"a", "b"}, Nullable: true}
	for _, v31 := range []bool{false, true} {
		ref := (&builder{v31: v31}).schema(s)
		for _, v := range []any{"a", nil} {
			if err := ref.Value.VisitJSON(v); err != nil {
				t.Error(err)
			}
		}
		if ref.Value.VisitJSON("c") == nil {
			t.Error("the enum is open")
		}
		if n := len(ref.Value.Enum); n != 3 || ref.Value.Enum[2] != nil {
			t.Errorf("enum %v", ref.Value.Enum)
		}
	}
}
