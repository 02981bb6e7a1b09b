// Package upstream connects to MCP servers: [Child] to a process, [ByURL] to a URL. It judges
// nothing.
//
// Read child.go first, then remote.go.
package upstream
