// Package bypass tries to get around the policies, approvals, grants and pins of the built gateway.
// Its tests start spectap gateway between a client that breaks the rules of the protocol and a
// server that records each line that reaches it. An attempt has failed only if nothing of it
// reached the server and the audit has it. An attempt that may reach the server must do no harm
// there.
//
// Read gate_test.go first, then messages_test.go.
package bypass
