package spectools

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"

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
	op.held = op.held || b.o.Policy.RequiresConsent(op.Method, op.toolName)
	op.mayBeHeld = b.mayBeHeld(op)
	b.schemas.Begin(func(s string) { b.note(op, s) })
	if b.schemas.IsSpent() {
		b.note(op, fmt.Sprintf("the schemas of the tools before have %d MiB: any argument is accepted", maxInline>>20))
	}
	d := toolDraft{op: op, schema: b.inputSchema(op), definitions: b.schemas.Referenced()}
	raw, err := json.Marshal(d.schema)
	if err != nil {
		return d, fmt.Errorf("write its schema: %w", err)
	}
	b.schemas.Spend(len(raw))
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
	if err != nil {
		return fmt.Errorf("write its schema: %w", err)
	}
	raw, left := visibleSchema(raw)
	for _, what := range left {
		b.note(op, what+" is left out of the schema: it has characters that do not show")
	}
	// The description begins with the summary, which a title would repeat in every tool.
	op.tool = mcp.Tool{
		Name: op.toolName, Description: op.description, RawInputSchema: raw, Annotations: annotations(op),
		RawOutputSchema: b.outputSchema(op),
	}
	return nil
}

// annotations returns the hints that follow from the method. The document's extensions may tighten
// them: a hint that promises more than the method does is ignored, because the document may be
// somebody else's.
func annotations(op *operation) mcp.ToolAnnotation {
	hint := func(name string, fallback bool) bool { return extensionBool(op.doc.Extensions, name, fallback) }
	safe := guard.IsSafe(op.Method) && !mayBecomeWrite(op)
	destroys := hint("x-mcp-destructive", false)
	readOnly := safe && !destroys && hint("x-mcp-read-only", true)
	destructive := !readOnly && (!safe || hint("x-mcp-destructive", true))
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
		props[p.Argument] = withDescription(schema, p.Description)
		if p.Required {
			required = append(required, p.Argument)
		}
	}
	if len(op.Bodies) > 0 {
		props[serialize.BodyArgument] = b.bodySchema(op)
		if op.bodyRequired {
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
