package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/internal/safefile"
)

// Log appends records to a file. It is safe for concurrent use.
type Log struct {
	path    string
	maxSize int64

	mu    sync.Mutex
	lock  *os.File
	file  *os.File // nil after Close
	err   error    // of a failed write
	size  int64
	seq   uint64 // of the last record
	hash  string // of the last record
	found Record // the last one when the log was opened
	// signer, unless nil, signs the log.
	signer *signer
}

// DefaultMaxSize is the size of a file, in bytes, at which a log is rotated.
const DefaultMaxSize = 64 << 20

// The errors of logs.
var (
	ErrClosed = errors.New("the audit is closed")
	// ErrTaken is the error of [Open] for a log that another process has open.
	ErrTaken = errors.New("another process writes it: stop it, or name another file")
)

// maxLine bounds a line, in bytes.
const maxLine = 4 << 20

// Open opens a log for appending, and creates a missing one with mode 0600. A partial line at the
// end is removed. The last record must be intact; [Verify] checks the others. Zero for maxSize
// means [DefaultMaxSize]. Only one process may have a log open.
func Open(path string, maxSize int64) (_ *Log, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open the audit %s: %w", path, err)
		}
	}()
	lock, err := safefile.Lock(path + ".lock")
	if errors.Is(err, safefile.ErrLocked) {
		return nil, ErrTaken
	} else if err != nil {
		return nil, err
	}
	l := &Log{path: path, maxSize: cmp.Or(max(maxSize, 0), DefaultMaxSize), lock: lock}
	if err := l.open(); err != nil {
		lock.Close()
		return nil, err
	}
	return l, nil
}

// open opens the file and finds where its chain ends.
func (l *Log) open() (err error) {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	if err := f.Chmod(0o600); err != nil { // others may read an older one
		return err
	}
	last, end, err := lastLine(f, info.Size())
	if err != nil {
		return err
	}
	if last == nil { // new, or rotated and killed before the first record
		if err := NotLog(l.path); err != nil { // it would be cut off as a partial record
			return err
		}
		if last, err = l.lastRotated(); err != nil {
			return err
		}
	}
	if last != nil {
		r, hash, err := decode(last)
		if err != nil {
			if not := NotLog(l.path); not != nil {
				return not
			}
			return fmt.Errorf("the last record: %w; keep the file, and start a new one", err)
		}
		l.seq, l.hash, l.found = r.Seq, hash, r
	}
	if err := f.Truncate(end); err != nil {
		return err
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	l.file, l.size = f, end
	return nil
}

// lastLine returns the last complete line of a file, without its newline, and the offset of its
// end.
func lastLine(f *os.File, size int64) (line []byte, end int64, err error) {
	from := max(0, size-2*maxLine)
	tail := make([]byte, size-from)
	if _, err := f.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	n := bytes.LastIndexByte(tail, '\n')
	if n < 0 {
		if from > 0 {
			return nil, 0, errors.New("it is no audit: a line has no end")
		}
		return nil, 0, nil
	}
	start := bytes.LastIndexByte(tail[:n], '\n') + 1
	return tail[start:n], from + int64(n) + 1, nil
}

// lastRotated returns the last line of the newest rotated file, or nil.
func (l *Log) lastRotated() ([]byte, error) {
	files, err := rotated(l.path)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	f, err := os.Open(files[len(files)-1])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	line, _, err := lastLine(f, info.Size())
	return line, err
}

// rotated returns the files that continue in path, oldest first. Their names end in the sequence
// number of their last record.
func rotated(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if n, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+"."); ok && len(n) == rotatedDigits {
			if _, err := strconv.ParseUint(n, 10, 64); err == nil {
				files = append(files, filepath.Join(filepath.Dir(path), e.Name()))
			}
		}
	}
	slices.Sort(files)
	return files, nil
}

const rotatedDigits = 12

// Append completes a record with its number, its time unless it has one, and its place in the
// chain, and writes it. It returns the number. After an error, the action that the record allows
// must not be taken.
func (l *Log) Append(r Record) (seq uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.file == nil:
		return 0, ErrClosed
	case l.err != nil:
		return 0, l.err
	}
	if l.size >= l.maxSize {
		if err := l.rotate(); err != nil {
			l.err = fmt.Errorf("rotate the audit: %w", err)
			return 0, l.err
		}
	}
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	if err := l.write(&r); err != nil {
		return 0, err
	}
	l.wrote()
	return r.Seq, nil
}

// write gives a record its place in the chain and writes it. The caller holds l.mu.
func (l *Log) write(r *Record) error {
	r.Time = r.Time.UTC()
	r.Seq, r.Prev = l.seq+1, l.hash
	line, hash, err := encode(r)
	switch {
	case err != nil:
		return fmt.Errorf("write the audit: %w", err)
	case len(line) > maxLine:
		return fmt.Errorf("write the audit: a record of %d bytes is larger than %d", len(line), maxLine)
	}
	if _, err := l.file.Write(line); err != nil { // the file may end in a partial line now
		l.err = fmt.Errorf("write the audit: %w", err)
		return l.err
	}
	l.seq, l.hash, l.size = r.Seq, hash, l.size+int64(len(line))
	return nil
}

// Found returns the time of the last record when the log was opened, or zero, and whether the
// process that wrote it stopped cleanly.
func (l *Log) Found() (at time.Time, stopped bool) {
	r := &l.found
	return r.Time, r.Event == EventStop || r.Checkpoint != nil && r.Checkpoint.Reason == ReasonStop
}

// State returns the path of the file, the number of its last record, and the error that ended it,
// if any.
func (l *Log) State() (path string, seq uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.path, l.seq, l.err
}

// rotate renames the file and opens a new one. A signed log has a checkpoint on both sides: the
// second explains why the log begins there, if somebody removes older files.
func (l *Log) rotate() error {
	if l.signer != nil {
		if err := l.checkpoint(ReasonRotate); err != nil {
			return err
		}
		l.signer.timer.Reset(0) // sinks get it soon
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	name := fmt.Sprintf("%s.%0*d", l.path, rotatedDigits, l.seq)
	l.file.Close() // Windows renames no open file
	if err := os.Rename(l.path, name); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	l.file, l.size = f, 0
	if l.signer != nil {
		return l.checkpoint(ReasonRotate)
	}
	return nil
}

// Close signs the log if it is signed, syncs and closes the file.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.lock == nil {
		l.mu.Unlock()
		return nil
	}
	var err error
	if s := l.signer; s != nil && l.file != nil && l.err == nil && s.unsigned > 0 {
		err = l.checkpoint(ReasonStop)
	}
	if l.file != nil {
		err = errors.Join(err, l.file.Sync(), l.file.Close())
	}
	err = errors.Join(err, l.lock.Close())
	l.file, l.lock = nil, nil
	l.mu.Unlock()
	if l.signer != nil {
		l.signer.timer.Stop()
		err = errors.Join(err, l.deliver())
		for _, sink := range l.signer.Sinks {
			err = errors.Join(err, sink.Close())
		}
	}
	return err
}

// scanner returns a reader of lines.
func scanner(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, maxLine) }
