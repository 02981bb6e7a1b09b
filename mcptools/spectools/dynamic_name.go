package spectools

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi/router"
)

// redirectUnknown passes calls of unknown tools to call_operation, if the server has it: agents
// call an operation that they found by its own name.
func redirectUnknown(m *server.MCPServer, current *atomic.Pointer[offered]) server.OnBeforeCallToolFunc {
	return func(ctx context.Context, _ any, r *mcp.CallToolRequest) {
		if m.GetTool(r.Params.Name) != nil {
			return
		}
		s := current.Load()
		prefix := s.o.Prefix
		// An operation may have the name call_operation, but not this schema.
		if t := m.GetTool(prefix + CallOperation); t != nil && string(t.Tool.RawInputSchema) == callSchema {
			if s.quarantinedIn(ctx, s.operationOf(r.Params.Name)) == "" {
				message, advice := s.unknownToolText(ctx, r.Params.Name)
				if handler.RefuseUnknown(ctx, r, sanitize.Description(r.Params.Name, 60), strings.TrimRight(message+". "+advice, ". ")) {
					return
				}
			}
			handler.RedirectUnknown(r, prefix+CallOperation)
		}
	}
}

// unknownTool returns the answer to a call of a tool that does not exist. Nothing is sent.
func (s *Set) unknownTool(ctx context.Context, name string) *mcp.CallToolResult {
	reason := "is an operation"
	message, advice := s.unknownToolText(ctx, name)
	if advice != "" {
		reason = "is unknown"
	}
	return failure(codeNotFound, message, errorDetails{Field: "name", Reason: reason}, strings.TrimSpace(advice+" Nothing was sent."))
}

// unknownToolText says what to call in place of a tool that does not exist.
func (s *Set) unknownToolText(ctx context.Context, name string) (message, advice string) {
	if op := s.operationOf(name); op != nil && s.lists(ctx, op) {
		tool := CallOperation
		if op.reads && !op.held {
			tool = ReadOperation
		}
		how := fmt.Sprintf(`%s {"operation": %q, "arguments": {…}}`, s.o.Prefix+tool, op.toolName)
		return op.toolName + " is an operation, not a tool: call " + how, ""
	}
	message = "there is no tool of this name"
	if meant, _ := s.meantOperations(ctx, name); len(meant) > 0 {
		message += ": did you mean the operation " + strings.Join(meant, " or ") + "?"
	}
	return message, fmt.Sprintf("Find operations with %s, and call them with %s.", s.o.Prefix+toolSearch, s.o.Prefix+CallOperation)
}

// nameIndex finds operations by the names that callers write. It is made when the first name is not
// that of a tool, and never changes.
type nameIndex struct {
	router     *router.Router
	operations []opname.Operation // in the order of those of the set
}

func (s *Set) names() *nameIndex {
	s.namesOnce.Do(func() {
		n := &nameIndex{}
		n.router, _ = router.New(s.doc) // without one, names are not requested paths
		for _, op := range s.ops {
			n.operations = append(n.operations, opname.Operation{
				Method: op.Method, Template: op.Path, IDs: []string{op.toolName, op.doc.OperationID},
			})
		}
		s.named = n
	})
	return s.named
}

// operationsOf returns the operations that a name may mean: a tool's name with or without the
// prefix, or any form of package opname.
func (s *Set) operationsOf(name string) []*operation {
	for _, exact := range []string{name, s.o.Prefix + name} {
		if op := s.byTool[exact]; op != nil {
			return []*operation{op}
		}
	}
	n := s.names()
	var out []*operation
	for _, i := range opname.Select(s.doc, n.router, n.operations, opname.Parse(name)) {
		out = append(out, s.ops[i])
	}
	return out
}

// operationOf returns the operation of a name, or nil if there is none or the name is ambiguous.
func (s *Set) operationOf(name string) *operation {
	if all := s.operationsOf(name); len(all) == 1 {
		return all[0]
	}
	return nil
}

// namedOperation returns the operation that the argument operation names.
func (s *Set) namedOperation(ctx context.Context, args *orderedjson.Object) (*operation, *mcp.CallToolResult) {
	name, _ := args.Value("operation").(string)
	if op := s.operationOf(name); op != nil {
		return op, nil
	}
	return nil, s.unknownOperation(ctx, name)
}

// maxMeant bounds the operations that an error names.
const maxMeant = 5

// unknownOperation answers a call that names an operation which does not exist, or is hidden, or
// several.
func (s *Set) unknownOperation(ctx context.Context, name string) *mcp.CallToolResult {
	reason := "is not an operation of this API"
	if left := s.leftOut(ctx, func(skip Skip) bool { return skip.op.id == name || strings.EqualFold(skip.Method+" "+skip.Path, name) }); left != "" {
		return invalid([]jsonschema.Problem{{Field: "operation", Reason: left}}, nil, "Ask the user to mend the document. Nothing was sent.")
	}
	if meant, named := s.meantOperations(ctx, name); named && len(meant) > 1 {
		reason = "is the name of several operations: " + strings.Join(meant, ", ")
	} else if len(meant) > 0 {
		reason += ": did you mean " + strings.Join(meant, " or ") + "?"
	}
	return invalid([]jsonschema.Problem{{Field: "operation", Reason: reason}}, nil,
		"Find its name with "+s.o.Prefix+toolSearch+".")
}

// leftOut says which operations of some cannot be served, and why, unless a policy says which ones
// a caller may know of.
func (s *Set) leftOut(ctx context.Context, of func(Skip) bool) string {
	if s.withholds(ctx) {
		return ""
	}
	var texts []string
	for _, skip := range s.skipped {
		if skip.op != nil && skip.Reason != Filtered && of(skip) && len(texts) < maxMeant {
			texts = append(texts, sanitize.Line(cmp.Or(skip.op.id, skip.Method+" "+skip.Path)+" is left out: "+skip.Reason, 300))
		}
	}
	return strings.Join(texts, "; ")
}

// withholds reports whether a policy or pins may keep operations from a caller.
func (s *Set) withholds(ctx context.Context) bool {
	_, isLimited := disclosedOf(ctx)
	return isLimited || s.o.Lists != nil || s.o.Pins != nil
}

// meantOperations returns the operations that a name may mean and that the caller may know of:
// those that it names, or else the one whose name is most like it, or those that its words find.
func (s *Set) meantOperations(ctx context.Context, name string) (out []string, named bool) {
	shown := s.shown(ctx)
	var all []string
	isShown := map[*operation]bool{}
	for _, op := range shown {
		isShown[op] = true
		all = append(all, op.toolName)
	}
	for _, op := range s.operationsOf(name) {
		if isShown[op] && len(out) < maxMeant {
			out = append(out, op.toolName)
		}
	}
	if out != nil {
		return out, true
	}
	near := spelling.Nearest(name, all)
	plain := strings.NewReplacer("_", "", "-", "", "/", "")
	if near != "" && spelling.IsNear(strings.ToLower(plain.Replace(near)), strings.ToLower(plain.Replace(name))) {
		return []string{near}, false
	}
	// The frequency of a word among hidden operations would reveal something about them.
	if _, isLimited := disclosedOf(ctx); !isLimited && s.search != nil && len(name) <= maxSearched && s.o.Lists == nil && s.o.Pins == nil {
		words := strings.Join(opsearch.SplitWords(name), " ")
		found, _ := s.search.find(words, func(op *operation) bool {
			return isShown[op] && opsearch.HasHalf(op.toolName+" "+op.Path+" "+op.doc.Summary, words)
		})
		for _, op := range found[:min(maxFound, len(found))] {
			out = append(out, op.toolName)
		}
	}
	if out == nil && near != "" {
		out = []string{near}
	}
	return out, false
}

// Bounds of the search for what a name may mean.
const (
	maxSearched = 100 // bytes of the name
	maxFound    = 3
)
