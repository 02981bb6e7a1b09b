package store

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store/format"
)

// Defaults of Options.
const (
	DefaultTimeout  = time.Second
	DefaultPageSize = 16 << 10 // 2 KB values leave half of a 4 KB page empty
)

// Options configure Open. The zero value opens an existing store for writing.
type Options struct {
	// ReadOnly opens the store for reading. Several processes may do so at once, while none writes.
	ReadOnly bool
	// Create creates the file, and the folders above it, if it does not exist.
	Create bool
	// Timeout is how long to wait for another process to release the file. Zero means
	// DefaultTimeout; a negative time means no wait.
	Timeout time.Duration
	// PageSize is the page size of a new file in bytes, a power of two from 4096 to 1048576. Zero
	// means DefaultPageSize. A file keeps its page size.
	PageSize int
	// MaxSize, unless 0, bounds the size of the file in bytes. At the limit, Append fails with
	// ErrFull until flows are deleted. A part of MaxSize is reserved for deletions.
	MaxSize int64
	// Logger gets messages that cannot be returned. Nil discards.
	Logger *slog.Logger
	noSync bool // for tests: commits do not wait for the disk
}

// DB is a store in one bbolt file. It is safe for concurrent use.
type DB struct {
	path     string
	readOnly bool
	maxSize  int64
	log      *slog.Logger
	bolt     *bolt.DB
	codec    *format.Codec
	hasher   *format.BodyHasher
	piece    int       // size of the pieces of compressed chunks
	rawPiece int       // size of the pieces of uncompressed chunks
	listed   bool      // the file lists its free pages; the writer's until it has ended
	opened   time.Time // with the monotonic clock
	start    time.Time // the same time of the wall clock

	jobs    chan *job
	written chan struct{} // closed when the writer has ended
	closing sync.RWMutex  // guards closed, and closing jobs
	closed  bool
	recent  format.RecentBodies
	mapped  atomic.Int64 // bytes that scans read since mapping.Release
	tidy    atomic.Bool  // forget has nothing to do; set by the writer

	// Used by the writer only.
	hostIDs   map[string]uint32
	origins   map[origin]uint64
	fullUntil time.Time // the disk was full: add nothing before this time

	watch     sync.Mutex    // guards committed
	committed chan struct{} // closed by the next commit; nil if no caller waits
}

var _ Store = (*DB)(nil)

// Open opens the store at path. Its errors are ErrNotExist, ErrLocked, ErrVersion, ErrNotStore,
// ErrDamaged or those of the system, with the path. Open removes imports that were
// never committed.
func Open(path string, o Options) (*DB, error) {
	db, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return db, nil
}

func open(path string, o Options) (*DB, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	db := &DB{
		path: path, readOnly: o.ReadOnly, maxSize: o.MaxSize, log: o.Logger,
		opened: time.Now(), start: time.Now().Round(0),
		jobs: make(chan *job, groupFlows), written: make(chan struct{}),
	}
	db.log = cmp.Or(db.log, slog.New(slog.DiscardHandler))
	err := errReplaced
	for tries := 0; errors.Is(err, errReplaced) && tries < 5; tries++ {
		if err = inspect(path); errors.Is(err, ErrNotExist) && o.Create {
			err = create(path, o)
		}
		if err == nil {
			db.bolt, db.listed, err = openBolt(path, o, db.log)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := db.begin(); err != nil {
		db.bolt.Close()
		return nil, err
	}
	return db, nil
}

func (o *Options) check() error {
	switch {
	case o.ReadOnly && o.Create:
		return errors.New("read-only and create do not go together")
	case o.PageSize != 0 && (o.PageSize < 4096 || o.PageSize > 1<<20 || o.PageSize&(o.PageSize-1) != 0):
		return fmt.Errorf("page size %d: must be a power of two from 4096 to 1048576", o.PageSize)
	case o.MaxSize < 0 || o.MaxSize > 0 && o.MaxSize < minMaxSize:
		return fmt.Errorf("size limit %d: must be 0 or at least %d bytes", o.MaxSize, minMaxSize)
	}
	return nil
}

// errReplaced means that the file was replaced while Open waited for its lock.
var errReplaced = fmt.Errorf("%w: it is being replaced", ErrLocked)

// openBolt opens a file that inspect has accepted.
func openBolt(path string, o Options, log *slog.Logger) (b *bolt.DB, listed bool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer catchDamage(&err, log)
	timeout := o.Timeout
	switch {
	case timeout == 0:
		timeout = DefaultTimeout
	case timeout < 0:
		timeout = time.Nanosecond // bbolt tries once
	}
	step := growStep(o.MaxSize)
	limit := int(o.MaxSize)
	if limit > 0 {
		limit -= step // bbolt checks the limit before it rounds up to a step
	}
	var opened os.FileInfo
	b, err = bolt.Open(path, fileMode, &bolt.Options{
		Timeout:  timeout,
		ReadOnly: o.ReadOnly,
		// The list of free pages is not written with every commit, only by Close. If it is missing,
		// a walk through all pages finds it again. Commits are up to 1.5 times faster.
		NoFreelistSync:  true,
		NoSync:          o.noSync,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: initialMap(),
		MaxSize:         limit,
		PageSize:        o.pageSize(),
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			file, err := os.OpenFile(name, flag&^os.O_CREATE, mode) // only create may create a file
			if err == nil {
				opened, err = file.Stat()
				info, _ := format.ReadMeta(file)
				listed = info.ListsFreePages
			}
			return file, err
		},
	})
	if err != nil {
		return nil, false, mapBolt(err)
	}
	// During the wait for the lock, Compact may have replaced the file.
	if now, err := os.Stat(path); err != nil || !os.SameFile(opened, now) {
		b.Close()
		return nil, false, errReplaced
	}
	b.AllocSize = step
	return b, listed, nil
}

func (o *Options) pageSize() int { return cmp.Or(o.PageSize, DefaultPageSize) }

// initialMap returns the address space to map at first. A writer that needs a larger map must wait
// for all readers. Windows would make the file that long, and 32-bit systems have no room.
func initialMap() int {
	if runtime.GOOS == "windows" || ^uint(0)>>32 == 0 {
		return 0
	}
	return 1 << 30
}

// begin checks the content of the file and starts the writer.
func (db *DB) begin() (err error) {
	if err := db.view(checkLayout); err != nil {
		return err
	}
	secret, err := db.secret()
	if err != nil {
		return err
	}
	db.hasher = format.NewBodyHasher(secret)
	page := db.bolt.Info().PageSize
	if db.codec, err = format.NewCodec(page); err != nil {
		return err
	}
	if db.readOnly {
		close(db.written)
		return nil
	}
	DropCopies(db.path)
	db.piece, db.rawPiece = format.PieceSize(page), format.RawPieceSize(page)
	go db.write()
	if err := db.dropStaged(); err != nil {
		close(db.jobs)
		<-db.written
		db.codec.Close()
		return err
	}
	return nil
}

// Path returns the path that the store was opened with.
func (db *DB) Path() string { return db.path }

// Close waits until all flows given to Append are stored, then closes the file. Later calls of
// methods return ErrClosed, and so does a Watch that waits. A second Close does nothing.
func (db *DB) Close() error {
	db.closing.Lock()
	if db.closed {
		db.closing.Unlock()
		return nil
	}
	db.closed = true
	close(db.jobs)
	db.closing.Unlock()
	<-db.written
	db.listFreePages()
	err := db.bolt.Close()
	db.codec.Close()
	db.wake()
	return db.wrapNil("close", err)
}

// now returns the time when the store was opened plus the time since then. A wall clock that jumps
// must neither expire all flows at once nor keep them for ever.
func (db *DB) now() time.Time { return db.start.Add(time.Since(db.opened)) }

// listFreePages writes the list of free pages, so that the next Open need not read every page of
// the file to find them. If there is no room for the list, the next Open does.
func (db *DB) listFreePages() {
	if db.readOnly || db.listed {
		return
	}
	db.bolt.NoFreelistSync = false
	if err := db.update(func(*bolt.Tx) error { return nil }); err != nil {
		db.log.Warn("list free pages", "store", db.path, "err", err)
	}
}
