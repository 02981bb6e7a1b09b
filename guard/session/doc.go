// Package session remembers what earlier calls of a session did: which taints they set, and which
// tools were called with success. Policies have conditions on both.
//
// A [Book] keeps taints of a session and, beyond its end, of the identity that it belongs to, for a
// time. [Open] keeps those of identities in a file, so that a restart washes nothing off. What was
// called is known until the session ends.
//
// A taint outlives the connection, because agents open connections as they like. It begins when
// the call is forwarded, since an answer can reach the model before its own message. No rule
// removes a taint.
//
// Read book.go first.
package session
