// Package upstream connects to MCP servers: [Child] to a process, [ByURL] to a URL. It judges
// nothing. [List] asks a server what it offers.
//
// It may import egress, guard/enforce, internal/echo and the packages gateway/jsonrpc,
// gateway/mirror and gateway/subject. Read child.go first, then remote.go.
package upstream
