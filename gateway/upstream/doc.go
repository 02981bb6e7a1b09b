// Package upstream connects to MCP servers: [Child] to a process, [ByURL] to a URL. It judges
// nothing. [List] asks a server what it offers.
//
// It may import egress, guard/enforce, internal/echo, internal/jsonvalue, internal/pause and, of
// gateway, the packages jsonrpc, mirror, rawjson and subject. Read child.go first, then remote.go.
package upstream
