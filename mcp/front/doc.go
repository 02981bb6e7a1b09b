// Package front serves MCP servers to clients: over HTTP ([Front]), and over standard input and
// output ([ServeStdio]). It also serves handlers of the library: it asks for consent to calls
// ([Consents]) and makes errors of panics ([Recovery]). Read connection.go first, then front.go.
//
// A message is read strictly, and handled by the library in the same way for all transports
// (docs/decisions/0088-one-wire.md). Both protocol eras are served at once: sessions up to
// 2025-11-25, single requests from 2026-07-28. With [Config.SSE], clients of protocol 2024-11-05
// are served as well.
//
// A [Front] checks the Host and Origin headers and a bearer token, and bounds bodies and times.
//
// Any web page can make a browser send requests to a server on loopback. A request gets status 403,
// before anything else is checked, if its Host is not one that the server answers to, or if its
// Origin is not the server's own or a listed one (MCP specification, Streamable HTTP, Security
// Warning). Other programs on the machine can also reach the server. It therefore requires a token
// unless [Config.NoToken] is set, which is accepted on loopback only.
//
// A server that other machines reach needs [Config.TLS], or a reverse proxy in front of it whose
// name is in [Config.Hosts]. The package has no permissions: a caller with the token may call every
// tool. [Caller] returns the name of a request's caller.
package front
