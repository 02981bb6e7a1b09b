// Package enforce judges the messages of an MCP server: policy, hold, treatment, record. It is in
// the gateway in front of another program's server, and in package mcp/front in front of a server
// of this program.
//
// [Guard.Decide] decides on a [Message] by its names and arguments. [Guard.Settle] decides on what
// the message would do, if that is known, waits for the consent that it needs, reserves the limits,
// and writes the decision to the audit. Only then may the message be sent. [Guard.Outcome] writes
// its outcome, and [Guard.Treat] applies the policy to the answer. [Guard.Lists] reports which
// names lists show, so that lists and calls agree.
//
// A consent comes by one of three channels of one hold: the caller repeats the call and says that
// the user agrees, the person who uses the client is asked, or people decide in the book of
// approvals. A call that one of them has settled is not asked about again.
//
// The package parses no messages and knows no tools: the [Subject] of a message says what it
// requests, and a [guard.Preview] what it would do.
//
// Read guard.go first, then judge.go, confirm.go, approve.go and session.go.
package enforce
