package jsonschema

import (
	"context"
	"sync"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Fits returns a function that reports whether a value fits a schema, which is compiled at the
// first call. Nothing fits a schema that cannot be compiled or exceeds the validation budget.
func Fits(schema []byte) func(v any) bool {
	compiled := sync.OnceValue(func() *Schema {
		s, _ := Compile(jsonvalue.Decode(schema))
		return s
	})
	return func(v any) bool {
		s := compiled()
		if s == nil {
			return false
		}
		ok, err := s.Matches(context.Background(), NewMeter(0), v)
		return ok && err == nil
	}
}
