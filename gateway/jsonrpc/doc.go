// Package jsonrpc has the messages of JSON-RPC, as MCP uses it, and the connections that carry
// them.
//
// [Parse] reads a message strictly, and what it returns is sent as it was read, so that what is
// judged is what is sent: batches, repeated member names in any case, invalid UTF-8 and values that
// are nested too deeply are refused. It knows no methods.
//
// A [Conn] is one end of a connection; [Lines] is that on stdio. Connections to servers are in
// gateway/upstream, and those to clients over HTTP in gateway/streamable.
//
// It may import egress, flow/jsonscan, gateway/rawjson, guard/enforce, internal/hexdigit and
// internal/jsonvalue. Read message.go first.
package jsonrpc
