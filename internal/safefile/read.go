package safefile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrNotRegular means that a file is a folder, a FIFO or a device.
var ErrNotRegular = errors.New("it is not a regular file")

// OpenFunc is [os.OpenFile], or the method of an [os.Root], out of which no symbolic link leads.
type OpenFunc = func(name string, flag int, perm fs.FileMode) (*os.File, error)

// Open opens a regular file for reading. It does not wait for the writer of a FIFO.
func Open(open OpenFunc, name string) (*os.File, error) {
	f, err := open(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat() // of the open file, since the path may already name another one
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, cmp.Or(err, ErrNotRegular)
	}
	return f, nil
}

// Read reads a regular file of at most max bytes.
func Read(open OpenFunc, name string, max int64) ([]byte, error) {
	f, err := Open(open, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if int64(len(data)) > max {
		return nil, fmt.Errorf("it has more than %d MiB", max>>20)
	}
	return data, err
}
