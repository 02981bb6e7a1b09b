// Package guard decides whether a call that an agent requests may be sent.
//
// [Decide] is pure and denies by default: the zero [Decision] is [Deny], and a call whose arguments
// were not checked never passes. The rest of the package supplies its inputs: [Policy] is what the
// operator allows, [Consent] is the source of the consent, and [HeldCalls] holds calls until
// somebody consents. An [Auditor] records each decision before anything is sent.
//
// A consent is bound to the caller, the tool and the exact arguments. It expires and counts once.
// The package cannot verify who gave it. The audit distinguishes consent by a person from that of a
// model, which only set an argument. [Policy.RequireHuman] accepts persons only.
//
// The package sends nothing and stores neither bodies nor values: the audit has digests of
// arguments, never the arguments.
//
// Read decide.go first.
package guard
