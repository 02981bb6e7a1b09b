// Package serve has the MCP servers that agents use, serve for a document and mcp for a capture,
// their installation in clients, and a client. Read run.go and mcp.go first.
package serve
