// Package audit keeps a tamper-evident log of decisions.
//
// A [Log] is a file with a JSON object on each line. Each record has a sequence number, the hash of
// the record before it, and its own hash. [Verify] finds a record that was changed, removed,
// inserted or moved. The chain has no key: anyone who can write to the file can write a new chain
// or cut off its end. [Log.Sign] adds signed checkpoints to the chain and to [Sink]s, from which
// they cannot be removed together with the log.
//
// [Log.Append] writes a record with one write before it returns; after a failed write all later
// ones fail. The file is not synced: a killed process loses no acknowledged record, but a power cut
// loses records that the system had not written yet. A killed process may leave a partial line,
// which the next [Open] removes and [Verify] reports as incomplete.
//
// When the file is larger than its limit, it is renamed, and a new one continues the chain.
//
// Read log.go first, then signing.go and verify.go.
package audit
