// Package enforce applies a policy to the messages of an MCP server, in the gateway in front of
// another program's server or in a server of this program.
//
// A [Guard] decides on a [Message] with [Guard.Judge]: it asks the policy, reserves the limits, and
// writes the decision to the audit. Only then may the message be sent. [Guard.Outcome] writes its
// outcome, and [Guard.Treat] applies the policy to the answer. [Guard.Lists] reports which names
// lists show, so that lists and calls agree.
//
// The package parses no messages: the [Subject] of a message says what it requests.
//
// Read guard.go first, then judge.go, session.go and approve.go.
package enforce
