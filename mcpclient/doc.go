// Package client is a person's way to an MCP server: connect, look at what it offers, call it, answer its questions.
//
// A [Session] is the connection, over a child's stdio or over streamable HTTP, in either era of the protocol: the
// newest is tried first. What a server answers is kept as the bytes it sent, so that integers stay exact and no
// keyword of a schema is lost. A [Shell] reads commands and prints what comes of them, for people as a tree, for
// programs as lines of JSON. A [Form] puts a server's questions to a person.
//
// What a server says may come from anywhere. Nothing of it reaches a terminal but through [Visible], and what it asks
// is marked as its own words. A question outside of a call is not put to anybody.
//
// The package takes no sampling requests, speaks neither OAuth nor the old HTTP+SSE transport, and reads no
// configuration files of other clients. It opens no subscriptions: a list of tools that changes is noticed in the
// older era, whose servers tell without one; else [Session.Refresh] sees to it. Progress is not shown.
package mcpclient
