// Package contract sends a recorded session again to another server and reports what its answers
// break of the recorded ones.
//
// [Build] makes [Step]s of flows and learns from repeated answers what varies by itself. [Run]
// sends the steps in order. Values that the server made, such as ids and tokens, differ from run to
// run: each gets its counterpart when the server first answers with it, takes its place in later
// requests, and must come back wherever the recorded value did. Times need only be times. Other
// texts must be equal; numbers must be equal where the recording repeats them.
//
// It does not compare the order of lists, members that the recording does not have, and bodies that
// are not JSON. The server must begin in the state in which the recording began.
//
// Read run.go first, then compare.go and values.go; learn.go finds what varies.
package contract
