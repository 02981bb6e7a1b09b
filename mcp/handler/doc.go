// Package handler has what the handlers of MCP servers share: who calls, and the
// answer to a call of an unknown tool. Package mcp/front serves the servers.
//
// Read caller.go first.
package handler
