// Package enforce applies a policy to the messages of an MCP server, wherever they pass: in the
// gateway in front of a foreign server, or in a server of this program.
//
// A [Guard] decides on a [Message] with [Guard.Judge]: it asks the policy, reserves the limits, and
// writes the decision to the audit. Only then may the message leave. [Guard.Outcome] writes what
// became of it, and [Guard.Treat] changes the answer as the policy says. [Guard.Lists] says which
// names lists show, so that lists and calls agree.
//
// The package reads no messages: what a message asks for is its [Subject].
//
// Read guard.go first, then judge.go, session.go and approve.go.
package enforce
