// Package bridge lets a client of any revision of MCP use a server of any other.
//
// MCP has two eras. Up to 2025-11-25, a connection begins with initialize, and a server sends
// requests of its own: elicitation/create, sampling/createMessage, roots/list. From 2026-07-28,
// each request has in _meta what initialize had. A server that needs input answers with a result
// that asks for it, and the client sends the call again with the input ("multi round-trip
// requests"). https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
//
// [Dial] wraps the connections to a server. It finds out which era the server speaks, as that page
// demands of clients, and translates each request that is of the other one. Messages between two
// sides of the same era pass as they are.
//
// Not translated: tasks, which differ in each era; and sampling or elicitation that a server begins
// outside of a call.
//
// Read conn.go first, then era.go, legacy.go for servers of the first era and modern.go for those
// of the second.
package bridge
