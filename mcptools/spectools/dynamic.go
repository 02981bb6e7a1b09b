package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// The tools of a set that is searched instead of listed.
const (
	toolSearch    = "search_operations"
	toolDescribe  = "describe_operation"
	ReadOperation = "read_operation" // for policies a part of CallOperation
	CallOperation = "call_operation"
)

// Limits of a search.
const (
	defaultMatches = 10
	maxMatches     = 50
)

// DynamicTools returns four tools instead of one for each operation: one searches them, one
// describes one, one calls one that only reads, one calls any. So the list is as short for
// thousands of operations as for a few. A call goes through the same steps as a call of the
// operation's own tool: the same check and confirmation, and audit records under the operation's
// name.
func (s *Set) DynamicTools() []server.ServerTool {
	s.search = newSearchIndex(s.ops)
	about := "Finds operations of this API by what they do, best first, such as \"add a label to an issue\". " +
		"An empty query lists all, and counts them by tag." // the number of hidden ones is not revealed
	search := s.answering(toolSearch, "Find operations of the API by words", about, searchSchema, s.searchOperations)
	search.Tool.RawInputSchema = json.RawMessage(s.searchSchema())
	describe := s.answering(toolDescribe, "Describe one operation", "Shows what an operation does and which "+
		"arguments it takes (required ones end in *). Use a name from "+s.o.Prefix+toolSearch+".", describeSchema, s.describeOperation)
	read := s.fixedTool(ReadOperation, "Call one operation that only reads", "Calls an operation that only reads, with arguments "+
		"that fit its schema. "+s.o.Prefix+CallOperation+" is for the others.", readSchema, true)
	read.Annotations.OpenWorldHint = mcp.ToBoolPtr(true)
	call := s.fixedTool(CallOperation, "Call one operation", "Calls an operation with arguments that fit its schema. "+
		"Calls that change something are held until confirmed.", callSchema, false)
	mark := map[string]any{"operation": "operation", "arguments": "arguments"}
	asCall := map[string]any{"operation": "operation", "arguments": "arguments", "as": call.Name}
	search.Tool, describe.Tool = marked(search.Tool, jsonrpc.MetaShown, true), marked(describe.Tool, jsonrpc.MetaShown, true)
	return []server.ServerTool{
		search, describe,
		{Tool: marked(read, jsonrpc.MetaDispatch, asCall), Handler: s.callOperation},
		{Tool: marked(call, jsonrpc.MetaDispatch, mark), Handler: s.callOperation},
	}
}

// calls reports whether a tool calls operations.
func (s *offered) calls(tool string) bool {
	return s.dynamic && (tool == s.o.Prefix+CallOperation || tool == s.o.Prefix+ReadOperation)
}

// readCall returns the operation that the arguments of a tool that calls operations name, or nil,
// and the call of it as policies see it.
func (s *Set) readCall(ctx context.Context, raw json.RawMessage) (*operation, guard.Named) {
	args, _ := jsonvalue.Decode(jsontext.Value(raw)).(map[string]any)
	name, isNamed := args["operation"].(string)
	op := s.operationOf(name)
	n := guard.Named{As: s.o.Prefix + CallOperation, Definition: func() string {
		if op == nil {
			return ""
		}
		return handler.Definition(op.tool)
	}, Unknown: func() json.Marshaler { return s.unknownOperation(ctx, name) }}
	n.Arguments = func() (any, *guard.Inner) {
		if op == nil {
			return args, map[bool]*guard.Inner{true: {Name: name, Unknown: true}}[isNamed]
		}
		var own any = map[string]any{}
		if given, _ := parseArguments(ctx, callSchema, raw); given != nil {
			if inner, ok := given.Get("arguments"); ok {
				own = op.judgedArguments(orderedjson.Encode(inner))
			}
		}
		return args, &guard.Inner{Name: op.toolName, Args: own, Annotations: handler.Hints(op.tool)}
	}
	return op, n
}

const searchSchema = `{"type":"object","additionalProperties":false,"properties":{
"query":{"type":"string","maxLength":500},
"method":{"type":"string","enum":["GET","HEAD","OPTIONS","POST","PUT","PATCH","DELETE"]},
"tag":{"type":"string","description":""},
"limit":{"type":"integer","minimum":1,"maximum":50,"default":10},
"offset":{"type":"integer","minimum":0,"default":0}}}`

const callMembers = `{"type":"object","additionalProperties":false,"required":["operation"],"properties":{
"operation":{"type":"string","description":"The operation's name."},
"arguments":{"type":"object","description":"As describe_operation says.","default":{}}`

const (
	readSchema = callMembers + "}}"
	callSchema = callMembers + `,
"__confirmed":{"type":"boolean"}}}`
)

// fixedTool returns a tool that does not come from the document.
func (s *Set) fixedTool(name, title, text, schema string, reads bool) mcp.Tool {
	writes := !reads
	return mcp.Tool{
		Name: s.o.Prefix + name, Title: title, Description: text, RawInputSchema: json.RawMessage(schema), RawOutputSchema: fixedOutput(name),
		Annotations: mcp.ToolAnnotation{
			ReadOnlyHint: &reads, DestructiveHint: &writes, IdempotentHint: &reads, OpenWorldHint: &writes,
		},
	}
}

// answering returns a tool that does not come from the document and sends nothing.
func (s *Set) answering(
	name, title, text, schema string, answer func(context.Context, *orderedjson.Object) *mcp.CallToolResult,
) server.ServerTool {
	return server.ServerTool{
		Tool: s.fixedTool(name, title, text, schema, true),
		Handler: func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			args, problems := parseArguments(ctx, schema, r.Params.RawArguments)
			if len(problems) > 0 {
				return invalidFixed(schema, problems), nil
			}
			return answer(ctx, args), nil
		},
	}
}

// operationMatch is an operation that a search found.
type operationMatch struct {
	Operation  string   `json:"operation"`
	Method     string   `json:"method"`
	Path       string   `json:"path"`
	Summary    string   `json:"summary,omitempty"`
	Arguments  []string `json:"arguments,omitempty"` // required ones end in *
	Tags       []string `json:"tags,omitempty"`
	Held       bool     `json:"confirmation_required"`
	Deprecated bool     `json:"deprecated,omitempty"`
	Weak       bool     `json:"weak_match,omitempty"` // it has no word for what the query is about
}

type searchResult struct {
	envelope
	Total      int              `json:"total"`
	Offset     int              `json:"offset"`
	Operations []operationMatch `json:"operations"`
	// Tags are the tags of all operations, if the call selects none of them.
	Tags     []tagCount `json:"tags,omitempty"`
	NextPage *nextCall  `json:"next_page,omitempty"`
	Note     string     `json:"note,omitempty"`
}

// head says how to get the next page.
func (r searchResult) head() (text []string, rest any, said []string) {
	if r.NextPage != nil {
		text = append(text, r.NextPage.String())
	}
	return text, r, append(said, append(envelopeMembers, "next_page")...)
}

func (s *Set) searchOperations(ctx context.Context, args *orderedjson.Object) *mcp.CallToolResult {
	query, _ := args.Value("query").(string)
	method, _ := args.Value("method").(string)
	tag, _ := args.Value("tag").(string)
	limit, offset := intArgument(args, "limit", defaultMatches), intArgument(args, "offset", 0)
	hasTag := func(t string) bool { return strings.EqualFold(t, tag) }
	isHidden := s.unaccepted()
	all, isWeak := s.search.find(query, func(op *operation) bool {
		return s.lists(ctx, op) && !isHidden(op.toolName) && (method == "" || op.Method == method) && (tag == "" || slices.ContainsFunc(op.tags, hasTag))
	})
	out := searchResult{
		envelope: newEnvelope("operations"), Total: len(all), Offset: offset, Operations: []operationMatch{},
	}
	if query == "" && method == "" && tag == "" && len(all) > limit {
		out.Tags = s.tags(ctx)
	}
	out.Note = s.leftOut(ctx, func(x Skip) bool { return opsearch.HasHalf(x.op.id+" "+x.Path+" "+x.op.doc.Summary, query) })
	if len(all) > 0 && opsearch.AsksRemoval(query) && !s.search.removesAny(all) {
		out.Note = strings.TrimPrefix(out.Note+"; none of these deletes anything", "; ")
		if s.withholds(ctx) {
			out.Note += ": a policy may withhold operations"
		}
	}
	for i := min(offset, len(all)); i < min(offset+min(limit, maxMatches), len(all)); i++ {
		m := all[i].match()
		m.Weak = isWeak(i)
		out.Operations = append(out.Operations, m)
	}
	if offset == 0 && len(out.Operations) > 0 && out.Operations[0].Weak {
		out.Note = strings.TrimPrefix(out.Note+"; no operation fits well: these only share some words with the query", "; ")
	}
	out.Operations = pageOf(out.Operations)
	if end := offset + len(out.Operations); end < len(all) {
		out.NextPage = s.nextRows(toolSearch, args, end)
	}
	if len(all) == 0 && out.Note == "" {
		out.Note = "no operation matches: use other words, or leave out method and tag; an empty query lists the tags"
		if advice := s.meantTag(ctx, tag); advice != "" {
			out.Note = advice
		}
	}
	return newResult(out, false)
}

// nextRows returns the call of a tool of ours for the rows from an offset on.
func (s *Set) nextRows(tool string, args *orderedjson.Object, offset int) *nextCall {
	next := cloneArguments(args)
	next.Set("offset", json.Number(strconv.Itoa(offset)))
	return &nextCall{Tool: s.o.Prefix + tool, Arguments: orderedjson.Encode(next)}
}

// intArgument returns an integer argument, or the fallback if it is absent or out of range.
func intArgument(args *orderedjson.Object, name string, fallback int) int {
	n, _ := args.Value(name).(json.Number)
	i, err := n.Int64()
	if err != nil || i > 1<<30 {
		return fallback
	}
	return int(i)
}

func (op *operation) match() operationMatch {
	m := operationMatch{
		Operation: op.toolName, Method: op.Method, Path: sanitize.Description(op.Path, 300),
		Summary: op.title, Held: op.held, Deprecated: op.doc.Deprecated, Arguments: op.argumentNames(),
	}
	if m.Summary == "" {
		m.Summary = sanitize.Description(op.doc.Description, 80)
	}
	for _, t := range op.tags {
		m.Tags = append(m.Tags, sanitize.Description(t, 60))
	}
	return m
}

// previewCall returns what a call of an operation by name would do. reads means that the tool takes
// only calls that read.
func (s *Set) previewCall(ctx context.Context, raw json.RawMessage, reads bool) (*guard.Preview, *mcp.CallToolResult) {
	args, problems := parseArguments(ctx, callSchema, raw)
	if len(problems) > 0 {
		return nil, s.invalidCall(args, problems)
	}
	op, bad := s.namedOperation(ctx, args)
	if bad != nil {
		return nil, bad
	}
	if reads && !op.reads {
		return nil, s.notRead(op)
	}
	inner, ok := args.Value("arguments").(*orderedjson.Object)
	if !ok {
		inner = orderedjson.New()
	}
	if v, given := args.Get(confirmedArgument); given && op.mayBeHeld {
		inner.Set(confirmedArgument, v)
	}
	p, bad := s.preview(ctx, op, orderedjson.Encode(inner))
	if reads && bad == nil {
		if holds, _ := s.o.Policy.Decide(p); holds || !p.Methods.IsRead() {
			return nil, s.notRead(op)
		}
	}
	return p, bad
}

// notRead refuses a call by the tool that only reads.
func (s *Set) notRead(op *operation) *mcp.CallToolResult {
	why := "changes something"
	if op.reads || op.queries {
		why = "may change something, or is held"
	}
	return failure(codeValidation, fmt.Sprintf("%s %s: call it with %s", op.toolName, why, s.o.Prefix+CallOperation),
		errorDetails{Field: "operation", Reason: why}, "Nothing was sent.")
}

func (s *Set) callOperation(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if name, ok := handler.UnknownTool(r); ok {
		return s.unknownTool(ctx, name), nil
	}
	pass := guard.PassOf(ctx)
	if c := preparedOf(pass); c != nil {
		return s.call(context.WithValue(withHeader(ctx), dynamicKey{}, r.Params.Name), pass, c), nil
	}
	return notJudged(), nil
}

// invalidCall returns the answer to a call of an operation by name with invalid arguments. Those of
// the operation itself belong one level deeper.
func (s *Set) invalidCall(args *orderedjson.Object, problems []jsonschema.Problem) *mcp.CallToolResult {
	if args != nil {
		name, _ := args.Value("operation").(string)
		if op := s.operationOf(name); op != nil && op.prepare() == nil {
			members := propertyNames(op.schema)
			problems = belongIn(problems, "arguments", append(members, op.bodyMembers...))
		}
	}
	return invalidFixed(callSchema, problems)
}

// searchIndex finds operations by words.
type searchIndex struct {
	ops   []*operation
	index *opsearch.Index
}

func newSearchIndex(ops []*operation) *searchIndex {
	entries := make([]opsearch.Operation, len(ops))
	for i, op := range ops {
		e := opsearch.Operation{
			Name: op.toolName, Method: op.Method, Path: op.Path, Summary: op.doc.Summary, Description: op.doc.Description,
			Tags: op.tags, Deprecated: op.doc.Deprecated, Choices: op.choices,
		}
		for _, p := range op.Parameters {
			e.Parameters = append(e.Parameters, p.Name)
		}
		for _, m := range op.Bodies {
			e.AddBody(m.Doc.Schema)
		}
		entries[i] = e
	}
	return &searchIndex{ops, opsearch.New(entries)}
}

// find returns the operations that match a query and a filter, best first. isWeak reports whether
// that at a place is a weak match.
func (x *searchIndex) find(query string, filter func(*operation) bool) (out []*operation, isWeak func(int) bool) {
	found, weak := x.index.Find(query, func(i int) bool { return filter(x.ops[i]) })
	for _, f := range found {
		out = append(out, x.ops[f])
	}
	return out, func(i int) bool { return weak(found[i]) }
}

// removesAny reports whether one of some operations removes something.
func (x *searchIndex) removesAny(ops []*operation) bool {
	return slices.ContainsFunc(ops, func(op *operation) bool { return x.index.Removes(slices.Index(x.ops, op)) })
}

// tagCount is a tag with the number of operations that have it.
type tagCount struct {
	Tag        string `json:"tag"`
	Operations int    `json:"operations"`
}

// tags returns the tags of the shown operations, sorted; "" are the operations without a tag.
func (s *Set) tags(ctx context.Context) (list []tagCount) {
	counts := map[string]int{}
	for _, op := range s.shown(ctx) {
		if len(op.tags) == 0 {
			counts[""]++
		}
		for i, t := range op.tags {
			if !slices.Contains(op.tags[:i], t) {
				counts[sanitize.Description(t, 60)]++
			}
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, tagCount{tag, counts[tag]})
	}
	return list
}

// maxTagList limits the tags that the schema of a search lists, in bytes.
const maxTagList = 600

// searchSchema returns the schema of a search as clients see it: it lists the tags if they are few.
// With a policy or pins, which may change, it lists no tags.
func (s *Set) searchSchema() string {
	var names []string
	for _, t := range s.tags(context.Background()) {
		if t.Tag != "" {
			names = append(names, t.Tag)
		}
	}
	list := strings.Join(names, ", ")
	if len(list) > maxTagList || s.o.Lists != nil || s.o.Pins != nil {
		list = "An empty query lists the tags."
	}
	text, err := json.Marshal(list)
	if err != nil || list == "" {
		text = []byte(`"The API has no tags."`)
	}
	return strings.Replace(searchSchema, `"description":""`, `"description":`+string(text), 1)
}

// meantTag says which tag was meant by one that no operation has, or "" if there is none to
// propose.
func (s *Set) meantTag(ctx context.Context, tag string) string {
	var names []string
	for _, t := range s.tags(ctx) {
		if strings.EqualFold(t.Tag, tag) {
			return ""
		}
		names = append(names, t.Tag)
	}
	near := spelling.Nearest(tag, names)
	if tag == "" || near == "" {
		return ""
	}
	return "no operation has this tag: did you mean " + near + "?"
}
