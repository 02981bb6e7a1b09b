// Package upstream connects to MCP servers: [Child] and [Process] to a process, [ByURL] to a URL.
// It makes no decisions.
//
// Read child.go first, then remote.go.
package upstream
