// Package guard has what the judge of calls and the tools that are called know of each other.
//
// Tools judge nothing. Before a call they give its [Preview]: what it would do, as what methods a
// server may handle its request, and a digest of all that. The judge, package guard/enforce,
// decides, asks people, and gives the call a [Pass]. Without the pass of its own preview, a call
// does nothing, and with it no more than the preview shows. Package mcp/front brings both together.
//
// [Policy] says which calls are held for a confirmation, and [EffectiveMethods] as which methods a
// server may handle a request. [Excerpt] and others describe untrusted text to the person who
// decides.
//
// The package sends and stores nothing.
//
// Read preview.go first.
package guard
