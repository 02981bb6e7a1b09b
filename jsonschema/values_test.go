package jsonschema

import (
	"math"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestValuesThatAreNotJSON refuses what no JSON document can hold, unless a schema says nothing of values.
func TestValuesThatAreNotJSON(t *testing.T) {
	for _, text := range []string{`{"minLength":1}`, `{"type":"number"}`, `{"not":{"type":"string"}}`,
		`{"const":1}`, `{"enum":[1,[]]}`, `{"items":{},"additionalProperties":{}}`} {
		s := must.Get(Compile(parse(t, text)))
		for _, v := range []any{math.NaN(), math.Inf(1), float32(math.Inf(-1)), struct{}{}, []int{1}, new(int)} {
			if s.Validate(t.Context(), v) == nil {
				t.Errorf("%s accepts %T %v", text, v, v)
			}
			if ok, err := s.Matches(t.Context(), NewMeter(0), v); ok || err != nil {
				t.Errorf("%s matches %T %v, %v", text, v, v, err)
			}
		}
	}
}
