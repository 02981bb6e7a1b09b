package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/spectap/spectap/flow"
)

// Errors of opening.
var (
	// ErrLocked says that another process has the file open.
	ErrLocked = errors.New("store is in use by another process")
	// ErrVersion says that a newer version wrote the file.
	ErrVersion = errors.New("store was written by a newer version")
	// ErrOldVersion says that an older version wrote the file: opened for writing once, it is brought up to date.
	ErrOldVersion = errors.New("store was written by an older version")
	// ErrNotStore says that the file is something else.
	ErrNotStore = errors.New("not a spectap store")
	// ErrNotExist says that there is no file, and that none was to be made.
	ErrNotExist = errors.New("no such store")
	// ErrDamaged says that the file is a store but cannot be read as a whole, such as one that was cut short.
	ErrDamaged = errors.New("store file is damaged")
)

// Errors of use.
var (
	// ErrNotFound says that no flow has that number.
	ErrNotFound = errors.New("no such flow")
	// ErrCorrupt says that a record cannot be decoded.
	ErrCorrupt = errors.New("corrupt record")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrReadOnly says that the store was opened for reading only.
	ErrReadOnly = errors.New("store is open for reading only")
	// ErrFull says that the disk, or the size that the store may have, is used up. Nothing was stored. After
	// something was deleted it may work again.
	ErrFull = errors.New("store is full")
	// ErrTooLarge says that a flow has more in its headers or URL than a record may hold.
	ErrTooLarge = errors.New("flow is too large")
	// ErrStale says that a model has learnt from flows that were deleted meanwhile. Build it anew.
	ErrStale = errors.New("model has learnt from deleted flows")
)

// Reader reads a log of flows. All methods may be called at once from any goroutine.
type Reader interface {
	// Get returns the newest state of the flow that has the record s, its first or its last: any of its
	// record numbers finds it. ErrNotFound when there is none.
	Get(ctx context.Context, s flow.Seq) (flow.Flow, error)
	// Scan yields each flow that q selects once, in its newest state, in the order of Last (descending
	// with q.Newest). It is a chain of short transactions: it never holds up the writer, and may see
	// flows that are appended meanwhile. The first error ends it.
	Scan(ctx context.Context, q Query) iter.Seq2[flow.Flow, error]
	// Watch is an ascending Scan over what comes after the record number that, at the end of the log,
	// waits for more. It ends when ctx does. A flow comes once for each new state. A slow reader loses no flow.
	Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error]
	// Stat counts what is there.
	Stat(ctx context.Context) (Stat, error)
	// Snapshot writes one consistent copy of the whole store, which Open reads.
	Snapshot(ctx context.Context, w io.Writer) error
}

// Appender adds records.
type Appender interface {
	// Append stores all or none and returns the number of the last record. A nil error means that the
	// records survive the death of the process (kill -9) and, as far as the disk keeps its promises, of
	// the machine. A flow whose ID is already there is its completion: a new record that supersedes the
	// one before. After a state that is Done an ID is free again. States of one flow that are given
	// together may become one record, the newest. Numbers in the flows given (Seq, Last, Import) are
	// ignored; a flow without an ID gets one.
	Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error)
	// NoteLoss keeps in mind that flows which were to be appended were lost instead, in that time, behind the newest
	// record there is: see Stat.Losses.
	NoteLoss(ctx context.Context, flows int64, since, until time.Time) error
}

// Pruner deletes.
type Pruner interface {
	// Delete removes the flows that q selects and every saved model that covers any: it may have learnt from them.
	Delete(ctx context.Context, q Query) (int, error)
}

// Models keeps the state of inference beside the log it comes from.
type Models interface {
	// LoadModel returns what SaveModel saved under name, and what it rests on. When there is nothing, data is nil and
	// the basis that of a model that begins now.
	LoadModel(ctx context.Context, name string) (data []byte, rests Basis, err error)
	// SaveModel replaces it. ErrStale when it covers records and flows were deleted since it was loaded, or begun: by
	// whomever, in whichever process, before or after the store was opened.
	SaveModel(ctx context.Context, name string, data []byte, rests Basis) error
}

// Basis is what a model rests on.
type Basis struct {
	// Covers are the record numbers that it has learnt from; without any it rests on no flow and outlives them all.
	Covers Ranges
	// Deletions is Stat.Deletions as it was when the model was loaded, or begun.
	Deletions uint64
}

// Keyed has a secret of its own.
type Keyed interface {
	// Secret returns 32 random bytes made with the store and never changed: the key of redaction's
	// placeholders, so that equal secrets look equal within one store and nowhere else.
	Secret(ctx context.Context) ([]byte, error)
}

// Importer adds flows that become visible together.
type Importer interface {
	// Import begins an import. Its flows are seen by no reader before Commit returns nil; without Commit
	// they are gone, also after a crash. They get their record numbers at Commit, larger than all before,
	// so that readers who follow the log see them.
	Import(ctx context.Context, source string) (Import, error)
}

// Import is one import under way. It is not safe for concurrent use.
type Import interface {
	// Number is the import's own number, from 1.
	Number() uint64
	// Append adds flows to it, as Appender does, but without waiting for the disk. States of one flow
	// are joined within the import only. Flows without a Source get the import's.
	Append(ctx context.Context, fs ...flow.Flow) error
	// Commit makes them visible, all at once, durably.
	Commit(ctx context.Context) error
	// Abort removes what was added. After Commit it does nothing.
	Abort() error
}

// Store is a log of flows.
type Store interface {
	Reader
	Appender
	Pruner
	Importer
	Models
	Keyed
	io.Closer
}

// Query selects flows. The zero value selects all.
type Query struct {
	// After selects flows whose newest record comes after it.
	After flow.Seq
	// Until, unless 0, ends with that record number.
	Until flow.Seq
	// Authority, unless "", selects one host, as flow.Request.Authority has it.
	Authority string
	// Since and Before, unless zero, bound the time a flow started: Since <= Started < Before.
	Since, Before time.Time
	// Limit, unless 0, ends the scan after so many flows.
	Limit int
	// Newest scans from the end.
	Newest bool
	// NoBodies leaves out the data of bodies, which costs most; sizes and marks are kept.
	NoBodies bool
	// Except leaves out flows whose newest record is in these ranges.
	Except Ranges
	// Only, unless nil, leaves out all others: flows whose newest record is not in these ranges. A flow that
	// got a new state since it was chosen has another number.
	Only Ranges
}

// Stat is a summary of a store.
type Stat struct {
	Flows   int64
	First   flow.Seq // smallest Last of a flow that is there, 0 if there is none
	Last    flow.Seq // largest record number given, also if its flow was deleted
	Bytes   int64    // size of the file
	Used    int64    // bytes of the file that hold something; the rest is used before the file grows
	Imports int64
	// Deletions counts what Delete did, and Retain with Forget: while it stays, so does all that was learnt.
	Deletions uint64
	Hosts     map[string]int64 // flows by authority
	// Losses are those noted among the flows that are there, oldest first: what is missing. They go with the flows
	// around them.
	Losses []Loss
	// HostBytes is what was captured by authority: headers and bodies, before compression.
	HostBytes map[string]int64
}
