package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/jsonschema"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// invalid returns the answer to a call with invalid arguments: all problems in one message. known
// are the names of the tool's arguments, as [operation.argumentNames] writes them; they are listed
// if one is missing or unknown.
func invalid(problems []jsonschema.Problem, known []string, suggestions ...string) *mcp.CallToolResult {
	d := errorDetails{Field: problems[0].Field, Reason: problems[0].Reason}
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.String())
	}
	if len(problems) > 1 {
		d.Problems = texts
	}
	if len(suggestions) == 0 {
		suggestions = []string{"Correct the arguments and call again. Nothing was sent."}
	}
	message := "the arguments are not valid: " + strings.Join(texts, "; ") + namesAdvice(problems, known)
	return failure(codeValidation, message, d, suggestions...)
}

// namesAdvice lists the arguments of a tool if one is missing or unknown, and says which ones the
// caller probably meant.
func namesAdvice(problems []jsonschema.Problem, known []string) string {
	isWanted := false
	var unknown []string
	for _, p := range problems {
		name := p.Field
		if p.Kind == jsonschema.MissingMember { // those of the body are listed, too
			name = strings.TrimPrefix(name, serialize.BodyArgument+".")
		}
		isTop := !strings.ContainsAny(name, ".[") || slices.Contains(known, p.Field) || slices.Contains(known, p.Field+"*")
		if p.Kind == jsonschema.InvalidValue || !isTop {
			continue
		}
		isWanted = true
		if p.Kind == jsonschema.UnknownMember {
			unknown = append(unknown, p.Field)
		}
	}
	if !isWanted {
		return ""
	}
	return ". " + spelling.Advice(known, unknown)
}

// argumentNames returns the names of the operation's arguments, required ones with "*".
func (op *operation) argumentNames() (names []string) {
	add := func(name string, required bool) {
		if required {
			name += "*"
		}
		names = append(names, name)
	}
	for _, p := range op.Parameters {
		add(p.Argument, p.Required)
	}
	if len(op.Bodies) > 0 {
		add(serialize.BodyArgument, op.bodyRequired)
	}
	return names
}

// maxMembers limits the members of the body that an error lists.
const maxMembers = 30

// signature returns the names of the operation's arguments, with those members of the body that may
// be arguments: "requestBody* {title*, text}". Of many members, it has those that are required.
func (op *operation) signature() []string {
	names := op.argumentNames()
	if op.prepare() != nil || len(op.bodyMembers) == 0 {
		return names
	}
	var required, others []string
	for _, name := range op.bodyMembers {
		if op.bodyRequires[name] {
			required = append(required, name+"*")
		} else {
			others = append(others, name)
		}
	}
	members := append(required, others...)
	if len(members) > maxMembers {
		members = append(members[:min(len(required), maxMembers)], fmt.Sprintf("… (%d in all)", len(op.bodyMembers)))
	}
	for i, name := range names {
		if strings.TrimSuffix(name, "*") == serialize.BodyArgument {
			names[i] += " {" + strings.Join(members, ", ") + "}"
		}
	}
	return names
}

// locate returns problems with arguments that are members of the body, and says so.
func (op *operation) locate(problems []jsonschema.Problem) []jsonschema.Problem {
	if op.prepare() != nil {
		return problems
	}
	members := propertyNames(op.schema, serialize.BodyArgument)
	return belongIn(problems, serialize.BodyArgument, members)
}

// belongIn returns problems in which unknown arguments that belong in another one say so.
func belongIn(problems []jsonschema.Problem, argument string, members []string) []jsonschema.Problem {
	out := slices.Clone(problems)
	for i, p := range out {
		if p.Kind == jsonschema.UnknownMember && slices.Contains(members, p.Field) {
			out[i].Reason, out[i].Kind = "belongs in "+argument, jsonschema.InvalidValue
		}
	}
	return out
}

// checkArguments reads the arguments of a fixed tool, or returns the result that says what is wrong
// with them.
func checkArguments(
	ctx context.Context, schema string, r mcp.CallToolRequest,
) (*orderedjson.Object, *mcp.CallToolResult) {
	args, problems := parseArguments(ctx, schema, r.Params.RawArguments)
	if len(problems) > 0 {
		return nil, invalid(problems, schemaNames(schema), "Correct the arguments and call again.")
	}
	return args, nil
}

// parseArguments reads the arguments of a fixed tool, and says what is wrong with them.
func parseArguments(
	ctx context.Context, schema string, raw json.RawMessage,
) (*orderedjson.Object, []jsonschema.Problem) {
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	v, err := orderedjson.Decode(raw)
	if err != nil {
		return nil, []jsonschema.Problem{{Reason: err.Error()}}
	}
	plain := orderedjson.PlainOf(json.RawMessage(schema))
	compiled, err := jsonschema.Compile(plain)
	if err != nil {
		return nil, []jsonschema.Problem{{Reason: "cannot be checked"}}
	}
	args, ok := v.(*orderedjson.Object)
	if ok {
		readValues(plain, false, args)
	}
	return args, jsonschema.Problems(compiled.Validate(ctx, orderedjson.Plain(v)))
}

// schemaNames returns the names of the arguments of a fixed tool, required ones first and with "*".
func schemaNames(schema string) (names []string) {
	s, _ := orderedjson.PlainOf(json.RawMessage(schema)).(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		names = append(names, fmt.Sprint(name)+"*")
	}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(names, name+"*") && name != confirmedArgument {
			names = append(names, name)
		}
	}
	return names
}
