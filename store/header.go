package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// bbolt maps the file and trusts it. What would crash it, or have it write into a stranger's file, is found out
// before it is opened: a folder, another kind of file, a file that was cut short.
//
// A bbolt file begins with two meta pages: a page header of 16 bytes, then magic, version, page size, flags (4
// bytes each), root page, root sequence, freelist page, number of pages, transaction, FNV-1a of what is before
// (8 bytes each), in the byte order of the machine.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	metaSize    = 64
)

// inspect looks at the file at path. The error is ErrNotExist, ErrNotStore, ErrDamaged or the system's.
func inspect(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return ErrNotExist
	}
	if err != nil {
		return bare(err)
	}
	if info.IsDir() {
		return fmt.Errorf("%w: is a folder", ErrNotStore)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: is no regular file", ErrNotStore)
	}
	file, err := os.Open(path)
	if err != nil {
		return bare(err)
	}
	defer file.Close()
	return inspectMeta(file, info.Size())
}

// inspectMeta looks at both meta pages: the first at 0, the second one page on, whatever a page is.
func inspectMeta(r io.ReaderAt, size int64) error {
	var need int64
	seen := false
	for _, at := range metaOffsets() {
		var b [pageHeader + metaSize]byte
		if _, err := r.ReadAt(b[:], at); err != nil {
			if errors.Is(err, io.EOF) {
				continue
			}
			return bare(err)
		}
		meta := b[pageHeader:]
		ne := binary.NativeEndian
		if ne.Uint32(meta) != boltMagic || ne.Uint32(meta[4:]) != boltVersion {
			continue
		}
		seen = true
		h := fnv.New64a()
		h.Write(meta[:56])
		if h.Sum64() != ne.Uint64(meta[56:]) {
			continue // torn write of this page: the other one counts
		}
		need = max(need, int64(ne.Uint32(meta[8:]))*int64(ne.Uint64(meta[40:])))
	}
	switch {
	case !seen:
		return ErrNotStore
	case need == 0:
		return fmt.Errorf("%w: no valid header", ErrDamaged)
	case size < need:
		return fmt.Errorf("%w: cut short, %d bytes of %d are there", ErrDamaged, size, need)
	}
	return nil
}

// metaOffsets are where meta pages can be: at the start, and after the first page, whose size is a power of two.
func metaOffsets() []int64 {
	at := []int64{0}
	for size := int64(1 << 10); size <= 16<<20; size <<= 1 {
		at = append(at, size)
	}
	return at
}

// bare takes the path off a system error, which our own message names.
func bare(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
