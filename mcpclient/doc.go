// Package mcpclient is a shell for any MCP server: it connects, lists what the server offers, calls
// it, and answers its questions.
//
// A [Session] is the connection, over the stdio of a child process or over streamable HTTP, in
// either era of the protocol: the newest is tried first. It returns answers as the bytes that the
// server sent, so that integers stay exact and no keyword of a schema is lost. A [Shell] reads
// commands and prints their results, as a tree for people or as lines of JSON for programs. A
// [Form] puts the server's questions to a person, and an [Editor] reads what the person types.
//
// A server may be hostile. Its text reaches a terminal only with escapes for control and invisible
// characters, and its questions are marked as its own words. A question outside of a call is not
// put to the person.
//
// The package does not support sampling requests, OAuth, the old HTTP+SSE transport, and
// configuration files of other clients. It opens no subscriptions: it notices a changed list of
// tools only in the older era, whose servers notify without a subscription; otherwise call
// [Session.Refresh]. Progress is not shown.
//
// Read session.go first, then shell.go.
package mcpclient
