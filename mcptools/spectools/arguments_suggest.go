package spectools

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// suggest says for each problem of arguments what to give, as the schema of the arguments wants it.
func suggest(schema any, problems []jsonschema.Problem) (out []string) {
	for _, p := range problems {
		name := strings.TrimPrefix(p.Field, serialize.BodyArgument+".")
		what := describeWanted(schema, p.Field)
		switch {
		case p.Kind == jsonschema.UnknownMember:
			out = append(out, "leave out "+name)
		case name == "" || what == "":
			out = append(out, strings.TrimSpace("correct "+name)+": "+p.Reason)
		default:
			out = append(out, "give "+name+", "+what)
		}
	}
	return out
}

// fieldStep is a step of a field such as a.b[0].
var fieldStep = regexp.MustCompile(`[^.\[]+|\[\d+\]`)

// describeWanted describes the values that a schema of arguments allows for a field, such as "a
// text of 1 to 40 characters", or returns "".
func describeWanted(schema any, field string) string {
	path := fieldStep.FindAllString(field, -1)
	if file := describeFile(schema, path); file != "" {
		return file
	}
	all := map[string]any{}
	w := schemaWalk{root: schema, seen: map[string]bool{}, isOne: true}
	w.visit(schema, path, 0, func(s map[string]any) { maps.Copy(all, s) })
	if values, _ := all["enum"].([]any); len(values) > 0 && len(values) <= maxMembers {
		text, err := json.Marshal(values)
		if err == nil {
			return "one of " + sanitize.Line(strings.Trim(string(text), "[]"), maxDescription)
		}
	}
	var kinds []string
	for _, t := range typesAt(schema, path...) {
		if kind := wantedTypes[t]; kind.name != "" {
			kinds = append(kinds, kind.name+boundText(all[kind.least], all[kind.most], kind.unit))
		}
	}
	text := strings.Join(kinds, " or ")
	if text == "" {
		return ""
	}
	for _, bound := range [...][2]string{{"exclusiveMinimum", " above "}, {"exclusiveMaximum", " below "}, {"multipleOf", ", a multiple of "}} {
		if limit := all[bound[0]]; limit != nil {
			text += bound[1] + fmt.Sprint(limit)
		}
	}
	if all["uniqueItems"] == true {
		text += ", each once"
	}
	if format, _ := all["format"].(string); format != "" {
		text += ", format " + format
	}
	if pattern, _ := all["pattern"].(string); pattern != "" {
		text += ", that matches " + sanitize.Line(pattern, maxDescription)
	}
	return text
}

// describeFile describes the forms of a file in a multipart form, see [translator.file], or returns
// "".
func describeFile(schema any, path []string) string {
	var text, more string
	w := schemaWalk{root: schema, seen: map[string]bool{}}
	w.visit(schema, path, 0, func(s map[string]any) {
		forms, _ := s["properties"].(map[string]any)
		if data, _ := forms["data"].(map[string]any); data["contentEncoding"] == "base64" && forms["filename"] != nil {
			text = `base64 such as "aGVsbG8=", or {"data": "aGVsbG8=", "filename": "a.txt"}`
			more = `; a server with --files DIR takes {"path": "a.txt"} too`
		} else if forms["path"] != nil && forms["filename"] != nil {
			text, more = text+`, or {"path": "a.txt"}`, ""
		}
	})
	return text + more
}

// wantedTypes are the types of JSON Schema in words, with the keywords that bound them.
var wantedTypes = map[string]struct{ name, least, most, unit string }{
	"string":  {"a text", "minLength", "maxLength", " characters"},
	"integer": {"a whole number", "minimum", "maximum", ""},
	"number":  {"a number", "minimum", "maximum", ""},
	"array":   {"a list", "minItems", "maxItems", " items"},
	"object":  {"an object", "minProperties", "maxProperties", " members"},
	"boolean": {"true or false", "", "", ""},
}

// boundText says the bounds of a value, each nil or a number.
func boundText(least, most any, unit string) string {
	switch {
	case least != nil && most != nil:
		return fmt.Sprintf(" of %v to %v%s", least, most, unit)
	case least != nil:
		return fmt.Sprintf(" of at least %v%s", least, unit)
	case most != nil:
		return fmt.Sprintf(" of at most %v%s", most, unit)
	}
	return ""
}
