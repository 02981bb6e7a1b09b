package front

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// RefuseUnknown makes the library answer a call of an unknown tool with the error of the protocol,
// to which it adds a hint; shown is the name of the tool as it may be shown. It does so from
// revision 2026-07-28 on, which demands the error, since a result means that a tool ran. Before, it
// returns false: clients often do not show such errors to the model, and a result that is an error
// says the same.
func RefuseUnknown(ctx context.Context, r *mcp.CallToolRequest, shown, hint string) bool {
	if !server.IsModernRequest(ctx) {
		return false
	}
	r.Params.Name = shown + " (" + hint + ")" // the library's text quotes the name
	return true
}
