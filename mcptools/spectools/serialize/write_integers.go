package serialize

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// withIntegers returns a value in which the numbers that a schema takes as integers have no
// fraction and no exponent. JSON Schema takes 5.0 and 1e2 for integers; most servers do not.
func withIntegers(r *openapi3.SchemaRef, v any) any {
	if r == nil {
		return v
	}
	switch v := v.(type) {
	case json.Number:
		types := openapi.SchemaTypes(r)
		if slices.Contains(types, "integer") && !slices.Contains(types, "number") {
			return plainInteger(v)
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withIntegers(openapi.SchemaItems(r), e)
		}
		return out
	case *orderedjson.Object:
		out := orderedjson.New()
		for _, name := range v.Names() {
			out.Set(name, withIntegers(params.MemberSchema(r, name), v.Value(name)))
		}
		return out
	}
	return v
}

// plainInteger returns a number without fraction and exponent, or the number as it is if it is no
// integer, or one with very many digits.
func plainInteger(n json.Number) json.Number {
	_, exponent, _ := strings.Cut(strings.ToLower(string(n)), "e")
	if !strings.ContainsAny(string(n), ".eE") || len(strings.TrimLeft(exponent, "+-0")) > 2 {
		return n
	}
	if x, ok := new(big.Rat).SetString(string(n)); ok && x.IsInt() {
		return json.Number(x.Num().String())
	}
	return n
}
