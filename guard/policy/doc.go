// Package policy is the language in which an operator says what callers of an MCP server may do.
//
// [Load] reads a policy, in YAML or JSON, and reports all its problems. A [Policy] decides on a
// [Call] with [Policy.Decide], which is pure and denies by default. A rule that cannot be evaluated
// denies: a comparison of a string with a number, a path that leads nowhere, a negative amount. A
// decision that allows a call names the limits that the call must reserve first, which package
// guard/limit counts.
//
// docs/policy.md describes the language, with examples.
//
// Read policy.go first.
package policy
