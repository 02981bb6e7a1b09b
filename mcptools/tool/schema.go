package tool

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// Members are the members of results by name, as clients know them: their types, those of items
// included. A list of tools is read by models, so it has no nested members and no descriptions.
type Members map[string]map[string]any

// members caches the members of types, which cost a third of the start of a server.
var members sync.Map // reflect.Type to Members

// membersOf returns the members of T. Callers share them and must not change them.
func membersOf[T any]() Members {
	t := reflect.TypeFor[T]()
	if m, ok := members.Load(t); ok {
		return m.(Members)
	}
	m := Members{}
	for name, p := range mcp.NewTool("", mcp.WithOutputSchema[T]()).OutputSchema.Properties {
		schema, _ := p.(map[string]any)
		items, _ := schema["items"].(map[string]any)
		m[name] = map[string]any{"type": typeOf(schema)}
		if t := typeOf(items); t != nil && t != "object" {
			m[name]["items"] = map[string]any{"type": t}
		}
	}
	members.Store(t, m)
	return m
}

// typeOf returns the type of a schema without null: results contain empty lists and omit absent
// members.
func typeOf(schema map[string]any) any {
	if list, ok := schema["type"].([]any); ok && len(list) == 2 && list[0] == "null" {
		return list[1]
	}
	return schema["type"]
}

// shared are the members that results of many tools have: docs/tools.md describes them once.
var shared = []string{
	"notice", "error", "note", "total", "truncated", "more", "next_offset", "next_cursor", "searched", "left", "complete",
}

// OutputSchema returns the JSON Schema of a tool's results, without members that many tools share,
// those that repeat an argument, and counts and flags.
func (t *Tool) OutputSchema() json.RawMessage {
	own := maps.Clone(t.Output)
	maps.DeleteFunc(own, func(name string, s map[string]any) bool {
		return s["type"] == "integer" || s["type"] == "boolean" || slices.Contains(shared, name) || slices.ContainsFunc(t.Params, func(p Param) bool { return p.Name == name })
	})
	raw, _ := json.Marshal(map[string]any{"type": "object", "properties": own}) // plain values: cannot fail
	return raw
}
