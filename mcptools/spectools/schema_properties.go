package spectools

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
)

// maxSchemaDepth bounds how many schemas within each other are searched for properties.
const maxSchemaDepth = 16

// propertyNames returns the names of the properties of objects that a schema of arguments
// describes, sorted: those of the root, or of the property that a path names. The schema is decoded
// JSON.
func propertyNames(root any, path ...string) []string {
	return slices.Sorted(maps.Keys(objectOf(root, []any{root}, map[string]bool{}, path...).members))
}

// requiredNames returns which of these properties each of the objects must have. Properties that
// only one of several alternatives requires are not among them.
func requiredNames(root any, path ...string) map[string]bool {
	names := map[string]bool{}
	w := schemaWalk{root: root, seen: map[string]bool{}, isOne: true}
	w.visit(root, path, 0, func(s map[string]any) {
		list, _ := s["required"].([]any)
		for _, name := range list {
			if text, isText := name.(string); isText {
				names[text] = true
			}
		}
	})
	return names
}

// typesAt returns the JSON types that a schema of arguments allows at a path of properties: those
// of the keywords type, enum and const of all its parts. An empty result means any type.
func typesAt(root any, path ...string) []string {
	types := map[string]any{}
	w := schemaWalk{root: root, seen: map[string]bool{}}
	w.visit(root, path, 0, func(s map[string]any) {
		names, isList := s["type"].([]any)
		if !isList {
			names = []any{s["type"]}
		}
		for _, name := range names {
			if text, ok := name.(string); ok {
				types[text] = nil
			}
		}
		values, _ := s["enum"].([]any)
		if c, ok := s["const"]; ok {
			values = append(values, c)
		}
		for _, v := range values {
			types[jsonTypeOf(v)] = nil
		}
	})
	return slices.Sorted(maps.Keys(types))
}

// jsonTypeOf returns the type of decoded JSON in terms of JSON Schema.
func jsonTypeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		if f, err := v.Float64(); err == nil && f == math.Trunc(f) {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// schemaWalk visits the schemas that apply to a value, each alternative being one.
type schemaWalk struct {
	root any
	seen map[string]bool // references that were followed, so that each is followed once
	// isOne leaves out alternatives, unless there is only one.
	isOne bool
}

// visit calls f with the schemas at a path of properties below v.
func (w *schemaWalk) visit(v any, path []string, depth int, f func(map[string]any)) {
	s, ok := v.(map[string]any)
	if !ok || depth > maxSchemaDepth {
		return
	}
	if len(path) == 0 {
		f(s)
	} else if strings.HasPrefix(path[0], "[") {
		w.visit(s["items"], path[1:], depth+1, f)
	} else if properties, ok := s["properties"].(map[string]any); ok {
		w.visit(properties[path[0]], path[1:], depth+1, f)
	}
	if ref, ok := s["$ref"].(string); ok && !w.seen[ref] {
		w.seen[ref] = true
		w.visit(definition(w.root, ref), path, depth+1, f)
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := s[keyword].([]any)
		if w.isOne && keyword != "allOf" && len(branches) > 1 {
			continue
		}
		for _, b := range branches {
			w.visit(b, path, depth+1, f)
		}
	}
}

// definitionPrefix begins references to definitions.
const definitionPrefix = "#/$defs/"

// referenceOf returns the name of the definition that a schema refers to, or "".
func referenceOf(schema map[string]any) string {
	ref, _ := schema["$ref"].(string)
	return strings.TrimPrefix(ref, definitionPrefix)
}

// definition returns the definition of a schema that a reference names, or nil.
func definition(root any, ref string) any {
	name, ok := strings.CutPrefix(ref, definitionPrefix)
	r, isObject := root.(map[string]any)
	if !ok || !isObject {
		return nil
	}
	defs, _ := r["$defs"].(map[string]any)
	return defs[name]
}
