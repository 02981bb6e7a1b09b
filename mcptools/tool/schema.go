package tool

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// outputSchemas caches the schemas of types, which cost a third of the start of a server.
var outputSchemas sync.Map // reflect.Type to json.RawMessage

// outputSchema returns the JSON Schema of T or of an error: clients that validate structured
// results validate errors too. Callers share the result and must not change it.
func outputSchema[T any]() json.RawMessage {
	t := reflect.TypeFor[T]()
	if s, ok := outputSchemas.Load(t); ok {
		return s.(json.RawMessage)
	}
	s := makeOutputSchema[T]()
	outputSchemas.Store(t, s)
	return s
}

func makeOutputSchema[T any]() json.RawMessage {
	t := mcp.NewTool("", mcp.WithOutputSchema[T]())
	raw, _ := json.Marshal(t.OutputSchema) // plain values: cannot fail
	var s map[string]any
	json.Unmarshal(raw, &s)
	removeNull(s)
	typeAnyValues(s)
	props, _ := s["properties"].(map[string]any)
	text := map[string]any{"type": "string"}
	props["error"] = map[string]any{
		"type": "object", "description": "why there is no result; then this is the only member",
		"properties": map[string]any{"code": text, "message": text, "argument": text, "hint": text},
		"required":   []string{"code", "message"}, "additionalProperties": false,
	}
	s["anyOf"] = []any{map[string]any{"required": s["required"]}, map[string]any{"required": []string{"error"}}}
	delete(s, "required")
	raw, _ = json.Marshal(s)
	return raw
}

// eitherSchema returns the schema of results that conform to one of two schemas of outputSchema.
func eitherSchema(a, b json.RawMessage) json.RawMessage {
	var x, y struct {
		Type       string                     `json:"type"`
		Properties map[string]json.RawMessage `json:"properties"`
		AnyOf      []json.RawMessage          `json:"anyOf"`
		Additional bool                       `json:"additionalProperties"`
	}
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return a
	}
	maps.Copy(x.Properties, y.Properties)
	x.AnyOf = append(x.AnyOf, y.AnyOf...)
	raw, _ := json.Marshal(x) // plain values: cannot fail
	return raw
}

// shared are the members that results of many tools have: docs/tools.md describes them once.
var shared = []string{
	"notice", "error", "note", "total", "truncated", "more", "next_offset", "next_cursor", "searched", "left", "complete",
}

// OutlineSchema returns an output schema as clients get it: the members of a result with their
// types. A list of tools is read by models, so it omits nested members, descriptions, members that
// many tools share and those that repeat an argument.
func OutlineSchema(full json.RawMessage, params []Param) json.RawMessage {
	var s struct {
		Properties map[string]struct {
			Type  string         `json:"type"`
			AnyOf []any          `json:"anyOf"`
			Items map[string]any `json:"items"`
		} `json:"properties"`
	}
	if json.Unmarshal(full, &s) != nil {
		return full
	}
	props := map[string]any{}
	for name, p := range s.Properties {
		isArgument := slices.ContainsFunc(params, func(p Param) bool { return p.Name == name })
		if slices.Contains(shared, name) || isArgument {
			continue
		}
		member := map[string]any{}
		switch t, _ := p.Items["type"].(string); {
		case p.Type == "":
			member["anyOf"] = p.AnyOf
		case t != "" && t != "object":
			member["type"], member["items"] = p.Type, map[string]any{"type": t}
		default:
			member["type"] = p.Type
		}
		props[name] = member
	}
	raw, _ := json.Marshal(map[string]any{"type": "object", "properties": props}) // plain values: cannot fail
	return raw
}

// removeNull removes null from lists of types: results contain empty lists and omit absent members.
func removeNull(v any) {
	switch x := v.(type) {
	case map[string]any:
		if t, ok := x["type"].([]any); ok && len(t) == 2 && t[0] == "null" {
			x["type"] = t[1]
		}
		for _, y := range x {
			removeNull(y)
		}
	case []any:
		for _, y := range x {
			removeNull(y)
		}
	}
}

// typeAnyValues adds all types to schemas that accept any value: some clients reject a schema
// without a type.
func typeAnyValues(v any) {
	switch x := v.(type) {
	case map[string]any:
		if props, ok := x["properties"].(map[string]any); ok {
			for name, p := range props {
				if s, isMap := p.(map[string]any); p == true || isMap && !isTyped(s) {
					props[name] = anyTypeSchema(s["description"])
				}
			}
		}
		for _, y := range x {
			typeAnyValues(y)
		}
	case []any:
		for _, y := range x {
			typeAnyValues(y)
		}
	}
}

func anyTypeSchema(description any) map[string]any {
	types := []any{}
	for _, t := range []string{"string", "number", "boolean", "object", "array"} {
		types = append(types, map[string]any{"type": t})
	}
	s := map[string]any{"anyOf": types}
	if description != nil {
		s["description"] = description
	}
	return s
}

func isTyped(schema map[string]any) bool {
	return schema["type"] != nil || schema["anyOf"] != nil || schema["$ref"] != nil || schema["enum"] != nil
}
