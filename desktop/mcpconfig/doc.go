// Package mcpconfig adds MCP servers to the configuration files of MCP clients, and removes them.
// Read client.go first, then plan.go.
//
// [Client.File] finds the file of a client. [Add] and [Remove] plan a [Change] of it, and
// [Change.Apply] makes the change. An edit is textual: comments, order, indentation and everything
// else in the file stay as they are. The result of each edit is parsed and compared with the
// original; an edit that would change anything else is refused, as is a file that cannot be parsed.
//
// The package never writes the value of an environment variable to a file: entries refer to
// variables in the syntax of the client (see [Client.Refers]).
package mcpconfig
