// Package relay carries flows between stores over a log of blocks, so that proxies on many machines
// fill one capture.
//
//	proxy ─▶ spool (a store) ─▶ Forwarder ─▶ Log ─▶ Follower ─▶ store ─▶ commands and tools
//	                                          └───▶ Worker ─▶ models in the log
//
// A source is one spool. Its flows have numbers, the record numbers of the spool. A [Forwarder]
// sends them as blocks of consecutive numbers ([Entry]); a [Follower] applies each block to its
// store in one transaction together with its mark, the largest number applied. A [Worker] learns
// from a share of the sources and keeps the models in the log.
//
// The guarantee ("replicas agree", a property test) holds after any kill, lost connection,
// repetition or delay: every flow of a spool reaches each follower once, in the state that the
// spool had last.
//
//   - The log appends an entry only after the entry that its writer saw last of this source. So two
//     writers cannot interleave, and an append whose acknowledgement was lost is found again.
//   - Blocks may overlap after losses. A follower drops the numbers it has.
//   - A block that does not continue a mark shows a gap: the log lost entries. The follower skips
//     the block, a worker asks for the missing numbers, and the forwarder sends them again.
//   - An acknowledged append does not release flows in the spool. A mark does.
//
// What does not hold: two copies of one spool that both record would share numbers. A forwarder
// refuses to send when the log has more of its source than the spool.
//
// Read log.go first, which has the interface of the log, then block.go, forward.go, follow.go,
// worker.go and learn.go. relay/logtest has a log in memory with faults, for tests; relay/natslog
// keeps one in NATS JetStream.
package relay
