// Package gateway stands between a client and an MCP server and enforces a policy on what passes.
//
// A [Relay] connects one client to one server. It reads each message strictly, decides on the
// parsed value, and forwards that value encoded anew. Every method is judged: calls of tools,
// resources, prompts, completion, tasks, methods that it does not know, and what the server asks of
// the client. Lists show only what the policy allows.
//
// A call that the policy allows reserves its limits and is written to the audit before it leaves.
// If either fails, it does not leave. Results pass unchanged, member for member, unless the policy
// says what to do with them.
//
// The packages below have its parts: subject what a message asks for, merge several servers as one,
// disclose long lists that are searched, metrics what was decided. Messages and connections are in
// mcp/jsonrpc, mcp/upstream and mcp/streamable, HTTP headers of MCP in mcp/mirror.
//
// Read relay.go first, then relay_client.go and relay_server.go.
package gateway
