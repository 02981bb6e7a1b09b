// Package natslog keeps a log of blocks in NATS JetStream.
//
// A team has two streams. Tokens of subjects cannot contain dots, so a source, NAME.INCARNATION, is
// two of them.
//
//	SPECTAP_<team>        blocks, kept for days
//	  spectap.<team>.flows.<partition>.<name>.<incarnation>
//	  spectap.<team>.flows.deletions                      by editors
//	SPECTAP_<team>_state  the newest value of each key
//	  spectap.<team>.state.marks.<name>.<incarnation>     by workers
//	  spectap.<team>.state.asks.<name>.<incarnation>      by workers and readers
//	  spectap.<team>.state.sources.<name>.<incarnation>   by the source
//	  spectap.<team>.state.heads.<partition>              by workers
//	  spectap.<team>.state.days.<partition>-<name>        by workers
//	  spectap.<team>.state.leases                         by workers
//	  spectap.<team>.parts.<0 or 1>.<key>.<n>             parts of large values, by workers
//
// A message of the first stream has the numbers of its block in the headers Spectap-After and
// Spectap-Last, and Spectap-Part if the block needs several messages. These are one atomic batch.
// Writes are conditional by Nats-Expected-Last-Subject-Sequence.
//
// Roles are sets of permissions on these subjects: see [Permissions]. A source may write its own
// blocks and status, and read its own newest block, mark, requests and status. It may not read the
// blocks of others, and not delete.
//
// The package is the only one that may import NATS, natshub excepted, which has the server. Read
// conn.go first, then append.go, entries.go and state.go.
package natslog
