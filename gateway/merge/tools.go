package merge

import (
	"context"
	"crypto/sha256"
	"maps"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/rawjson"
)

// toolShape is the schema of a listed tool in all revisions of MCP. Clients refuse a complete list
// if one tool violates it.
const toolShape = `{"type": "object", "required": ["name", "inputSchema"], "properties": {
	"name": {"type": "string", "minLength": 1}, "title": {"type": "string"}, "description": {"type": "string"},
	"inputSchema": {"type": "object", "required": ["type"], "properties": {
		"type": {"const": "object"}, "properties": {"type": "object"}, "required": {"type": "array", "items": {"type": "string"}}}},
	"outputSchema": {"type": "object"},
	"annotations": {"type": "object", "properties": {"title": {"type": "string"}, "readOnlyHint": {"type": "boolean"},
		"destructiveHint": {"type": "boolean"}, "idempotentHint": {"type": "boolean"}, "openWorldHint": {"type": "boolean"}}},
	"execution": {"type": "object"}, "icons": {"type": "array", "items": {"type": "object"}}, "_meta": {"type": "object"}}}`

var compiledShape = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.Compile(jsonvalue.Decode([]byte(toolShape)))
})

// toolDefect returns the defect of a tool, or "" if clients can use it.
func toolDefect(ctx context.Context, tool jsontext.Value) string {
	shape, err := compiledShape()
	if err != nil {
		return err.Error()
	}
	v := jsonvalue.Decode(tool)
	if problems := jsonschema.Problems(shape.Validate(ctx, v)); len(problems) > 0 {
		return enforce.Clip(strings.TrimSpace(problems[0].Field + " " + problems[0].Reason))
	}
	for _, name := range []string{"inputSchema", "outputSchema"} {
		schema, ok := v.(map[string]any)[name].(map[string]any)
		if !ok {
			continue
		}
		if _, err := jsonschema.Compile(schema); err == nil {
			continue
		}
		if _, isNamed := schema["$schema"]; !isNamed { // many servers write this dialect without a name
			schema = maps.Clone(schema)
			schema["$schema"] = "http://json-schema.org/draft-07/schema#"
		}
		if _, err := jsonschema.Compile(schema); err != nil {
			why := strings.TrimPrefix(err.Error(), "compile schema: ")
			if _, first, ok := strings.Cut(why, "\n- "); ok {
				why, _, _ = strings.Cut(first, "\n")
			}
			return name + " is no JSON Schema: " + enforce.Clip(strings.ReplaceAll(why, "mem:///schema.json", ""))
		}
	}
	return ""
}

const sameName = "another tool of the server has its name"

// usable returns the tools of a server that clients can use. The log names each of the others once
// as long as it stays listed.
func (be *backend) usable(ctx context.Context, tools []jsontext.Value) (good []jsontext.Value) {
	be.mu.Lock()
	before := be.defects
	be.mu.Unlock()
	defects, seen := map[[sha256.Size]byte]string{}, map[string]bool{}
	for _, e := range tools {
		name, sum := rawjson.String(rawjson.At(e, "name")), sha256.Sum256(e)
		if _, isRepeated := defects[sum]; isRepeated {
			continue
		}
		why, isKnown := before[sum]
		if !isKnown {
			why = toolDefect(ctx, e)
		}
		if why == "" && seen[name] {
			why = sameName
		} else if why == sameName && !seen[name] {
			why = ""
		}
		if defects[sum] = why; why == "" {
			seen[name], good = true, append(good, e)
		} else if !isKnown {
			be.log.Warn("a tool is left out of the list: clients would refuse all tools for it", "tool", enforce.Clip(name), "why", why)
		}
	}
	be.mu.Lock()
	be.defects = defects
	be.mu.Unlock()
	return good
}
