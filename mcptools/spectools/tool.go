package spectools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// finish writes the tool of an operation that has its name.
func (b *builder) finish(op *operation) error {
	op.held = op.held || b.o.Policy.Holds(op.method, op.name)
	raw, err := json.Marshal(b.inputSchema(op))
	if err != nil {
		return fmt.Errorf("write its schema: %w", err)
	}
	safe := guard.Safe(op.method)
	x := op.op.Extensions
	hint := func(name string, otherwise bool) *bool {
		v := extensionBool(x, name, otherwise)
		return &v
	}
	readOnly := hint("x-mcp-read-only", safe)
	destructive := hint("x-mcp-destructive", !safe)
	*destructive = *destructive && !*readOnly
	idempotent := safe || op.method == "PUT" || op.method == "DELETE"
	op.tool = mcp.Tool{
		Name:           op.name,
		Title:          op.title,
		Description:    op.text,
		RawInputSchema: raw,
		Annotations: mcp.ToolAnnotation{
			Title: op.title, ReadOnlyHint: readOnly, DestructiveHint: destructive,
			IdempotentHint: hint("x-mcp-idempotent", idempotent), OpenWorldHint: hint("x-mcp-open-world", true),
		},
		Meta: &mcp.Meta{AdditionalFields: map[string]any{"spectap/method": op.method, "spectap/path": op.path}},
	}
	return nil
}

// inputSchema is the schema of a tool's arguments.
func (b *builder) inputSchema(op *operation) map[string]any {
	t := b.t
	t.note = func(s string) { b.noteOn(op, s) }
	t.used = nil
	props := make(map[string]any)
	var required []any
	for _, p := range op.params {
		props[p.arg] = described(t.ref(p.schema), p.text)
		if p.required {
			required = append(required, p.arg)
		}
	}
	if len(op.bodies) > 0 {
		props[argBody] = b.bodySchema(t, op)
		if op.bodyRequired {
			required = append(required, argBody)
		}
		if ct := contentTypeSchema(op.bodies); ct != nil {
			props[argContentType] = ct
		}
	}
	if op.held {
		props[argConfirmed] = map[string]any{
			"type": "boolean",
			"description": "Set to true only when repeating, with the very same arguments, a call that was answered " +
				"with a confirmation_request, and only once the user has agreed.",
		}
	}
	m := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		m["required"] = required
	}
	if len(t.used) > 0 {
		m["$defs"] = t.needed(t.used)
	}
	return m
}

// described adds a parameter's own description, which says more than that of its schema.
func described(schema any, text string) any {
	text = sanitize.Description(text, maxFieldText)
	if text == "" {
		return schema
	}
	m, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	out := make(map[string]any, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	out["description"] = text
	return out
}

// bodySchema is the schema of the argument requestBody: that of its media type, or any of theirs.
func (b *builder) bodySchema(t *translator, op *operation) any {
	if len(op.bodies) == 1 {
		op.bodies[0].form = -1
		return described(op.bodies[0].translate(t), aboutBody(op))
	}
	var all []any
	var digests []guard.Digest
	for _, m := range op.bodies {
		schema := m.translate(t)
		d := guard.DigestOf(orderedjson.PlainOf(schema))
		m.form = slices.Index(digests, d)
		if m.form < 0 {
			m.form = len(all)
			all, digests = append(all, schema), append(digests, d)
		}
	}
	if len(all) == 1 {
		for _, m := range op.bodies {
			m.form = -1
		}
		return described(all[0], aboutBody(op))
	}
	return described(map[string]any{"anyOf": all}, aboutBody(op))
}

func aboutBody(op *operation) string {
	if op.op.RequestBody != nil && op.op.RequestBody.Value != nil {
		return op.op.RequestBody.Value.Description
	}
	return ""
}

// contentTypeSchema is the schema of the argument requestContentType, nil when there is no choice.
func contentTypeSchema(bodies []*media) any {
	if len(bodies) == 1 && !strings.Contains(bodies[0].typ, "*") {
		return nil
	}
	m := map[string]any{"type": "string", "description": "Media type of requestBody."}
	var enum []any
	for _, b := range bodies {
		if strings.Contains(b.typ, "*") {
			m["pattern"] = `^[A-Za-z0-9!#$&^_.+\-]+\/[A-Za-z0-9!#$&^_.+\-]+(;[ -~]*)?$`
			return m
		}
		enum = append(enum, b.typ)
	}
	m["enum"] = enum
	m["default"] = bodies[0].typ
	return m
}

// bodiesOf lists the media types of the request's body, those that are easiest to give first.
func (b *builder) bodiesOf(op *operation) {
	if op.op.RequestBody == nil || op.op.RequestBody.Value == nil {
		return
	}
	body := op.op.RequestBody.Value
	op.bodyRequired = body.Required
	for typ, mt := range body.Content {
		if mt == nil {
			mt = &openapi3.MediaType{}
		}
		op.bodies = append(op.bodies, &media{typ: typ, kind: kindOf(typ), doc: mt})
	}
	slices.SortFunc(op.bodies, func(x, y *media) int {
		if x.kind != y.kind {
			return int(x.kind) - int(y.kind)
		}
		if x.plainJSON() != y.plainJSON() {
			if x.plainJSON() {
				return -1
			}
			return 1
		}
		return strings.Compare(x.typ, y.typ)
	})
}
