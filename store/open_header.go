package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"github.com/spectap/spectap/internal/fileperm"
)

// bbolt maps the file and trusts it. Files that would crash it, or that it must not write to, are
// recognized before it opens them: a folder, another kind of file, a truncated file.
//
// A bbolt file begins with two meta pages: a page header of 16 bytes, then magic, version, page
// size, flags (4 bytes each), root page, root sequence, freelist page, number of pages,
// transaction, FNV-1a of the fields before (8 bytes each), in the byte order of the machine.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	metaSize    = 64
	noFreeList  = 1<<64 - 1 // in place of the freelist page
)

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
	case fileperm.IsWritableByAll(info):
		return fmt.Errorf("%w: it has mode %04o", ErrExposed, mode.Perm())
	}
	file, err := os.Open(path)
	if err != nil {
		return withoutPath(err)
	}
	defer file.Close()
	return inspectMeta(file, info.Size())
}

// inspectMeta checks both meta pages. The first is at 0, the second one page later, with any page
// size.
func inspectMeta(r io.ReaderAt, size int64) error {
	var need int64
	seen, err := eachMeta(r, func(meta []byte) {
		ne := binary.NativeEndian
		need = max(need, int64(ne.Uint32(meta[8:]))*int64(ne.Uint64(meta[40:])))
	})
	switch {
	case err != nil:
		return err
	case !seen:
		return ErrNotStore
	case need == 0:
		return fmt.Errorf("%w: no valid header", ErrDamaged)
	case size < need:
		return fmt.Errorf("%w: cut short, %d bytes of %d are there", ErrDamaged, size, need)
	}
	return nil
}

// eachMeta calls fn for each valid meta page. seen reports whether there is one, valid or not.
func eachMeta(r io.ReaderAt, fn func(meta []byte)) (seen bool, err error) {
	for _, at := range metaOffsets() {
		var b [pageHeader + metaSize]byte
		if _, err := r.ReadAt(b[:], at); err != nil {
			if errors.Is(err, io.EOF) {
				continue
			}
			return seen, withoutPath(err)
		}
		meta := b[pageHeader:]
		ne := binary.NativeEndian
		if ne.Uint32(meta) != boltMagic || ne.Uint32(meta[4:]) != boltVersion {
			continue
		}
		seen = true
		h := fnv.New64a()
		h.Write(meta[:56])
		if h.Sum64() == ne.Uint64(meta[56:]) { // otherwise a torn write; the other page is valid
			fn(meta)
		}
	}
	return seen, nil
}

// listsFreePages reports whether the newest meta page refers to a list of the free pages.
func listsFreePages(r io.ReaderAt) bool {
	var newest, list uint64
	eachMeta(r, func(meta []byte) {
		if tx := binary.NativeEndian.Uint64(meta[48:]); tx >= newest {
			newest, list = tx, binary.NativeEndian.Uint64(meta[32:])
		}
	})
	return list != noFreeList && list != 0
}

// metaOffsets returns the possible offsets of meta pages: 0, and the size of the first page, which
// is a power of two.
func metaOffsets() []int64 {
	at := []int64{0}
	for size := int64(1 << 10); size <= 16<<20; size <<= 1 {
		at = append(at, size)
	}
	return at
}

// withoutPath removes the path from a system error, because the caller's message names it.
func withoutPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
