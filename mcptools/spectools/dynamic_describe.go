package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi/compact"
)

const describeSchema = `{"type":"object","additionalProperties":false,"required":["operation"],"properties":{
"operation":{"type":"string","description":"The operation's name."},
"filter":{"type":"string","maxLength":200,"description":"Of a large body: only required members and those with one of these words."},
"format":{"type":"string","enum":["compact","json"],"default":"compact","description":"json: the JSON Schema of its arguments."}}}`

// describeResult says what a call of an operation needs.
type describeResult struct {
	envelope
	Operation   string          `json:"operation"`
	Method      string          `json:"method"`
	Path        string          `json:"path"`
	Description string          `json:"description"`
	Held        bool            `json:"confirmation_required"`
	Arguments   string          `json:"arguments,omitempty"` // in compact form
	Note        string          `json:"note,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema,omitempty"`
}

func (s *Set) describeOperation(ctx context.Context, args *orderedjson.Object) *mcp.CallToolResult {
	op, bad := s.namedOperation(ctx, args)
	if bad == nil && (!s.lists(ctx, op) || s.unaccepted()(op.toolName)) {
		name, _ := args.Value("operation").(string)
		bad = s.unknownOperation(ctx, name)
	}
	if bad != nil {
		return bad
	}
	out := describeResult{
		envelope: newEnvelope("operation"), Operation: op.toolName, Method: op.Method, Path: sanitize.Description(op.Path, 300),
		Description: op.description, Held: op.held,
	}
	if args.Value("format") == "json" {
		if out.InputSchema = visibleSchema(op.argumentSchema); len(out.InputSchema) < maxRows {
			return newResult(out, false)
		}
		out.InputSchema = nil
	}
	filter, _ := args.Value("filter").(string)
	var isLess bool
	var err error
	if out.Arguments, isLess, err = op.compactArguments(strings.Fields(strings.ToLower(filter))); err != nil {
		return failure(codeServer, err.Error(), errorDetails{Reason: "the schema is too large"},
			`Call again with format "json".`)
	}
	switch {
	case isLess:
		out.Note = "the filter leaves out other members that are not required"
	case len(out.Arguments) > largeArguments && filter == "":
		out.Note = "long: call with filter for the members that have one of some words"
	case strings.Contains(out.Arguments, "\ntype "):
		out.Note = "in a type, a name without a type is a string"
	}
	return newResult(out, false)
}

// largeArguments is the size of arguments from which on a filter is proposed, in bytes.
const largeArguments = 8 << 10

// maxRemark limits the description of an argument in compact form, in characters.
const maxRemark = 120

// compactArguments describes the arguments in compact form (docs/compact.md): a line for each
// argument and each member of the body, and one for each type that they name. Words leave out what
// [filterMembers] does.
func (op *operation) compactArguments(words []string) (arguments string, isLess bool, err error) {
	schema, _ := orderedjson.PlainOf(visibleSchema(op.argumentSchema)).(map[string]any)
	if len(words) > 0 {
		schema, isLess = filterMembers(schema, words)
	}
	members, types, err := compact.Members(schema, serialize.BodyArgument)
	if err != nil {
		return "", false, err
	}
	names := op.argumentNames()
	rank := func(m compact.Member) int {
		if i := slices.IndexFunc(names, func(n string) bool { return strings.TrimSuffix(n, "*") == m.Name }); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(members, func(a, b compact.Member) int { return rank(a) - rank(b) })
	var b strings.Builder
	for _, m := range members {
		if m.Name == confirmedArgument {
			continue // the instructions explain it
		}
		if m.Members != nil && op.prepare() == nil && len(op.bodyMembers) > 0 {
			m.Type += ", whose members may be arguments themselves"
		}
		writeMember(&b, "", m)
	}
	for _, c := range op.choices {
		b.WriteString(sanitize.Description(c.Text, 10*maxRemark) + "\n")
	}
	defs, _ := schema["$defs"].(map[string]any)
	for _, t := range types {
		b.WriteString(t + "\n")
		name, _, _ := strings.Cut(strings.TrimPrefix(t, "type "), " = ")
		describeType(&b, defs[name])
	}
	if b.Len() == 0 {
		return "none", false, nil
	}
	return strings.TrimSuffix(b.String(), "\n"), isLess, nil
}

// describeType writes the members of a type, a line for each, as long as the arguments are not
// large.
func describeType(b *strings.Builder, def any) {
	schema, _ := def.(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		m, _ := properties[name].(map[string]any)
		text, _ := m["description"].(string)
		if text = sanitize.Description(text, maxRemark); text != "" && b.Len() < largeArguments {
			fmt.Fprintf(b, "  %s  # %s\n", sanitize.Description(name, maxRemark), text)
		}
	}
}

// writeMember writes the line of an argument, and those of its members.
func writeMember(b *strings.Builder, indent string, m compact.Member) {
	mark := ""
	if m.Required {
		mark = "*"
	}
	fmt.Fprintf(b, "%s%s%s: %s", indent, m.Name, mark, m.Type)
	if text := sanitize.Description(m.Description, maxRemark); text != "" {
		b.WriteString("  # " + text)
	}
	b.WriteByte('\n')
	for _, x := range m.Members {
		writeMember(b, indent+"  ", x)
	}
}
