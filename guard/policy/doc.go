// Package policy is the language in which an operator says what callers of an MCP server may do.
//
// [Load] reads a policy, in YAML or JSON, and reports everything that is wrong with it. A [Policy]
// decides on a [Call] with [Policy.Decide]: pure, and denied by default. What cannot be evaluated
// denies: a comparison of a string with a number, a path that leads nowhere, an amount that is
// negative. A decision that allows a call names the limits that the call must reserve first, which
// package guard/limit counts.
//
// What a policy can say, with examples, is in docs/policy.md.
//
// Read policy.go first.
package policy
