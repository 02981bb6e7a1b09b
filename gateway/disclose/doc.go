// Package disclose shows a client three tools instead of a long list: one searches the tools of the
// server by words, one describes a tool, and one calls it.
//
// [Wrap] stands between the client and a relay. It knows no policy: what it searches is the list
// that the relay would show the client at that moment, so what the policy or a pin hides is neither
// found nor described. A call through call_tool reaches the relay as the call of the tool that it
// names, with its arguments, and is judged, held, counted and recorded as that.
//
// The three tools are not the relay's, because then each rule would be asked twice, and approvals
// and the audit would have two names for a call.
//
// Read conn.go first, then tools.go.
package disclose
