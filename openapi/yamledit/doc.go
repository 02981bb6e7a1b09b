// Package yamledit changes a YAML or JSON text without touching the bytes that stay the same.
//
// [Parse] reads a text as a [Tree] of YAML nodes, which knows the line and column of each node. A
// caller adds nodes, replaces them with [Replace], or removes them. [Tree.Write] then writes
// the changes into the original text: comments, blank lines, quotes and the order of keys stay byte
// for byte. [Tree.Encode] writes the complete tree anew.
//
// The package knows nothing of OpenAPI. Read tree.go first, then splice.go.
package yamledit
