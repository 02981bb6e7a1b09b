// Package front serves MCP servers to clients: over streamable HTTP ([Front]), optionally over the
// older HTTP+SSE transport too, and over standard input and output ([ServeStdio]). It imports
// internal/httpserver, internal/reach and internal/refusallog. Read front.go first, then sse.go.
//
// Over HTTP it adds to the library's server a check of the Host and Origin headers, a bearer token,
// a limit on request bodies and time-outs.
//
// Any web page can make a browser send requests to a server on loopback. A request gets status 403,
// before anything else is checked, if its Host is not one that the server answers to, or if its
// Origin is not the server's own or a listed one (MCP specification, Streamable HTTP, Security
// Warning). Other programs on the machine can also reach the server. It therefore requires a token
// unless [Config.NoToken] is set, which is accepted on loopback only.
//
// Both protocol eras are served at once: sessions up to 2025-11-25, single requests from
// 2026-07-28. A front has at most 4096 sessions, and streams for sessions only.
//
// With [Config.SSE], clients of protocol 2024-11-05 open a stream of events with GET and send
// messages to the path that its first event names. The same checks apply to both requests. A server
// has at most 64 streams, and a session 64 calls under way; a session's calls end with its stream.
// The library's own server of this transport is not used
// (docs/decisions/0015-old-transport.md).
//
// A server that other machines reach needs [Config.TLS], or a reverse proxy in front of it whose
// name is in [Config.Hosts]. The package has no permissions: a caller with the token may call every
// tool. [Caller] returns the name of a request's caller.
package front
