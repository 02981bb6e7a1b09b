package store

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/store/format"
)

// bbolt maps the file and trusts it. Files that would crash it, or that it must not write to, are
// recognized before it opens them: a folder, another kind of file, a truncated file.

// inspect checks the file at path. Its error is one of those of Open, or of the system.
func inspect(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return ErrNotExist
	}
	if err != nil {
		return withoutPath(err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return fmt.Errorf("%w: is a folder", ErrNotStore)
	case !mode.IsRegular():
		return fmt.Errorf("%w: is no regular file", ErrNotStore)
	case safefile.IsWritableByAll(info):
		return fmt.Errorf("%w: it has mode %04o", ErrExposed, mode.Perm())
	}
	file, err := os.Open(path)
	if err != nil {
		return withoutPath(err)
	}
	defer file.Close()
	return inspectMeta(file, info.Size())
}

// inspectMeta checks the meta pages of a file of size bytes.
func inspectMeta(r io.ReaderAt, size int64) error {
	info, err := format.ReadMeta(r)
	switch {
	case err != nil:
		return withoutPath(err)
	case !info.Found:
		return ErrNotStore
	case info.Size == 0:
		return fmt.Errorf("%w: no valid header", ErrDamaged)
	case size < info.Size:
		return fmt.Errorf("%w: cut short, %d bytes of %d are there", ErrDamaged, size, info.Size)
	}
	return nil
}
