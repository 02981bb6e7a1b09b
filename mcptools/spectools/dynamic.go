package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// The fixed tools of a set that is searched instead of listed.
const (
	toolSearch   = "search_operations"
	toolDescribe = "describe_operation"
	toolCall     = "call_operation"
)

const (
	defaultFound = 10
	maxFound     = 50
)

// DynamicTools are three tools that stand for all operations: one finds them, one describes one, one calls it. The
// list is as short for thousands as for a few. A call takes the same way as one of the operation's own tool: the
// same check, the same confirmation, the same audit under the operation's name.
func (s *Set) DynamicTools() []server.ServerTool {
	x := newIndex(s.ops)
	return []server.ServerTool{
		{Tool: s.fixed(toolSearch, "Find operations of the API by words", fmt.Sprintf(
			"Searches the %d operations of this API by path, summary, tags and parameter names, best first. An empty query lists all.", len(s.ops)), searchSchema, true),
			Handler: s.search(x)},
		{Tool: s.fixed(toolDescribe, "Describe one operation", "Tells what an operation does and the JSON Schema of its arguments. Use a name from "+
			s.o.Prefix+toolSearch+".", describeSchema, true),
			Handler: s.describeOne},
		{Tool: s.fixed(toolCall, "Call one operation", "Calls an operation with arguments that fit its schema. Calls that change something are held until confirmed.",
			callSchema, false),
			Handler: s.callOne},
	}
}

const searchSchema = `{"type":"object","additionalProperties":false,"properties":{
"query":{"type":"string","maxLength":500,"description":"Words, such as \"create invoice\"."},
"method":{"type":"string","enum":["GET","HEAD","OPTIONS","POST","PUT","PATCH","DELETE"]},
"tag":{"type":"string"},
"limit":{"type":"integer","minimum":1,"maximum":50,"default":10},
"offset":{"type":"integer","minimum":0,"default":0}}}`

const describeSchema = `{"type":"object","additionalProperties":false,"required":["operation"],"properties":{
"operation":{"type":"string","description":"The operation's name."}}}`

const callSchema = `{"type":"object","additionalProperties":false,"required":["operation"],"properties":{
"operation":{"type":"string","description":"The operation's name."},
"arguments":{"type":"object","description":"As describe_operation says.","default":{}},
"__confirmed":{"type":"boolean","description":"Set to true only when repeating, with the very same arguments, a call that was answered with a confirmation_request, and only once the user has agreed."}}}`

// fixed is a tool that does not come from the document.
func (s *Set) fixed(name, title, text, schema string, reads bool) mcp.Tool {
	writes := !reads
	return mcp.Tool{
		Name: s.o.Prefix + name, Title: title, Description: text, RawInputSchema: json.RawMessage(schema),
		Annotations: mcp.ToolAnnotation{Title: title, ReadOnlyHint: &reads, DestructiveHint: &writes, IdempotentHint: &reads, OpenWorldHint: &writes},
	}
}

// checked reads the arguments of a fixed tool.
func checked(ctx context.Context, schema string, r mcp.CallToolRequest) (*orderedjson.Object, *mcp.CallToolResult) {
	raw := r.Params.RawArguments
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	v, err := orderedjson.Decode(raw)
	if err != nil {
		return nil, invalid([]jsonschema.Problem{{Reason: err.Error()}})
	}
	s, err := orderedjson.Decode([]byte(schema))
	if err != nil {
		return nil, invalid([]jsonschema.Problem{{Reason: "cannot be checked"}})
	}
	compiled, err := jsonschema.Compile(orderedjson.Plain(s))
	if err != nil {
		return nil, invalid([]jsonschema.Problem{{Reason: "cannot be checked"}})
	}
	if problems := jsonschema.Problems(compiled.Validate(ctx, orderedjson.Plain(v))); len(problems) > 0 {
		return nil, invalid(problems, "Correct the arguments and call again.")
	}
	return v.(*orderedjson.Object), nil
}

// found is one operation that a search found.
type found struct {
	Operation  string   `json:"operation"`
	Method     string   `json:"method"`
	Path       string   `json:"path"`
	Summary    string   `json:"summary,omitempty"`
	Arguments  []string `json:"arguments,omitempty"` // those that are required marked with *
	Tags       []string `json:"tags,omitempty"`
	Held       bool     `json:"confirmation_required"`
	Deprecated bool     `json:"deprecated,omitempty"`
}

type foundResult struct {
	envelope
	Total      int     `json:"total"`
	Offset     int     `json:"offset"`
	Operations []found `json:"operations"`
}

func (s *Set) search(x *index) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		args, bad := checked(ctx, searchSchema, r)
		if bad != nil {
			return bad, nil
		}
		query, _ := args.Value("query").(string)
		method, _ := args.Value("method").(string)
		tag, _ := args.Value("tag").(string)
		limit, offset := number64(args, "limit", defaultFound), number64(args, "offset", 0)
		all := x.find(query, func(op *operation) bool {
			return (method == "" || op.method == method) && (tag == "" || slices.ContainsFunc(op.tags, func(t string) bool { return strings.EqualFold(t, tag) }))
		})
		out := foundResult{envelope: newEnvelope("operations"), Total: len(all), Offset: offset, Operations: []found{}}
		for _, op := range all[min(offset, len(all)):min(offset+min(limit, maxFound), len(all))] {
			out.Operations = append(out.Operations, op.found())
		}
		return result(out, false), nil
	}
}

func number64(args *orderedjson.Object, name string, otherwise int) int {
	n, ok := args.Value(name).(json.Number)
	if !ok {
		return otherwise
	}
	i, err := n.Int64()
	if err != nil || i > 1<<30 {
		return otherwise
	}
	return int(i)
}

func (op *operation) found() found {
	f := found{
		Operation: op.name, Method: op.method, Path: sanitize.Description(op.path, 300), Summary: op.title, Held: op.held, Deprecated: op.op.Deprecated,
	}
	if f.Summary == "" {
		f.Summary = sanitize.Description(op.op.Description, 80)
	}
	mark := func(name string, required bool) {
		if required {
			name += "*"
		}
		f.Arguments = append(f.Arguments, name)
	}
	for _, p := range op.params {
		mark(p.arg, p.required)
	}
	if len(op.bodies) > 0 {
		mark(argBody, op.bodyRequired)
	}
	for _, t := range op.tags {
		f.Tags = append(f.Tags, sanitize.Description(t, 60))
	}
	return f
}

type describedResult struct {
	envelope
	Operation   string          `json:"operation"`
	Method      string          `json:"method"`
	Path        string          `json:"path"`
	Description string          `json:"description"`
	Held        bool            `json:"confirmation_required"`
	InputSchema json.RawMessage `json:"inputSchema"`
}

func (s *Set) describeOne(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	args, bad := checked(ctx, describeSchema, r)
	if bad != nil {
		return bad, nil
	}
	op, bad := s.named(args)
	if bad != nil {
		return bad, nil
	}
	return result(describedResult{
		newEnvelope("operation"), op.name, op.method, sanitize.Description(op.path, 300), op.text, op.held, op.tool.RawInputSchema,
	}, false), nil
}

// named is the operation that the argument operation names.
func (s *Set) named(args *orderedjson.Object) (*operation, *mcp.CallToolResult) {
	name, _ := args.Value("operation").(string)
	if op := s.byTool[name]; op != nil {
		return op, nil
	}
	if op := s.byTool[s.o.Prefix+name]; op != nil {
		return op, nil
	}
	return nil, invalid([]jsonschema.Problem{{Field: "operation", Reason: "is not an operation of this API"}},
		"Find its name with "+s.o.Prefix+toolSearch+".")
}

func (s *Set) callOne(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	args, bad := checked(ctx, callSchema, r)
	if bad != nil {
		return bad, nil
	}
	op, bad := s.named(args)
	if bad != nil {
		return bad, nil
	}
	inner, ok := args.Value("arguments").(*orderedjson.Object)
	if !ok {
		inner = orderedjson.New()
	}
	if v, given := args.Get(argConfirmed); given && op.held {
		inner.Set(argConfirmed, v)
	}
	return s.call(credential.WithHeader(ctx, r.Header), op, orderedjson.Encode(inner), r.Params.MultiRoundTripParams), nil
}
