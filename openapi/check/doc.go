// Package check compares recorded flows with an OpenAPI document and reports which rules they
// break.
//
// [Checker.Check] finds the operation of a flow, reads its parameters and bodies as the data that
// the document describes, and validates them against the schemas. It does not report values of the
// traffic: see [Mismatch]. A flow without an operation in the document breaks no rule.
//
// Read check.go first; check_body.go and check_parameters.go read the data, schemas.go compiles the
// schemas.
package check
