package relay

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
)

// Errors of a [Log].
var (
	// ErrConflict means that a write was refused because its writer did not know the newest state.
	// Nothing was written.
	ErrConflict = errors.New("another writer was faster")
	// ErrDenied means that the credentials do not allow an operation.
	ErrDenied = errors.New("not allowed by the credentials")
)

// Errors of what a log holds.
var (
	// ErrMalformed means that data in the log is not what its place says.
	ErrMalformed = errors.New("malformed data in the log")
	// ErrVersion means that a newer version wrote data in the log.
	ErrVersion = errors.New("data in the log was written by a newer version")
)

// Position is the place of an entry in a log. Positions grow, with holes. 0 is before the first.
type Position uint64

// Partitions is the number of parts that a log is divided into for workers. All entries of a source
// are in one of them.
const Partitions = 16

// Deletions is the source of the entries that list deleted flows. They are in all partitions.
const Deletions = "deletions"

// OnlyDeletions is the partition with deletions only.
const OnlyDeletions = -2

// Partition returns the partition of a source, from 0.
func Partition(source string) int {
	h := fnv.New32a()
	h.Write([]byte(source))
	return int(h.Sum32() % Partitions)
}

// Entry is one block of flows in a log: those of Source numbered After+1 to Last. Numbers may be
// missing: a state of a flow that a later one replaced is not sent. If After and Last are equal, it
// has no flows; it has sessions, or commits an import.
type Entry struct {
	Position    Position // set by the log
	Source      string
	After, Last uint64
	Data        []byte // see [Encode]
}

// String returns the entry without its data, for messages.
func (e *Entry) String() string {
	return fmt.Sprintf("block %d-%d of %s at %d", e.After+1, e.Last, e.Source, e.Position)
}

// Anything is a revision that fits every value of a key: the write is unconditional.
const Anything = ^uint64(0)

// Value is the data of a key.
type Value struct {
	Key      string
	Revision uint64 // 0: the key has no value
	Data     []byte
	Err      error // why one of several values has no Data
}

// Log is a durable, ordered log of entries, and a store of small values under keys. Methods are
// safe for concurrent use, and end with their context.
//
// After an error other than [ErrConflict] and [ErrDenied], a write may or may not have taken place.
// Reads may be stale: they may miss the newest writes, but their result was true once. A log may
// lose acknowledged entries in a disaster; forwarders and followers recover from that as long as a
// spool or store has the flows.
type Log interface {
	// Append adds an entry if after is the position of the newest entry of its source, or 0 if
	// there is none, and returns its position. Otherwise the error is [ErrConflict]. When it
	// returns nil, the entry is on the disks of a majority of the log's servers.
	Append(ctx context.Context, e *Entry, after Position) (Position, error)
	// Newest returns the newest entry of a source without its data; its Position is 0 if there is
	// none. An entry that no forwarder wrote has no numbers.
	Newest(ctx context.Context, source string) (Entry, error)
	// Entries yields the entries after a position in their order: those of one partition and the
	// deletions, all if partition is -1, or [OnlyDeletions]. At the end it waits for more. Every
	// entry is yielded once; the first error ends it. An entry without a source says that nothing
	// readable is between the entry before it and its position, because the log lost it, removed
	// it, it is damaged, or of other partitions. Such an entry comes at the latest when all entries
	// were yielded that the log had at the beginning, unless the last was the newest of all.
	Entries(ctx context.Context, partition int, after Position) iter.Seq2[Entry, error]
	// Bounds returns the positions of the oldest and the newest entry. The oldest is larger than 1
	// once old entries were removed.
	Bounds(ctx context.Context) (first, last Position, err error)
	// Get returns the value of a key, or those of all keys that begin with key if it ends in "/".
	// One of these that cannot be read has its Err set, and the others are returned all the same.
	Get(ctx context.Context, key string) ([]Value, error)
	// Put replaces the value of a key if it has the given revision: 0 if the key has no value, or
	// [Anything]. Otherwise the error is [ErrConflict]. It returns the new revision, and is atomic.
	Put(ctx context.Context, key string, revision uint64, data []byte) (uint64, error)
	// Remove removes the value of a key if it has the given revision. If it has not, that is no
	// error: somebody wrote or removed it meanwhile.
	Remove(ctx context.Context, key string, revision uint64) error
}

// Keys of values.
const (
	keyMarks   = "marks/"   // and a source: its [Mark], by the worker of its partition
	keyAsks    = "asks/"    // and a source: a [request], by who misses flows
	keySources = "sources/" // and a source: its [SourceStatus], by its forwarder
	keyHeads   = "heads/"   // and a partition: its head
	keyDays    = "days/"    // and a partition and a name: facts of days, see [days.Facts]
	keyLeases  = "leases"   // which worker has which partition
)

// getOne returns the value of one key.
func getOne(ctx context.Context, l Log, key string) (Value, error) {
	vs, err := l.Get(ctx, key)
	if err != nil || len(vs) == 0 {
		return Value{Key: key}, err
	}
	return vs[0], nil
}
