package spectools

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
)

// exact returns the value of a keyword with the digits that the document has, or the fallback.
func exact(s *openapi3.Schema, keyword string, fallback any) any {
	if v, ok := openapi.Exact(s, keyword); ok {
		return v
	}
	return fallback
}

// shortDefault returns a default as JSON and reports whether it is short enough to be useful.
func shortDefault(v any) (any, bool) {
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

// jsonValue converts a value of a document to decoded JSON with exact numbers.
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
