package spectools

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// plainSchema returns the schema of a tool as clients are shown it, without lists of types: Gemini
// refuses all tools if one has such a list, and Cursor the calls. Null for what may be left out is
// said in the description instead. Arguments are still checked against the schema as it was.
func plainSchema(raw json.RawMessage) json.RawMessage {
	if !bytes.Contains(raw, []byte(`"null"`)) && !bytes.Contains(raw, []byte(`"type":[`)) {
		return raw
	}
	schema := orderedjson.PlainOf(raw)
	writePlain(schema, false)
	out, err := json.Marshal(schema)
	if err != nil {
		return raw // it is decoded JSON: it can be encoded
	}
	return out
}

// writePlain replaces the lists of types of a schema and of those in it. optional says that it is
// that of a property which may be left out.
func writePlain(v any, optional bool) {
	s, _ := v.(map[string]any)
	required, _ := s["required"].([]any)
	for keyword, v := range s {
		inner, _ := v.(map[string]any)
		switch keyword {
		case "enum", "const", "default":
		case "properties", "patternProperties", "dependentSchemas", "$defs":
			for name, p := range inner {
				writePlain(p, keyword == "properties" && !slices.Contains(required, any(name)))
			}
		default:
			writePlain(v, false)
			list, _ := v.([]any)
			for _, e := range list {
				writePlain(e, false)
			}
		}
	}
	isNull := func(v any) bool { n, _ := v.(map[string]any); return len(n) == 1 && n["type"] == "null" }
	if all, _ := s["anyOf"].([]any); optional && len(all) == 2 && slices.ContainsFunc(all, isNull) {
		other, _ := slices.DeleteFunc(slices.Clone(all), isNull)[0].(map[string]any)
		if replaceAnyOf(s, other) {
			sayNull(s)
		}
	}
	types, _ := s["type"].([]any)
	if some := slices.DeleteFunc(slices.Clone(types), func(t any) bool { return t == "null" }); optional && len(some) > 0 && len(some) < len(types) {
		types = some
		sayNull(s)
	}
	switch len(types) {
	case 0:
	case 1:
		s["type"] = types[0]
	default:
		var alternatives []any
		for _, t := range types {
			alternatives = append(alternatives, map[string]any{"type": t})
		}
		delete(s, "type")
		if s["anyOf"] == nil {
			s["anyOf"] = alternatives
		} else {
			all, _ := s["allOf"].([]any)
			s["allOf"] = append(all, anyOf(alternatives...))
		}
	}
}

// replaceAnyOf moves the keywords of an alternative into the schema that has it, and drops the
// others. It reports false, and does nothing, if both have a keyword that both mean.
func replaceAnyOf(s, alternative map[string]any) bool {
	for keyword := range alternative {
		if _, both := s[keyword]; both && keyword != "anyOf" && keyword != "description" && keyword != "title" {
			return false
		}
	}
	delete(s, "anyOf")
	for keyword, v := range alternative {
		if _, both := s[keyword]; !both {
			s[keyword] = v
		}
	}
	return true
}

// sayNull says in the description of a schema that it allows null, which it otherwise does not.
func sayNull(s map[string]any) {
	if enum, isList := s["enum"].([]any); isList {
		s["enum"] = slices.DeleteFunc(enum, func(v any) bool { return v == nil })
	}
	text, _ := s["description"].(string)
	if text != "" && !strings.HasSuffix(text, ".") {
		text += "."
	}
	s["description"] = strings.TrimSpace(text + " May be null.")
}
