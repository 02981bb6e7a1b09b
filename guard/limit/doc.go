// Package limit counts what calls use up of the limits of a policy.
//
// A [Ledger] keeps sliding windows: a charge counts from the moment of its reservation until one
// window later, whatever becomes of the call. [OpenLedger] keeps them in a file, so that a restart
// resets nothing.
//
// The file has a line of JSON for each reservation, which is written before the call may leave. It
// is not synced: a killed process loses nothing, a power cut what the system had not written yet.
// The file is rewritten without what has expired as it grows. Only one process may have it open.
//
// Read ledger.go first.
package limit
