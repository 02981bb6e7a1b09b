// Package mirror has the HTTP headers of MCP. The revision 2026-07-28 repeats parts of a request in
// them, for machines on the way that read no bodies: the method, the name, and arguments that the
// schema of a tool marks with x-mcp-header. They must equal the body, which alone is judged.
//
// Read mirror.go first.
package mirror
