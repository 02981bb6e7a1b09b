// Package mcpclient is a shell for any MCP server: it connects, lists what the server offers, calls
// it, and answers its questions.
//
// A [Session] is the connection, over the stdio of a child process or over streamable HTTP, in
// either era of the protocol: the newest is tried first (mcp/bridge, mcp/upstream). It returns
// answers as the server sent them but for space, so that integers stay exact and no keyword of a
// schema is lost. A message in which two members of an object have names that are equal, or equal
// but for case, is refused, as mcp/jsonrpc does. A [Shell] reads
// commands and prints their results, as a tree for people or as lines of JSON for programs. A
// [Form] puts the server's questions to a person, and an [Editor] reads what the person types.
//
// A server may be hostile. Its text reaches a terminal only with escapes for control and invisible
// characters, and its questions are marked as its own words. A question outside of a call is not
// put to the person.
//
// The package does not support sampling requests, OAuth, the old HTTP+SSE transport, and
// configuration files of other clients. Progress is not shown.
//
// Read session.go first, then shell.go.
package mcpclient
