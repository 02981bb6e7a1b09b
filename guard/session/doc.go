// Package session remembers the effects of the earlier calls of a session: the taints that they
// set, and the tools that succeeded. Policies have conditions on both.
//
// A [Book] keeps the taints of a session and, beyond its end, for a time those of its identity.
// [Open] keeps the taints of identities in a file, so that a restart does not remove them.
// Successful calls are remembered until the session ends.
//
// A taint outlives the connection, because agents can open new connections at will. It begins when
// the call is forwarded, since its result can reach the model before the answer. No rule removes a
// taint.
//
// Read book.go first.
package session
