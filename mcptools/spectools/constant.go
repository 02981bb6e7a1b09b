package spectools

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
)

// exactly is what a schema has under a keyword, its numbers to the letter.
func exactly(s *openapi3.Schema, keyword string, otherwise any) any {
	if v, ok := openapi.Exact(s, keyword); ok {
		return v
	}
	return otherwise
}

// scalar is a default that is worth telling.
func scalar(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		return v, len(v) <= 100 && sanitize.Line(v, 100) == v
	case float64, int, int64, uint64, json.Number:
		return jsonValue(v), true
	}
	return nil, false
}

// jsonValue is a value of a document as decoded JSON, numbers exact.
func jsonValue(v any) any {
	switch v := v.(type) {
	case nil, bool, string, json.Number:
		return v
	case float64:
		return openapi.JSONNumber(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = jsonValue(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = jsonValue(e)
		}
		return out
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	x, err := orderedjson.Decode(b)
	if err != nil {
		return nil
	}
	return orderedjson.Plain(x)
}
