// Package guard decides whether a call that an agent asks for may leave.
//
// [Decide] is pure and denies by default: the zero [Decision] is [Deny], and a call whose arguments
// were not checked never passes. The rest of the package supplies what it decides on: [Policy] is
// what the operator allows, [Consent] is who agreed to the call, and [HeldCalls] holds calls until
// somebody does. An [Auditor] records each decision before anything leaves.
//
// A consent is bound to the caller, the tool and the very same arguments. It expires and counts
// once. The package cannot know who gave it: a model that sets an argument by itself is not a
// person, and the audit says which of the two it was. [Policy.RequireHuman] accepts persons only.
//
// The package sends nothing and stores neither bodies nor values: the audit has digests of
// arguments, never the arguments.
//
// Read decide.go first.
package guard
