// Package disclose shows a client three tools instead of a long list: one searches the tools of the
// server by words, one describes a tool, and one calls it.
//
// [Wrap] wraps the client's connection to a relay. It knows no policy. It searches the list that
// the relay would show the client at that moment, so a tool that the policy or a pin hides is
// neither found nor described. A call through call_tool reaches the relay as a call of the named
// tool with its arguments, and is judged, held, counted and recorded as that call.
//
// The three tools are not part of the relay, because then each rule would be evaluated twice, and
// approvals and the audit would have two names for a call.
//
// Read conn.go first, then tools.go.
package disclose
