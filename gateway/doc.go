// Package gateway stands between a client and an MCP server and enforces a policy on what passes.
//
// A [Relay] connects one client to one server. It reads each message strictly, decides on the
// parsed value, and forwards that value encoded anew, so that what is judged is what is sent:
// batches, repeated member names in any case, invalid UTF-8 and values that are nested too deeply
// are refused. Every method is judged: calls of tools, resources, prompts, completion, tasks,
// methods that it does not know, and what the server asks of the client. Lists show only what the
// policy allows.
//
// A call that the policy allows reserves its limits and is written to the audit before it leaves.
// If either fails, it does not leave. Results pass unchanged, member for member, unless the policy
// says what to do with them.
//
// A [Handler] serves clients over HTTP: it gives each session a relay with a connection of its own
// to the server, and all stateless requests of an identity one. [Child] and [Upstream] connect to a
// process and to a URL. The relay reads no HTTP: connections say which HTTP request of a client a
// message belongs to. A [Merger] stands in front of the relays of several servers.
//
// The package knows both eras of the protocol, up to 2025-11-25 and from 2026-07-28. It holds no
// types of MCP: a schema with keywords that a library does not know passes whole.
//
// It may import egress, guard/enforce, which decides, guard/policy and internal/echo. Read relay.go
// first, then handler.go and remote.go.
package gateway
