// Package jsonschema compiles JSON Schemas and validates values against them.
//
// It is the one engine of the module: package openapi uses it to check documents against recorded
// flows, mcptools/spectools to check the arguments of calls. Both write their OpenAPI schemas as
// JSON Schema 2020-12 first; [Dialect] converts the keywords in which OpenAPI 3.0 differs.
//
// Formats are asserted, patterns are ECMA-262 with a time limit, numbers are compared exactly, and
// no other document is ever fetched. [Problems] explains a failed validation to the sender of the
// value, [Violations] explains it to a third party who may see neither the value nor the names in
// it.
//
// A [Meter] bounds the steps of validations, and a context ends them. A value that exceeds the
// budget is neither valid nor invalid: the result is [ErrTooMuch]. The library compiles schemas and
// explains small mismatches; evaluate.go decides whether a value matches.
//
// What the package does not promise: answers where a pattern takes more than 100 ms, which counts
// as no match. $dynamicRef, $recursiveRef and drafts before 2020-12 are refused when a value is
// validated. Numbers must pass [CheckNumbers] before they are validated.
//
// Read schema.go first, then evaluate.go.
package jsonschema
