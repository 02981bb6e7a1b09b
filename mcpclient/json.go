package mcpclient

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// jsonString writes a string as JSON without escapes for HTML.
func jsonString(s string) string { return string(jsonvalue.Encode(s)) }

// jsonType returns the type of a JSON text in the words of JSON Schema, "" if it is not JSON.
func jsonType(s string) string {
	v := jsontext.Value(s)
	if !v.IsValid() || strings.TrimSpace(s) != s {
		return ""
	}
	switch v.Kind() {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		if strings.ContainsAny(s, ".eE") {
			return "number"
		}
		return "integer"
	case '{':
		return "object"
	}
	return "array"
}

// isComposite reports whether a text is a JSON object or array.
func isComposite(s string) bool {
	t := jsonType(strings.TrimSpace(s))
	return t == "object" || t == "array"
}

// isSameJSON reports whether two texts are the same JSON, in any order of members.
func isSameJSON(a, b []byte) bool {
	x, y := jsonvalue.Decode(a), jsonvalue.Decode(b)
	return x != nil && bytes.Equal(jsonvalue.Encode(x), jsonvalue.Encode(y))
}
