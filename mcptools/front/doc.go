// Package front puts MCP servers behind streamable HTTP, with what the library's own server lacks: a check of Host and
// Origin, a bearer token, a limit of bodies, and time-outs.
//
// A browser can be made to send requests to a server on loopback by a page from anywhere: so a request whose Host is
// not one that the server answers to, or whose Origin is another one than its own, gets 403 before anything else is
// looked at (MCP specification, Streamable HTTP, Security Warning). Any other program of the machine can reach it
// too: so it wants a token, unless [Config.NoToken] says otherwise, which is taken on loopback only.
//
// Both eras of the protocol are served at once: sessions until 2025-11-25, single requests from 2026-07-28 on.
//
// What the package does not do: TLS (put a reverse proxy in front of what others are to reach, and name its host), nor
// rights: whoever has the token may call every tool. The caller of a request is told by [Caller].
package front
