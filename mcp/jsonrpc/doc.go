// Package jsonrpc has the messages of JSON-RPC, as MCP uses it, and the connections that carry
// them.
//
// [Parse] reads a message strictly, and its result is sent as it was read, so that the judged
// message is the sent one: batches, repeated member names in any case, invalid UTF-8 and values
// that are nested too deeply are refused. It knows no methods.
//
// A [Conn] is one end of a connection; [Lines] is that on stdio. Connections to servers are in
// mcp/upstream, and those to clients over HTTP in mcp/streamable.
//
// Read message.go first.
package jsonrpc
