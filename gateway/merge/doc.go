// Package merge joins several MCP servers into one, each with its own relay and policy. A [Merger]
// connects a client to the relays: it joins lists, and routes a call to the server to which its
// name or URI belongs.
//
// Read merge.go first, then route.go.
package merge
