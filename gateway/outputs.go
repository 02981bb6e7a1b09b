package gateway

import (
	"bytes"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Outputs keeps the output schemas of the tools of a server, from the lists that clients received:
// a client can validate results only against schemas that it has received. The connections to a
// server share it, because a client may use a list of its last session. The zero value is ready. It
// is safe for concurrent use.
type Outputs struct {
	mu      sync.Mutex
	schemas map[string]*output // by the name of the tool
	size    int                // of the texts, in bytes
	full    bool               // a schema was dropped: an unknown tool may have one
	told    []string           // the tools whose schemas are left out of lists, as the log names them
}

// maxOutputNotes bounds the notes on schemas that are left out.
const maxOutputNotes = 100

// output is an output schema.
type output struct {
	text jsontext.Value
	fits func(v any) bool
}

// maxOutputs bounds the kept schemas, in bytes.
const maxOutputs = 16 << 20

// learn records the schemas in the result of a list of tools.
func (o *Outputs) learn(result jsontext.Value) {
	tools, _ := rawjson.Elements(rawjson.At(result, "tools")) // it was filtered, and so is a list
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range tools {
		m, _ := rawjson.Split(t)
		o.set(rawjson.String(rawjson.Get(m, "name")), rawjson.Get(m, "outputSchema"))
	}
}

// withObjects returns the result of a list of tools without the output schemas for which clients
// would refuse all tools. tell is called once for a tool that loses its schema.
func (o *Outputs) withObjects(result jsontext.Value, tell func(tool string)) jsontext.Value {
	members, _ := rawjson.Split(result) // it was filtered, and so is a list
	tools, _ := rawjson.Elements(rawjson.Get(members, "tools"))
	isChanged := false
	for i, t := range tools {
		m, _ := rawjson.Split(t)
		schema := rawjson.Get(m, "outputSchema")
		if schema == nil || isObjectSchema(schema) {
			continue
		}
		tools[i], isChanged = rawjson.Join(rawjson.Without(m, "outputSchema")), true
		name := rawjson.String(rawjson.Get(m, "name"))
		o.mu.Lock()
		isNew := !slices.Contains(o.told, name) && len(o.told) < maxOutputNotes
		if isNew {
			o.told = append(o.told, name)
		}
		o.mu.Unlock()
		if isNew {
			tell(name)
		}
	}
	if !isChanged {
		return result
	}
	return rawjson.Join(rawjson.Set(members, "tools", rawjson.Array(tools)))
}

// isObjectSchema reports whether a schema has the form that MCP demands of an output schema.
func isObjectSchema(schema jsontext.Value) bool {
	s, _ := jsonvalue.Decode(schema).(map[string]any)
	properties, hasProperties := s["properties"]
	_, isObject := properties.(map[string]any)
	names, hasNames := s["required"]
	list, isList := names.([]any)
	isNoName := func(v any) bool { _, ok := v.(string); return !ok }
	return s["type"] == "object" && isObject == hasProperties && isList == hasNames && !slices.ContainsFunc(list, isNoName)
}

// set records the schema of a tool, which may be nil. The caller holds o.mu.
func (o *Outputs) set(name string, schema jsontext.Value) {
	known := o.schemas[name]
	if known != nil && bytes.Equal(known.text, schema) {
		return
	}
	if known != nil {
		o.size -= len(name) + len(known.text)
		delete(o.schemas, name)
	}
	switch size := len(name) + len(schema); {
	case schema == nil:
	case o.size+size > maxOutputs:
		o.full = true
	default:
		if o.schemas == nil {
			o.schemas = map[string]*output{}
		}
		o.schemas[name] = &output{bytes.Clone(schema), jsonschema.Fits(bytes.Clone(schema))}
		o.size += size
	}
}

// matches reports whether a value may be the structured content of a result of a tool.
func (o *Outputs) matches(name string, v any) bool {
	o.mu.Lock()
	known, full := o.schemas[name], o.full
	o.mu.Unlock()
	if known == nil {
		return !full
	}
	return known.fits(v)
}

// fits returns a function that reports whether a value may be the structured content of the answer
// to a message, for the refusal of a call of a tool.
func (r *Relay) fits(m *jsonrpc.Message) func(v any) bool {
	return func(v any) bool {
		return r.outputs.matches(rawjson.String(rawjson.At(m.Params, "name")), v) // a call without a name is refused by an error
	}
}
