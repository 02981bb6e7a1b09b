package spectools

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// visibleSchema returns a schema to be shown: characters of names, values and patterns that do not
// show are escapes of JSON. Arguments are checked against the schema itself, which has them. In
// patterns the escapes mean the same.
func visibleSchema(raw json.RawMessage) json.RawMessage {
	text := string(raw)
	hasEscape := func(e string) bool { return strings.Contains(text, e) }
	if visible.JSON(text) == text && !slices.ContainsFunc([]string{`\u`, `\b`, `\f`, `\r`, `\n`, `\t`}, hasEscape) {
		return raw
	}
	v := orderedjson.PlainOf(raw)
	before, errBefore := json.Marshal(v)
	after, err := json.Marshal(visibleValue(v))
	if errBefore != nil || err != nil || string(before) == string(after) {
		return raw // v is decoded JSON: it can be encoded
	}
	return after
}

func visibleValue(v any) any {
	switch v := v.(type) {
	case string:
		return visible.JSON(strings.ReplaceAll(v, "\r", `\r`))
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = visibleValue(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[visible.Line(visible.JSON(lineBreaks.Replace(name)))] = visibleValue(e)
		}
		return out
	}
	return v
}

var lineBreaks = strings.NewReplacer("\r", `\r`, "\n", `\n`, "\t", `\t`)
