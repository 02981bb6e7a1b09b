// Package document has the commands that write, correct, compare and check OpenAPI documents. Read
// export.go first.
package document
