// Package streamable serves clients by streamable HTTP, the transport of MCP. A [Handler] gives
// each session a relay with a connection of its own to the server, and all stateless requests of an
// identity one. The relay judges messages; it knows no HTTP. The connection says which HTTP request
// of a client a message belongs to.
//
// A server on stdio has one client by its protocol: gateways whose sessions share it mix up
// notifications and state. In the stateless revision, clients expect what one request did in the
// next, so the requests of an identity share a connection.
//
// Read handler.go first, then session.go.
package streamable
