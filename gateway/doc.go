// Package gateway relays messages between a client and an MCP server and enforces a policy on them.
//
// A [Relay] connects one client to one server. It reads each message strictly, decides on the
// parsed value, and forwards a new encoding of that value. Every method is judged: calls of tools,
// resources, prompts, completion, tasks, unknown methods, and the server's requests to the client.
// Lists show only what the policy allows.
//
// An allowed call reserves its limits and is written to the audit before it is sent. If either
// fails, it is not sent. Results pass unchanged, member for member, unless the policy has a
// treatment for them.
//
// The packages below it are: merge, which joins several servers; disclose, which makes long lists
// searchable; and metrics, which counts decisions. Messages and connections are in mcp/jsonrpc,
// mcp/upstream and mcp/streamable, what a message requests in mcp/subject, HTTP headers of MCP in
// mcp/mirror.
//
// Read relay.go first, then relay_client.go and relay_server.go.
package gateway
