// Package audit keeps a log of decisions that shows whether it was changed.
//
// A [Log] is a file with a JSON object on each line. Each record has a sequence number, the hash of
// the record before it, and its own hash. [Verify] finds a record that was changed, removed,
// inserted or moved. The chain has no key: who can write to the file can write a whole new chain,
// and can cut off its end. [Log.Sign] adds checkpoints, which are signed, to the chain and, so that
// they cannot be removed with it, to [Sink]s.
//
// A record is written, with one write, before [Log.Append] returns; after a failed write all later
// ones fail. The file is not synced: a killed process loses nothing that was acknowledged, a power
// cut what the system had not written yet. A process that is killed may leave half a line, which
// the next [Open] removes and [Verify] reports as incomplete.
//
// When the file is larger than its limit, it is renamed, and a new one continues the chain.
//
// Read log.go first, then signing.go and verify.go.
package audit
