package spectools

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/visible"

	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// Clients compare each result with the tool's output schema, and drop a result that does not fit.
// APIs break their own documents, so a schema says what an answer has and accepts any answer: the
// types of its members are descriptions. Options.StrictOutput asserts what the document says.

// Limits of the outline of an answer.
const (
	maxOutline   = 1000 // bytes, roughly
	outlineDepth = 4    // levels of members
)

// outputs has the members of results that only some of the fixed tools return.
var outputs = map[string]string{
	toolSearch:      `,"total":{"type":"integer"},"offset":{"type":"integer"},"operations":{"type":"array","items":{"type":"object"}}`,
	toolDescribe:    `,"operation":{"type":"string"},"arguments":{"type":"string"},"inputSchema":{"type":"object"}`,
	CallOperation:   `,"data":{},"metadata":{"type":"object"}`,
	toolReadMore:    `,"data":{},"metadata":{"type":"object"}`,
	toolInfo:        `,"title":{"type":"string"},"version":{"type":"string"},"operations":{"type":"integer"}`,
	toolDescribeAll: `,"tools":{"type":"array","items":{"type":"object"}}`,
}

// fixedOutput returns the output schema of a tool that does not come from the document.
func fixedOutput(name string) json.RawMessage {
	return json.RawMessage(`{"type":"object","properties":{"type":{"type":"string"},"error":{"type":"object"}` + outputs[name] + `}}`)
}

// outputSchema returns the schema of the results of an operation's tool.
func (b *builder) outputSchema(op *operation) json.RawMessage {
	answers := answerSchemas(op.doc)
	schema := map[string]any{"type": "object"}
	properties := map[string]any{
		"type": map[string]any{"type": "string"}, "error": map[string]any{"type": "object"},
		"data": map[string]any{}, "metadata": map[string]any{"type": "object"},
	}
	schema["properties"] = properties
	if b.o.StrictOutput {
		b.assertAnswer(op, schema, answers)
	} else {
		properties["data"] = outline(answers)
	}
	raw, err := json.Marshal(schema)
	if err != nil {
		return fixedOutput(CallOperation)
	}
	raw, _ = visibleSchema(raw)
	return raw
}

// answerSchemas returns the schemas of the answers of success; nil is an answer that has none.
func answerSchemas(op *openapi3.Operation) (all []*openapi3.SchemaRef) {
	responses := op.Responses.Map()
	isSuccess := func(status string) bool { return strings.HasPrefix(status, "2") }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(responses)), isSuccess) {
		isSuccess = func(status string) bool { return status == "default" }
	}
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		r := responses[status]
		if !isSuccess(status) || r == nil || r.Value == nil {
			continue
		}
		if len(r.Value.Content) == 0 {
			all = append(all, nil)
		}
		for _, typ := range slices.Sorted(maps.Keys(r.Value.Content)) {
			if m := r.Value.Content[typ]; m != nil && serialize.KindOf(typ) == serialize.JSON {
				all = append(all, m.Schema)
			} else {
				all = append(all, nil)
			}
		}
	}
	return all
}

// assertAnswer makes a schema of results demand what the document says of answers that are whole.
func (b *builder) assertAnswer(op *operation, schema map[string]any, answers []*openapi3.SchemaRef) {
	var whole []any
	b.answers.Begin(func(s string) { b.note(op, "answers: "+s) })
	for _, r := range answers {
		if r == nil {
			return
		}
		whole = append(whole, b.answers.Schema(r))
	}
	if whole == nil {
		return
	}
	schema["anyOf"] = []any{
		map[string]any{"properties": map[string]any{"data": map[string]any{"anyOf": whole}}},
		map[string]any{"properties": map[string]any{"type": map[string]any{"not": map[string]any{"const": "api_response"}}}},
		map[string]any{"required": []any{"metadata"}, "properties": map[string]any{
			"metadata": map[string]any{"required": []any{"truncated"}},
		}},
	}
	defs := b.answers.Definitions(b.answers.Referenced(), toolDefinitions)
	if len(defs.Schemas) > 0 {
		schema["$defs"] = defs.Schemas
	}
	if raw, err := json.Marshal(schema); err == nil {
		b.answers.Spend(len(raw))
	}
}

// outline returns a schema that describes answers and accepts any, with as many levels of members
// as have room.
func outline(answers []*openapi3.SchemaRef) map[string]any {
	whole := map[string]any{}
	for depth := 1; depth <= outlineDepth; depth++ {
		o, deeper := outliner{left: maxOutline}, map[string]any{}
		for _, r := range answers {
			o.add(deeper, r, depth, 0)
		}
		if o.left < 0 {
			break
		}
		whole = deeper
	}
	return whole
}

type outliner struct{ left int } // bytes

// add adds to an outline what a schema says. parts counts how deep it is in others of one value.
func (o *outliner) add(out map[string]any, r *openapi3.SchemaRef, depth, parts int) {
	if o.left < 0 || r == nil || r.Value == nil || parts > outlineDepth {
		return
	}
	s := r.Value
	o.left -= len(`"":{"description":""},`)
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, part := range list {
			o.add(out, part, depth, parts+1)
		}
	}
	if text := typeText(s); text != "" && out["description"] == nil && out["properties"] == nil && out["items"] == nil {
		out["description"] = text
	}
	if depth == 0 {
		return
	}
	inner := func(in map[string]any, name string, r *openapi3.SchemaRef) {
		member, _ := in[name].(map[string]any)
		if member == nil {
			member = map[string]any{}
			in[name] = member
		}
		o.left -= len(name)
		o.add(member, r, depth-1, 0)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if o.left < 0 {
			return
		}
		if p := s.Properties[name]; visible.Line(name) == name && (p == nil || p.Value == nil || !p.Value.WriteOnly) {
			properties, _ := out["properties"].(map[string]any)
			if properties == nil {
				properties = map[string]any{}
				out["properties"] = properties
				delete(out, "description")
			}
			inner(properties, name, p)
		}
	}
	if s.Items != nil {
		delete(out, "description")
		inner(out, "items", s.Items)
	}
	if extra := s.AdditionalProperties.Schema; extra != nil && len(s.Properties) == 0 {
		inner(out, "additionalProperties", extra)
	}
}

// typeText returns the types of a schema, and its format.
func typeText(s *openapi3.Schema) string {
	text := strings.Join(s.Type.Slice(), " or ")
	if s.Format != "" && text != "" {
		text += ", " + s.Format
	}
	return sanitize.Description(text, 60)
}
