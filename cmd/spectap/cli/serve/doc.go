// Package serve has the MCP servers for agents (serve for a document, mcp for a capture), their
// installation in clients, and an MCP client. Read run.go and mcp.go first.
package serve
