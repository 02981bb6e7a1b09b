package format

// This part of the package reads the meta pages of bbolt files, before bbolt maps the file and
// trusts it.
//
// A bbolt file begins with two meta pages: a page header of 16 bytes, then magic, version, page
// size, flags (4 bytes each), root page, root sequence, freelist page, number of pages,
// transaction, FNV-1a of the fields before (8 bytes each), in the byte order of the machine.

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
)

const (
	magic      = 0xED0CDAED
	version    = 2
	headerSize = 16
	size       = 64
	noFreeList = 1<<64 - 1 // in place of the freelist page
)

// MetaInfo is what the meta pages say.
type MetaInfo struct {
	Found          bool  // there is a meta page, valid or not
	Size           int64 // least size of the file in bytes; 0 without a valid meta page
	ListsFreePages bool  // the newest meta page refers to a list of the free pages

	pageSize int64  // of the newest valid meta page
	root     uint64 // its root page
}

// ReadMeta reads both meta pages. The first is at 0, the second one page later, with any page size.
func ReadMeta(r io.ReaderAt) (info MetaInfo, err error) {
	var newest uint64
	for _, at := range offsets() {
		var b [headerSize + size]byte
		if _, err := r.ReadAt(b[:], at); err != nil {
			if errors.Is(err, io.EOF) {
				continue
			}
			return info, err
		}
		m, ne := b[headerSize:], binary.NativeEndian
		if ne.Uint32(m) != magic || ne.Uint32(m[4:]) != version {
			continue
		}
		info.Found = true
		h := fnv.New64a()
		h.Write(m[:56])
		if h.Sum64() != ne.Uint64(m[56:]) {
			continue // a torn write; the other page is valid
		}
		info.Size = max(info.Size, int64(ne.Uint32(m[8:]))*int64(ne.Uint64(m[40:])))
		if tx := ne.Uint64(m[48:]); tx >= newest {
			newest, info.ListsFreePages = tx, ne.Uint64(m[32:]) != noFreeList
			info.pageSize, info.root = int64(ne.Uint32(m[8:])), ne.Uint64(m[16:])
		}
	}
	return info, nil
}

// offsets returns the possible offsets of meta pages: 0, and the size of the first page, which is a
// power of two.
func offsets() []int64 {
	at := []int64{0}
	for size := int64(1 << 10); size <= 16<<20; size <<= 1 {
		at = append(at, size)
	}
	return at
}
