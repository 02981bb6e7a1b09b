// Package store keeps flows in one file: a log that is appended to, read in order, and pruned.
//
// [DB] is the store over bbolt. One goroutine writes; what is appended while a transaction is being committed goes
// into the next one together, so that the cost of a commit is shared without waiting for a timer. A nil error
// from Append means that the records are on disk: they survive kill -9, and a power cut as far as the disk
// keeps its promise to flush.
//
// Records, not flows, are numbered. A request whose answer is still awaited is one record; its completion is
// another, with a number of its own, that takes the first one's place. Any of its numbers finds a flow.
//
// What it does not do: it redacts nothing (what is given is what is kept), it shares a file with no other process
// (bbolt's lock excludes them), and the file does not shrink by itself: freed pages are used again. Freed pages
// keep their bytes until then. Files depend on the byte order of the machine. kill -9 is tested; power loss is
// left to bbolt's own tests.
//
// docs/format.md describes the file byte by byte.
package store
