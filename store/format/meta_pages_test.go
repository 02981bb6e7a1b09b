package format

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// testFile returns a file of four pages of 1 KiB: two meta pages, a branch page with one child, and
// a leaf with an inline bucket.
func testFile(t *testing.T) []byte {
	t.Helper()
	const page = 1 << 10
	ne := binary.NativeEndian
	b := make([]byte, 4*page)
	for i := range 2 {
		copy(b[i*page+headerSize:], metaPage(page, 2, 4, uint64(i)))
	}
	branch := b[2*page:]
	ne.PutUint64(branch, 2)
	ne.PutUint16(branch[8:], branchPage)
	ne.PutUint16(branch[10:], 1)
	ne.PutUint32(branch[16:], elementSize) // position of the key, from the element
	ne.PutUint32(branch[20:], 3)           // its size
	ne.PutUint64(branch[24:], 3)           // the child
	leaf := b[3*page:]
	ne.PutUint64(leaf, 3)
	ne.PutUint16(leaf[8:], leafPage)
	ne.PutUint16(leaf[10:], 1)
	ne.PutUint32(leaf[16:], bucketValue)
	ne.PutUint32(leaf[20:], elementSize)
	ne.PutUint32(leaf[24:], 1)
	ne.PutUint32(leaf[28:], 16+headerSize) // root, sequence, the header of an empty page
	inline := leaf[headerSize+elementSize+1+16:]
	ne.PutUint16(inline[8:], leafPage)
	must.Do(t, CheckPages(t.Context(), bytes.NewReader(b)))
	return b
}

// TestCheckPages damages each reference and size of a file.
func TestCheckPages(t *testing.T) {
	const branch, leaf, inline = 2 << 10, 3 << 10, 3<<10 + headerSize + elementSize + 1 + 16
	for _, tt := range []struct {
		name  string
		at    int
		value uint64
		size  int // of the value, in bytes
	}{
		{"number of a page", branch, 3, 8},
		{"kind of a page", branch + 8, 0x10, 2},
		{"too many elements", branch + 10, 64, 2},
		{"pages that it runs over", branch + 12, 2, 4},
		{"pages that it shares", branch + 12, 1, 4},
		{"position of a key", branch + 16, 1 << 10, 4},
		{"position of a key beyond 4 GiB", branch + 16, 1<<32 - 1, 4},
		{"size of a key", branch + 20, 1 << 10, 4},
		{"child beyond the file", branch + 24, 4, 8},
		{"child far beyond the file", branch + 24, 1 << 62, 8},
		{"child that is the page itself", branch + 24, 2, 8},
		{"child that is a meta page", branch + 24, 1, 8},
		{"position of a value", leaf + 20, 1 << 10, 4},
		{"size of a key before a value", leaf + 24, 1 << 10, 4},
		{"size of a value", leaf + 28, 1 << 10, 4},
		{"bucket that is too short", leaf + 28, 15, 4},
		{"inline page that is too short", leaf + 28, 16 + headerSize - 1, 4},
		{"root of a bucket", inline - 16, 9, 8},
		{"root of a bucket that is in use", inline - 16, 3, 8},
		{"kind of an inline page", inline + 8, 7, 2},
		{"elements of an inline page", inline + 10, 1, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := testFile(t)
			var value [8]byte
			binary.NativeEndian.PutUint64(value[:], tt.value)
			copy(b[tt.at:], value[:tt.size]) // of a little-endian machine
			if err := CheckPages(t.Context(), bytes.NewReader(b)); !errors.Is(err, ErrPages) {
				t.Errorf("error %v, want %v", err, ErrPages)
			}
		})
	}
	t.Run("no meta page", func(t *testing.T) {
		if err := CheckPages(t.Context(), bytes.NewReader(make([]byte, 4<<10))); !errors.Is(err, ErrPages) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := CheckPages(ctx, bytes.NewReader(testFile(t))); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

// FuzzCheckPages checks that no file makes CheckPages panic.
func FuzzCheckPages(f *testing.F) {
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		b := testFile(t)
		copy(b[2<<10+uint(at)%(2<<10):], data)
		CheckPages(t.Context(), bytes.NewReader(b))
	})
}

// metaPage returns the meta data of a file with a number of pages.
func metaPage(pageSize uint32, root, pages, tx uint64) []byte {
	ne := binary.NativeEndian
	m := make([]byte, size)
	ne.PutUint32(m, magic)
	ne.PutUint32(m[4:], version)
	ne.PutUint32(m[8:], pageSize)
	ne.PutUint64(m[16:], root)
	ne.PutUint64(m[32:], noFreeList)
	ne.PutUint64(m[40:], pages)
	ne.PutUint64(m[48:], tx)
	h := fnv.New64a()
	h.Write(m[:56])
	ne.PutUint64(m[56:], h.Sum64())
	return m
}
