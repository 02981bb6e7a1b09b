// Package store keeps flows in one file: a log that is appended to, read in order, and pruned.
//
// [DB] is the store over bbolt. One goroutine writes. Flows that arrive during a commit share the
// next transaction, so the cost of a commit is shared without a timer. If Append returns nil, the
// records are on disk: they survive kill -9, and a power cut if the disk keeps its promise to
// flush.
//
// Records are numbered, not flows. A request whose response is awaited is one record. Its
// completion is another record with a number of its own, and replaces the first. Any of its numbers
// finds a flow.
//
// Limits: the store redacts nothing. A file belongs to one process at a time; bbolt's lock excludes
// the others. A file does not shrink by itself: freed pages are reused, and keep their bytes until
// then. Files depend on the byte order of the machine. kill -9 is tested; power loss is left to
// bbolt's own tests.
//
// Read store.go first, which has the interfaces, then open.go, write.go and scan.go. docs/format.md
// describes the file byte by byte.
package store
