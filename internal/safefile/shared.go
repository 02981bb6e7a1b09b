package safefile

// This file keeps a value in a JSON file that several processes of one user read and change, such
// as a server that follows what a command decides.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Shared keeps a value of type T. It is not safe for concurrent use. Its errors name the file.
type Shared[T any] struct {
	// Path is where the file is. Path + ".lock" is locked while it changes.
	Path string
	// Max bounds its size, in bytes.
	Max int64
	// New returns the value for a file that is not there yet.
	New func() *T
	// Check returns an error for a value that must not be used. It may complete the value.
	Check func(*T) error

	isClean bool // files that killed writers left behind are removed
	value   *T
	last    fs.FileInfo // of the file that value was read from, or nil
}

// Read returns the value. The file is read again only if it was written since. A file that was
// there and is gone is an error, because what it forbade would be allowed. The caller must not
// change the value.
func (f *Shared[T]) Read() (*T, error) {
	info, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.last == nil:
		if f.value == nil {
			f.value = f.New()
		}
		return f.value, nil
	case err != nil:
		return nil, err
	case f.value != nil && isSame(f.last, info):
		return f.value, nil
	case !info.Mode().IsRegular(): // opening a pipe would wait for its writer
		return nil, &NotFileError{f.Path}
	}
	value, info, err := f.load()
	if err != nil {
		return nil, err
	}
	f.value, f.last = value, info
	return value, nil
}

// isSame reports whether a file was not written since. Each write makes a new file.
func isSame(a, b fs.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (f *Shared[T]) load() (*T, fs.FileInfo, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, nil, &NotFileError{f.Path}
	case IsWritableByOthers(info):
		return nil, nil, fmt.Errorf("%s can be changed by other users: look at what it has, then chmod 600 it", f.Path)
	case info.Size() > f.Max:
		return nil, nil, fmt.Errorf("%s is larger than %d bytes", f.Path, f.Max)
	}
	data, err := io.ReadAll(io.LimitReader(file, f.Max+1))
	if err != nil {
		return nil, nil, err
	}
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return nil, nil, &DamagedError{f.Path, err}
	}
	if err := f.Check(value); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	return value, info, nil
}

// Update runs change on the newest value and writes the result, with mode 0600 if the file is new.
// If change fails, or the result cannot be written, the file stays as it is.
func (f *Shared[T]) Update(change func(*T) error) (err error) {
	lock, err := lockFile(f.Path + ".lock")
	if err != nil {
		return err
	}
	defer lock.Close()
	if !f.isClean {
		RemoveLeft(f.Path)
		f.isClean = true
	}
	defer func() {
		if err != nil {
			f.value = nil // it may have changed in memory
		}
	}()
	value, err := f.Read()
	if err != nil {
		return err
	}
	if err := change(value); err != nil {
		return err
	}
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if int64(len(data)) >= f.Max {
		return fmt.Errorf("%s would be larger than %d bytes", f.Path, f.Max)
	}
	if err := Write(context.Background(), f.Path, 0o600, append(data, '\n')); err != nil {
		return err
	}
	f.last, err = os.Stat(f.Path)
	return err
}

// The wait for another process that changes the file. The renewal of a token takes ten seconds.
const (
	lockPause = 10 * time.Millisecond
	lockTime  = 15 * time.Second
)

func lockFile(path string) (*os.File, error) {
	for end := time.Now().Add(lockTime); ; time.Sleep(lockPause) {
		lock, err := Lock(path)
		switch {
		case err == nil:
			return lock, nil
		case !errors.Is(err, ErrLocked):
			return nil, err
		case time.Now().After(end):
			return nil, fmt.Errorf("another process has held %s for %v", path, lockTime)
		}
	}
}

// NotFileError is the error for a path that leads to a folder, a pipe or a device.
type NotFileError struct{ Path string }

func (e *NotFileError) Error() string { return e.Path + " is not a regular file" }

// DamagedError is the error for a file that is not JSON: it was damaged, or is another file.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string { return e.Path + " is damaged: " + e.Err.Error() }
func (e *DamagedError) Unwrap() error { return e.Err }
