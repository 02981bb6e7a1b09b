// Package guard says whether a call that an agent asks for may leave.
//
// [Decide] is pure and denies by default: the zero [Decision] is [Deny], and a call whose arguments were not
// checked never passes. What it needs to know is gathered around it: package jsonschema checks arguments, [Holds] keeps
// calls that wait for a confirmation, [Signer] makes the state that a stateless client carries from a question
// to its answer, and [Journal] writes down each decision before anything leaves.
//
// A confirmation is bound to who calls, which tool, and the very same arguments; it lasts for a time and counts
// once. What the package cannot know is who confirmed: a model that sets an argument by itself is not a person,
// and the audit says which of the two it was. [Policy.RequireHuman] refuses the model's word.
//
// Nothing here sends, stores bodies or keeps values: the audit has digests of arguments, never the arguments.
package guard
