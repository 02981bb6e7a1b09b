// Package merge makes one MCP server of several, each with a relay and a policy of its own. A
// [Merger] stands between a client and the relays: it joins lists, and sends a call to the server
// that its name or URI belongs to.
//
// Read merge.go first, then route.go.
package merge
