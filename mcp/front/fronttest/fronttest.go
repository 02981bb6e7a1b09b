// Package fronttest has a server of tools for tests of package front and of those that serve.
package fronttest

import (
	"context"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// Unguarded returns a server whose tools nobody previews: each call passes, unless the guard of
// [front.Guarded] denies its name or arguments. It is for servers of tools that only read.
func Unguarded(m *server.MCPServer) unguarded { return unguarded{m} }

type unguarded struct{ mcp *server.MCPServer }

func (u unguarded) MCP() *server.MCPServer { return u.mcp }

func (unguarded) Confirms() guard.Policy { return guard.Policy{} }

func (u unguarded) Read(_ context.Context, name string, args json.RawMessage) (guard.Named, bool) {
	t := u.mcp.GetTool(name)
	return guard.Named{Arguments: func() (any, *guard.Inner) { return jsonvalue.Decode(jsontext.Value(args)), nil }}, t != nil
}

func (unguarded) Preview(context.Context, string, json.RawMessage, bool) (*guard.Preview, json.Marshaler) {
	return nil, nil
}
