// Package limit counts the charges of calls against the limits of a policy.
//
// A [Ledger] keeps sliding windows: a charge counts from its reservation until one window later,
// regardless of the outcome of the call. [OpenLedger] keeps them in a file, so that a restart
// resets nothing.
//
// The file has a line of JSON for each reservation, which is written before the call may be sent.
// It is not synced: a killed process loses nothing, but a power cut loses lines that the system had
// not written yet. As the file grows, it is compacted: rewritten without expired charges. Only one
// process may have it open.
//
// Read ledger.go first.
package limit
