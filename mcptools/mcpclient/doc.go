// Package mcpclient is a person's way to an MCP server: connect, look at its tools, call them, answer its questions.
//
// A [Session] is the connection, over a child's stdio or streamable HTTP, in either era of the protocol. A [Shell] reads
// commands and prints what comes of them. Definitions of tools are shown as they came over the wire; the library's
// typed form would leave keywords of schemas out.
//
// What servers say is printed without control characters: it may come from anywhere. The package does not read
// configuration files of other clients, and takes no sampling requests.
package mcpclient
