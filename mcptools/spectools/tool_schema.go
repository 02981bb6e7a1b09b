package spectools

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// Limits of the definitions in the schemas of tools, in bytes.
const (
	maxDefinitions    = 32 << 20  // all tools together
	toolDefinitions   = 256 << 10 // one tool
	fewestDefinitions = 1 << 10   // one tool, however many there are
)

// toolDraft is a tool whose definitions are missing.
type toolDraft struct {
	op          *operation
	schema      map[string]any
	definitions []string
}

// buildTools writes the tools of operations that have their names, and returns those operations.
// Each tool has its own copy of the definitions it refers to. Where the copies are too large, all
// tools may have definitions up to the same size.
func (b *builder) buildTools(ops []*operation) (built []*operation) {
	var drafts []toolDraft
	for _, op := range ops {
		d, err := b.draftTool(op)
		if err != nil {
			b.skip(op, err.Error())
			continue
		}
		drafts = append(drafts, d)
	}
	sizes := make([]int, len(drafts))
	for i, d := range drafts {
		sizes[i] = b.schemas.Definitions(d.definitions, toolDefinitions).Size
	}
	limit := max(min(fairShare(sizes, maxDefinitions), toolDefinitions), fewestDefinitions)
	for _, d := range drafts {
		if err := b.finishTool(d, limit); err != nil {
			b.skip(d.op, err.Error())
			continue
		}
		built = append(built, d.op)
	}
	return built
}

func (b *builder) draftTool(op *operation) (toolDraft, error) {
	op.held = op.held || b.confirms(op)
	op.mayBeHeld = b.mayBeHeld(op)
	b.schemas.Begin(func(s string) { b.note(op, s) })
	if b.schemas.left <= 0 {
		b.note(op, fmt.Sprintf("the schemas of the tools before have %d MiB: any argument is accepted", maxInline>>20))
	}
	d := toolDraft{op: op, schema: b.inputSchema(op), definitions: b.schemas.referenced}
	raw, err := json.Marshal(d.schema)
	if err != nil {
		return d, fmt.Errorf("write its schema: %w", err)
	}
	b.schemas.left -= len(raw)
	return d, nil
}

func (b *builder) finishTool(d toolDraft, limit int) error {
	op := d.op
	defs := b.schemas.Definitions(d.definitions, limit)
	if len(defs.Schemas) > 0 {
		d.schema["$defs"] = defs.Schemas
	}
	if defs.Left > 0 {
		b.note(op, fmt.Sprintf("its schemas have more than %d bytes: %d of them accept any value", limit, defs.Left))
	}
	raw, err := json.Marshal(d.schema)
	if err == nil {
		raw, err = b.o.SignIn.withoutTokens(op, raw)
	}
	if err != nil {
		return fmt.Errorf("write its schema: %w", err)
	}
	op.argumentSchema = raw
	// The description begins with the summary, which a title would repeat in every tool.
	op.tool = mcp.Tool{
		Name: op.toolName, Description: op.description, RawInputSchema: plainSchema(visibleSchema(raw)),
		Annotations:     annotations(op),
		RawOutputSchema: b.outputSchema(op),
	}
	return nil
}

// annotations returns the hints that follow from the method, and from a path that names a query.
// The document's extensions may tighten them: a hint that promises more than the method does is
// ignored, because the document may be somebody else's.
func annotations(op *operation) mcp.ToolAnnotation {
	hint := func(name string, fallback bool) bool { return extensionBool(op.doc.Extensions, name, fallback) }
	safe := guard.IsSafe(op.Method) && !mayBecomeWrite(op)
	readOnly := op.reads && safe
	destructive := !readOnly && !op.queries && (!safe || hint("x-mcp-destructive", true))
	idempotent := (safe || op.Method == "PUT" || op.Method == "DELETE") && hint("x-mcp-idempotent", true)
	openWorld := true
	return mcp.ToolAnnotation{
		ReadOnlyHint: &readOnly, DestructiveHint: &destructive, IdempotentHint: &idempotent, OpenWorldHint: &openWorld,
	}
}

// nameOnlySchema returns the schema of the argument that sends a query parameter without "=".
func nameOnlySchema(p *serialize.Parameter) map[string]any {
	kind := "boolean"
	if p.NameOnly() == "" {
		kind = "string"
	}
	return map[string]any{"type": kind, "const": p.NameOnly(),
		"description": "Sends the name alone, without a value: ?" + p.Argument}
}

// inputSchema returns the schema of a tool's arguments, without definitions.
func (b *builder) inputSchema(op *operation) map[string]any {
	props := make(map[string]any)
	var required []any
	for _, p := range op.Parameters {
		schema := b.schemas.Schema(p.Schema)
		if p.AllowEmptyValue {
			schema = map[string]any{"anyOf": []any{schema, nameOnlySchema(p)}}
		}
		description := p.Description
		if p.Argument != p.Name {
			description = "Sent as " + p.Name + ". " + description
		}
		props[p.Argument] = withDescription(schema, description)
		if p.Required && p.Default == nil {
			required = append(required, p.Argument)
		}
	}
	if len(op.Bodies) > 0 {
		props[serialize.BodyArgument] = b.bodySchema(op)
		if op.bodyAsked() {
			required = append(required, serialize.BodyArgument)
		}
		if s := contentTypeSchema(op.Bodies); s != nil {
			props[serialize.ContentTypeArgument] = s
		}
	}
	if op.mayBeHeld {
		props[confirmedArgument] = map[string]any{"type": "boolean"} // the instructions explain it once
	}
	m := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		m["required"] = required
	}
	return m
}

// withDescription replaces the description of a schema by that of its parameter or body, which says
// more.
func withDescription(schema any, text string) any {
	text = sanitize.Description(text, maxDescription)
	m, ok := schema.(map[string]any)
	if !ok || text == "" {
		return schema
	}
	m = maps.Clone(m)
	m["description"] = text
	return m
}

// bodySchema returns the schema of the argument requestBody. Media types with different schemas
// become branches of an anyOf.
func (b *builder) bodySchema(op *operation) any {
	description := ""
	if op.doc.RequestBody != nil && op.doc.RequestBody.Value != nil {
		description = op.doc.RequestBody.Value.Description
	}
	if len(op.Bodies) == 1 {
		return withDescription(b.schemas.Body(op.Bodies[0]), description)
	}
	var branches []any
	var digests []guard.Digest
	branchOf := make(map[*serialize.Media]int)
	for _, m := range op.Bodies {
		schema := b.schemas.Body(m)
		d := guard.DigestOf(orderedjson.PlainOf(schema))
		i := slices.Index(digests, d)
		if i < 0 {
			i = len(branches)
			branches, digests = append(branches, schema), append(digests, d)
		}
		branchOf[m] = i
	}
	if len(branches) == 1 {
		return withDescription(branches[0], description)
	}
	op.bodyBranch = branchOf
	return withDescription(map[string]any{"anyOf": branches}, description)
}

// contentTypeSchema returns the schema of the argument requestContentType, nil if there is only one
// media type.
func contentTypeSchema(bodies []*serialize.Media) any {
	if len(bodies) == 1 && !bodies[0].IsRange() {
		return nil
	}
	m := map[string]any{"type": "string", "description": "Media type of requestBody.", "default": bodies[0].Sent}
	var enum []any
	for _, b := range bodies {
		if b.IsRange() {
			m["pattern"] = `^[A-Za-z0-9!#$&^_.+\-]+\/[A-Za-z0-9!#$&^_.+\-]+(;[ -~]*)?$`
			return m
		}
		enum = append(enum, b.Type)
	}
	m["enum"] = enum
	return m
}

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
	ReadOperation:   `,"data":{},"metadata":{"type":"object"}`,
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
	if b.o.StrictOutput {
		b.assertAnswer(op, schema, answers)
	} else {
		data := outline(answers)
		if len(data) == 0 {
			return nil // it would describe nothing but what all results have
		}
		schema["properties"] = map[string]any{"data": data}
	}
	raw, err := json.Marshal(schema)
	if err != nil {
		return fixedOutput(CallOperation)
	}
	return visibleSchema(raw)
}

// answerSchemas returns the schemas of the answers of success, nil for an answer without one.
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

// assertAnswer makes a schema of results as strict as the document for answers that are complete.
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
	defs := b.answers.Definitions(b.answers.referenced, toolDefinitions)
	if len(defs.Schemas) > 0 {
		schema["$defs"] = defs.Schemas
	}
	if raw, err := json.Marshal(schema); err == nil {
		b.answers.left -= len(raw)
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
