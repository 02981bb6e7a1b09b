package spectools

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// unknownTool takes the place of the arguments of a call that names no tool. Arguments that come
// from a client never have this type.
type unknownTool string

// redirectUnknown makes the library pass calls of unknown tools to call_operation, if the server
// has it: agents call an operation that they found by its own name. The library itself would answer
// with an error of the protocol, which says nothing of operations and which models often do not
// see.
func redirectUnknown(m *server.MCPServer, prefix string) server.OnBeforeCallToolFunc {
	return func(_ context.Context, _ any, r *mcp.CallToolRequest) {
		if m.GetTool(r.Params.Name) != nil {
			return
		}
		// An operation may have the name call_operation, but not this schema.
		if t := m.GetTool(prefix + CallOperation); t != nil && string(t.Tool.RawInputSchema) == callSchema {
			r.Params.Arguments = unknownTool(r.Params.Name)
			r.Params.RawArguments = nil
			r.Params.Name = prefix + CallOperation
		}
	}
}

// unknownTool returns the answer to a call of a tool that does not exist. Nothing is sent.
func (s *Set) unknownTool(ctx context.Context, name string) *mcp.CallToolResult {
	if op := s.operationOf(name); op != nil && s.lists(op) {
		if refused := s.refuseQuarantined(ctx, op); refused != nil {
			return refused
		}
		how := fmt.Sprintf(`%s {"operation": %q, "arguments": {…}}`, s.o.Prefix+CallOperation, op.toolName)
		return failure(codeNotFound, op.toolName+" is an operation, not a tool: call "+how,
			errorDetails{Field: "name", Reason: "is an operation"}, "Nothing was sent.")
	}
	message := "there is no tool of this name"
	if meant := s.meantOperations(name); len(meant) > 0 {
		message += ": did you mean the operation " + strings.Join(meant, " or ") + "?"
	}
	return failure(codeNotFound, message, errorDetails{Field: "name", Reason: "is unknown"},
		fmt.Sprintf("Find operations with %s, and call them with %s. Nothing was sent.",
			s.o.Prefix+toolSearch, s.o.Prefix+CallOperation))
}
