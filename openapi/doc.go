// Package openapi reads and writes OpenAPI documents.
//
// [Load] reads JSON or YAML of 2.0, 3.0, 3.1 or 3.2 as kin-openapi's document. [Encode] writes a
// document as JSON or YAML, always with the same bytes. [ParseTree] reads a document as a tree that
// keeps the order, the comments and the position of everything. [Exact] has the numbers that
// kin-openapi would round.
//
// It never reads another file or address than the one it is given: a $ref that leads out of the
// document is an error.
//
// The packages below openapi: build makes a document from inferred facts, router finds the
// operation of a request, check compares flows with a document, merge and filter edit documents,
// diff compares two, lint finds mistakes, page writes one for people to read.
//
// Read load.go first.
package openapi
