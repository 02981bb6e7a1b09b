package serialize

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// scalarText returns a scalar as it is written in a URL, header or form. It reports false for an
// array or object.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	case nil:
		return "", true
	}
	return "", false
}

// parseScalar reads text as a scalar of a schema's types. If the text fits several, the narrowest
// wins: a number before a boolean before a string. Text that fits none stays a string.
func parseScalar(s string, r *openapi3.SchemaRef) any {
	types := openapi.SchemaTypes(r)
	if r != nil && r.Value != nil && slices.Contains(r.Value.Enum, any(s)) {
		return s
	}
	if (slices.Contains(types, "integer") || slices.Contains(types, "number")) && isNumber(s) &&
		(slices.Contains(types, "number") || !strings.ContainsAny(s, ".eE")) {
		return json.Number(s)
	}
	if slices.Contains(types, "boolean") && (s == "true" || s == "false") {
		return s == "true"
	}
	return s
}

// isNumber reports whether s is a JSON number.
func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	return json.Valid([]byte(s))
}
