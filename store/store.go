package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// Errors of Open.
var (
	// ErrLocked means that another process has the file open.
	ErrLocked = errors.New("store is in use by another process")
	// ErrVersion means that a newer version wrote the file.
	ErrVersion = errors.New("store was written by a newer version")
	// ErrNotStore means that the file is not a store.
	ErrNotStore = errors.New("not a spectap store")
	// ErrNotExist means that there is no file, and Options.Create was not set.
	ErrNotExist = errors.New("no such store")
	// ErrDamaged means that the file is a store but cannot be read completely, for example because
	// it was truncated.
	ErrDamaged = errors.New("store file is damaged")
	ErrExposed = errors.New("store file is writable by all users")
)

// Errors of use.
var (
	// ErrNotFound means that no flow has that number.
	ErrNotFound = errors.New("no such flow")
	// ErrCorrupt means that a record cannot be decoded.
	ErrCorrupt = format.ErrCorrupt
	// ErrClosed means that the store was closed.
	ErrClosed = format.ErrClosed
	// ErrReadOnly means that the store was opened for reading only.
	ErrReadOnly = errors.New("store is open for reading only")
	// ErrFull means that the disk is full or that the store has reached its MaxSize. Nothing was
	// stored. After flows are deleted it may work again.
	ErrFull = errors.New("store is full")
	// ErrTooLarge means that the headers and URL of a flow are larger than a record may be.
	ErrTooLarge = errors.New("flow is too large")
	// ErrStale means that a model has learned from flows that were deleted since. Rebuild it.
	ErrStale = errors.New("model has learned from deleted flows")
	// ErrOutdated means that a model was saved by another after it was loaded. Load it again.
	ErrOutdated = errors.New("model was saved by another in the meantime")
	// ErrNoSession means that no session has that number.
	ErrNoSession = errors.New("no such session")
)

// Reader reads a log of flows. It is safe for concurrent use.
type Reader interface {
	// Get returns the newest state of the flow with the record number s. Any of its record numbers
	// finds a flow. The error is ErrNotFound for an unknown number.
	Get(ctx context.Context, s flow.Seq) (flow.Flow, error)
	// Scan yields each flow that q selects once, in its newest state, in the order of Last
	// (descending with q.Newest). It is a sequence of short transactions, so it never blocks the
	// writer, and may yield flows that are appended in the meantime. The first error ends it.
	Scan(ctx context.Context, q Query) iter.Seq2[flow.Flow, error]
	// Watch is an ascending Scan of the records after a number. At the end of the log it waits for
	// more. It ends when ctx is done. It yields a flow once for each new state. A slow reader loses
	// no flow.
	Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error]
	// Stat returns a summary of the store.
	Stat(ctx context.Context) (Stat, error)
	// Snapshot writes a consistent copy of the complete store, which Open can open.
	Snapshot(ctx context.Context, w io.Writer) error
	// Sessions returns the sessions, oldest first.
	Sessions(ctx context.Context) ([]Session, error)
}

// Appender adds records.
type Appender interface {
	// Append stores all flows or none and returns the number of the last record. A nil error means
	// that the records survive the death of the process (kill -9) and, if the disk keeps its
	// promises, of the machine. A flow with the ID of an open flow is its next state: a new record
	// that replaces the old one. After a state with Done set, an ID is free again. States of one
	// flow in one call may become one record, the newest. Append ignores the numbers in the flows
	// (Seq, Last, Import), and gives a flow without an ID one.
	Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error)
	// NoteLoss records that a number of flows were lost between two times, after the newest record.
	// See Stat.Losses.
	NoteLoss(ctx context.Context, flows int64, since, until time.Time) error
}

// Pruner deletes.
type Pruner interface {
	// Delete removes the flows that q selects, and every saved model that covers any of them,
	// because it has learned from them.
	Delete(ctx context.Context, q Query) (int, error)
}

// Models stores the state of the inference in the file of the log that it was learned from.
type Models interface {
	// LoadModel returns the data that SaveModel saved under name, and its basis. For a new model,
	// data is nil.
	LoadModel(ctx context.Context, name string) (data []byte, basis Basis, err error)
	// SaveModel replaces the data, and increments the revision by one. It returns ErrStale if the
	// model covers records and flows were deleted since it was loaded or begun, by any process,
	// before or after the store was opened. It returns ErrOutdated if basis.Revision is not that of
	// the saved data: a model that was loaded before another save cannot replace what that saved.
	SaveModel(ctx context.Context, name string, data []byte, basis Basis) error
}

// Basis describes the flows that a model has learned from.
type Basis struct {
	// Covers are their record numbers. A model without any is kept when flows are deleted.
	Covers Ranges
	// Revision is how often data was saved under the name when the model was loaded or last saved,
	// 0 for a new model.
	Revision uint64
	// Deletions is the value of Stat.Deletions when the model was loaded or begun.
	Deletions uint64
}

// Keyed has a secret.
type Keyed interface {
	// Secret returns 32 random bytes, created with the store and never changed. They are the key of
	// placeholders, so that equal secrets look equal within one store and nowhere else.
	Secret(ctx context.Context) ([]byte, error)
}

// Importer adds flows that become visible together.
type Importer interface {
	// Import begins an import. No reader sees its flows before Commit returns nil. Without Commit
	// they are removed, also after a crash. They get their record numbers at Commit, larger than
	// all earlier ones, so that readers that follow the log see them.
	Import(ctx context.Context, source string) (Import, error)
}

// Import is an import in progress. It is not safe for concurrent use.
type Import interface {
	// Number returns the number of the import, from 1.
	Number() uint64
	// Append adds flows, like Appender, but does not wait for the disk. States of one flow are
	// joined within the import only. Flows without a Source get the source of the import.
	Append(ctx context.Context, fs ...flow.Flow) error
	// Commit makes all flows visible at once, durably.
	Commit(ctx context.Context) error
	// Abort removes the added flows. After Commit it does nothing.
	Abort() error
}

// Store is a log of flows.
type Store interface {
	Reader
	Appender
	Receiver
	SessionKeeper
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
	// Until, unless 0, is the last record number.
	Until flow.Seq
	// Authority, unless "", selects one host, in the form of flow.Request.Authority.
	Authority string
	// Session, unless 0, selects the flows of one session. With the bounds of [Session.Query], the
	// records before and after the session are not read.
	Session uint64
	// Since and Before, unless zero, bound the time a flow started: Since <= Started < Before.
	Since, Before time.Time
	// Limit, unless 0, bounds the number of flows.
	Limit int
	// Newest scans from the newest flow to the oldest.
	Newest bool
	// NoBodies omits the data of bodies, which costs most. Sizes and flags are kept.
	NoBodies bool
	// Brief yields flows in the form of [flow.Flow.Brief], which costs least.
	Brief bool
	// Except excludes flows whose newest record is in these ranges.
	Except Ranges
	// Only, unless nil, excludes flows whose newest record is not in these ranges. A flow that got
	// a new state since it was chosen has another number.
	Only Ranges
}

// Stat is a summary of a store.
type Stat struct {
	Flows   int64
	First   flow.Seq // smallest Last of a flow, or 0
	Last    flow.Seq // largest record number ever given
	Bytes   int64    // size of the file
	Used    int64    // used bytes of the file; the rest is reused before the file grows
	Imports int64
	// Deletions increments whenever learned data must be discarded: by Delete, and by Retain with
	// Forget. A model saved under another value is stale.
	Deletions uint64
	Hosts     map[string]int64 // flows by authority
	// Losses are the noted losses between the existing flows, oldest first. They are removed
	// together with the flows around them.
	Losses []Loss
	// Spool reports that the records are sent to another store, see DB.SetSent, and Sent the newest
	// that arrived there.
	Spool bool
	Sent  flow.Seq
	// Sources are the stores whose flows were applied, by name.
	Sources map[string]Applied
	// HostBytes are the captured bytes by authority: headers and bodies, before compression.
	HostBytes map[string]int64
}
