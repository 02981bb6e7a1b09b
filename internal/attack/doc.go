// Package attack attacks the built program. Its tests start the binary and use its interfaces as an
// agent, an upstream API, a document, a traffic file or another user would: the command line, MCP
// over stdio and HTTP, the proxy, the control socket and files. Upstream APIs are servers of the
// test that record each request, so that "nothing was sent" is checked where it would arrive.
//
// Read attack_test.go first.
package attack
