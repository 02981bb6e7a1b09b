package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	bolt "go.etcd.io/bbolt"
)

// Files are for their owner alone: what was captured is full of secrets.
const (
	fileMode   = 0o600
	folderMode = 0o700
)

// Defaults of Options.
const (
	DefaultTimeout  = time.Second
	DefaultPageSize = 16 << 10 // 2 KB values leave half of a 4 KB page empty
)

// Options say how to open a store. The zero value opens one that exists, for writing.
type Options struct {
	// ReadOnly opens without the right to write. Several processes may do so at once, while none writes.
	ReadOnly bool
	// Create makes the file, and the folders above it, when there is none.
	Create bool
	// Timeout is how long to wait for another process to let go of the file. Zero means DefaultTimeout,
	// less than zero not to wait.
	Timeout time.Duration
	// PageSize is the page size in bytes of a file that is made, a power of two from 4096 on. Zero means
	// DefaultPageSize. A file keeps the size it was made with.
	PageSize int
	// MaxSize, unless 0, is how many bytes the file may grow to; then Append fails with ErrFull until
	// something is deleted. It is kept clear of the limit by a part for deletions to work in.
	MaxSize int64
	// Logger gets what cannot be returned; nil discards it.
	Logger *slog.Logger
}

// DB is a store in one bbolt file. Its methods may be called at once from any goroutine.
type DB struct {
	path     string
	readOnly bool
	maxSize  int64
	log      *slog.Logger
	bolt     *bolt.DB
	codec    *codec
	piece    int // size of the pieces that chunks of bodies are cut into
	now      func() time.Time

	jobs    chan *job
	written chan struct{} // closed when the writer has ended
	closing sync.RWMutex  // guards closed, and jobs against being closed
	closed  bool
	recent  recent

	watch     sync.Mutex    // guards committed
	committed chan struct{} // closed by the next commit; nil when nobody waits

	deleted sync.Mutex // guards gone
	gone    Ranges     // record numbers that Delete took away since the file was opened
}

var _ Store = (*DB)(nil)

// Open opens the store at path. The errors are ErrNotExist, ErrLocked, ErrVersion, ErrNotStore, ErrDamaged or the
// system's, with the path. What an import left behind that was never committed is removed.
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
	err := inspect(path)
	if errors.Is(err, ErrNotExist) && o.Create && !o.ReadOnly {
		err = create(path, o)
	}
	if err != nil {
		return nil, err
	}
	db := &DB{
		path: path, readOnly: o.ReadOnly, maxSize: o.MaxSize, log: o.Logger, now: time.Now,
		jobs: make(chan *job, groupFlows), written: make(chan struct{}),
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if db.bolt, err = openBolt(path, o); err != nil {
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

// openBolt opens the file that inspect found fit.
func openBolt(path string, o Options) (b *bolt.DB, err error) {
	defer catchDamage(&err)
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
		limit -= step // bbolt looks at the limit before it rounds up to a step
	}
	b, err = bolt.Open(path, fileMode, &bolt.Options{
		Timeout:  timeout,
		ReadOnly: o.ReadOnly,
		// The list of free pages is not written with every commit but found again by a walk when the
		// file is opened; commits are up to 1.5 times faster.
		NoFreelistSync:  true,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: initialMap(),
		MaxSize:         limit,
		PageSize:        o.pageSize(),
	})
	if err != nil {
		return nil, mapBolt(err)
	}
	b.AllocSize = step
	return b, nil
}

func (o *Options) pageSize() int {
	if o.PageSize == 0 {
		return DefaultPageSize
	}
	return o.PageSize
}

// initialMap is how much address space to map at first: a writer that needs a larger map has to wait for all
// readers. Windows would make the file that long, and 32 bits have no room.
func initialMap() int {
	if runtime.GOOS == "windows" || ^uint(0)>>32 == 0 {
		return 0
	}
	return 1 << 30
}

// begin checks what is in the file and starts the writer.
func (db *DB) begin() (err error) {
	if err := db.view(checkFormat); err != nil {
		return err
	}
	if db.codec, err = newCodec(); err != nil {
		return err
	}
	if db.readOnly {
		close(db.written)
		return nil
	}
	db.piece = pieceSize(db.bolt.Info().PageSize)
	go db.write()
	if err := db.dropStaged(); err != nil {
		close(db.jobs)
		<-db.written
		db.codec.close()
		return err
	}
	return nil
}

func checkFormat(tx *bolt.Tx) error {
	about := tx.Bucket(rootAbout)
	if about == nil {
		return ErrNotStore
	}
	v := about.Get(aboutFormat)
	if len(v) != 4 {
		return ErrNotStore
	}
	if n := binary.BigEndian.Uint32(v); n > formatVersion {
		return fmt.Errorf("%w: format %d, this one reads up to %d", ErrVersion, n, formatVersion)
	}
	for _, name := range [][]byte{
		rootLive, rootImports, rootSegments, rootHosts, rootBodies, rootShared, rootHashes, rootModels,
	} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %s", ErrDamaged, name)
		}
	}
	return nil
}

// create makes a complete store beside path and links it there, so that no half-made file is ever at path. When
// another process is faster, its file stays.
func create(path string, o Options) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("make folder %s: %w", dir, bare(err))
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.new")
	if err != nil {
		return bare(err)
	}
	temp := file.Name()
	defer os.Remove(temp)
	file.Close()
	b, err := bolt.Open(temp, fileMode, &bolt.Options{PageSize: o.pageSize(), NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return mapBolt(err)
	}
	err = b.Update(initialize)
	if cerr := b.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return mapBolt(err)
	}
	if err := os.Link(temp, path); err != nil && !errors.Is(err, os.ErrExist) {
		if err := os.Rename(temp, path); err != nil { // a file system without links
			return bare(err)
		}
	}
	return syncFolder(dir)
}

// initialize makes the buckets of a new store.
func initialize(tx *bolt.Tx) error {
	about, err := tx.CreateBucket(rootAbout)
	if err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	rand.Read(secret)
	for _, kv := range []struct{ k, v []byte }{
		{aboutFormat, binary.BigEndian.AppendUint32(nil, formatVersion)},
		{aboutSecret, secret},
		{aboutCreated, key64(uint64(time.Now().Unix()))},
	} {
		if err := about.Put(kv.k, kv.v); err != nil {
			return err
		}
	}
	for _, name := range [][]byte{rootImports, rootSegments, rootHosts, rootBodies, rootShared, rootHashes, rootModels} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return createSegment(tx, rootLive)
}

// syncFolder makes a new name in a folder durable. Windows has no such thing.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return bare(err)
	}
	defer d.Close()
	return bare(d.Sync())
}

// Path returns the path that the store was opened with.
func (db *DB) Path() string { return db.path }

// Close waits until what was given to Append is stored, then closes the file. Methods that are called later
// return ErrClosed, and so does a Watch that waits. It does nothing the second time.
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
	err := db.bolt.Close()
	db.codec.close()
	db.wake()
	if err != nil {
		return db.wrap("close", err)
	}
	return nil
}

// lastSeq is the largest record number given.
func lastSeq(tx *bolt.Tx) flow.Seq { return flow.Seq(tx.Bucket(rootLive).Sequence()) }
