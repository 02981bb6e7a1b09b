package meta

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// badDisk is a file of which one read fails.
type badDisk struct {
	io.ReaderAt
	left *int // reads before the one that fails
}

var errRead = errors.New("input/output error")

func (d badDisk) ReadAt(b []byte, at int64) (int, error) {
	if *d.left--; *d.left == -1 {
		return 0, errRead
	}
	return d.ReaderAt.ReadAt(b, at)
}

// TestReadErrors makes each read of a file fail. The error is that of the disk, and not one of a
// damaged or foreign file, because the next attempt may succeed.
func TestReadErrors(t *testing.T) {
	file := testFile(t)
	for name, read := range map[string]func(io.ReaderAt) error{
		"meta pages": func(r io.ReaderAt) error { _, err := Read(r); return err },
		"all pages":  func(r io.ReaderAt) error { return CheckPages(t.Context(), r) },
	} {
		for n := 0; ; n++ {
			left := n
			err := read(badDisk{bytes.NewReader(file), &left})
			if left >= 0 {
				if err != nil || n < len(offsets()) {
					t.Errorf("%s: %v after %d reads", name, err, n)
				}
				break
			}
			if !errors.Is(err, errRead) || errors.Is(err, ErrPages) {
				t.Errorf("%s, read %d fails: %v", name, n+1, err)
			}
		}
	}
}

// TestRead checks what is read of the meta pages: the larger of the two sizes, so that no page of
// either is missing, and the rest of the newer page, wherever it is.
func TestRead(t *testing.T) {
	const page = 1 << 10
	invalid := func(m []byte, at int) []byte { m[at] ^= 1; return m }
	listed := metaPage(page, 3, 8, 7)
	copy(listed[32:], []byte{4, 0, 0, 0, 0, 0, 0, 0}) // of a little-endian machine
	for _, tt := range []struct {
		name          string
		first, second []byte
		want          Info
	}{
		{"none", nil, nil, Info{}},
		{"second is newer", metaPage(page, 2, 9, 4), metaPage(page, 3, 8, 5), Info{true, 9 * page, false, page, 3}},
		{"first is newer", metaPage(page, 2, 9, 6), metaPage(page, 3, 8, 5), Info{true, 9 * page, false, page, 2}},
		{"only the second", nil, metaPage(page, 3, 8, 5), Info{true, 8 * page, false, page, 3}},
		{"newer one is torn", metaPage(page, 2, 9, 4), invalid(metaPage(page, 3, 8, 5), 56), Info{true, 9 * page, false, page, 2}},
		{"both are torn", invalid(metaPage(page, 2, 9, 4), 16), invalid(metaPage(page, 3, 8, 5), 16), Info{Found: true}},
		{"other magic", invalid(metaPage(page, 2, 9, 4), 0), nil, Info{}},
		{"other version", invalid(metaPage(page, 2, 9, 4), 4), nil, Info{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := make([]byte, 16*page)
			copy(file[headerSize:], tt.first)
			copy(file[page+headerSize:], tt.second)
			if got, err := Read(bytes.NewReader(file)); err != nil || got != tt.want {
				t.Errorf("%+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

// TestPageSizes checks that the second meta page is found behind a first page of any size that bbolt
// has, and that a header with an impossible size leads to no read of a page.
func TestPageSizes(t *testing.T) {
	for size := 1 << 10; size <= 16<<20; size <<= 1 {
		file := make([]byte, size+headerSize+64)
		copy(file[size+headerSize:], metaPage(uint32(size), 2, 4, 1))
		if info, err := Read(bytes.NewReader(file)); err != nil || info.Size != 4*int64(size) {
			t.Errorf("pages of %d bytes: %+v, %v", size, info, err)
		}
	}
	for size, valid := range map[uint32]bool{0: false, headerSize + 63: false, headerSize + 64: true, 16 << 20: true, 16<<20 + 1: false} {
		file := make([]byte, 4<<10)
		copy(file[headerSize:], metaPage(size, 2, 4, 1))
		err := CheckPages(t.Context(), bytes.NewReader(file))
		if err == nil || strings.HasSuffix(err.Error(), ": no valid header") == valid {
			t.Errorf("pages of %d bytes: %v", size, err)
		}
	}
}
