package chunk

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestExpandErrors checks that a chunk which cannot be read is corrupt, with the reason, adds nothing
// to what was read before, and cannot fill the memory.
func TestExpandErrors(t *testing.T) {
	c, err := New(16 << 10)
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(kind byte, data []byte) []byte {
		x := Chunk{data: data}
		x.head[0] = kind
		x.seal()
		return x.Bytes()
	}
	text := bytes.Repeat([]byte("text "), 1000)
	good := c.chunk(text)
	most, bomb := c.enc.EncodeAll(make([]byte, Size), nil), c.enc.EncodeAll(make([]byte, Size+1), nil)
	before := []byte("before")
	for _, tt := range []struct {
		name  string
		chunk []byte
		says  string // "" if it can be read
	}{
		{"whole", good.Bytes(), ""},
		{"uncompressed", sealed(kindRaw, []byte("abc")), ""},
		{"nothing uncompressed", sealed(kindRaw, nil), ""},
		{"as long as a chunk", sealed(kindZstd, most), ""},
		{"longer than a chunk", sealed(kindZstd, bomb), "body: "},
		{"empty", nil, "cut short"},
		{"header cut short", good.Bytes()[:HeaderSize-1], "cut short"},
		{"cut short", good.Bytes()[:good.Len()-1], "checksum"},
		{"other checksum", slices.Concat(good.Bytes()[:1], []byte{0, 0, 0, 0}, good.data), "checksum"},
		{"no compressed data", sealed(kindZstd, []byte("abc")), "body: "},
		{"unknown kind", sealed(2, []byte("abc")), "unknown kind"},
	} {
		got, err := c.Expand(slices.Clone(before), tt.chunk)
		if tt.says == "" && (err != nil || !bytes.HasPrefix(got, before)) {
			t.Errorf("%s: %d bytes, %v", tt.name, len(got), err)
		}
		if tt.says != "" && (!errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) || len(got) > len(before)) {
			t.Errorf("%s: %d bytes, %v, want %q", tt.name, len(got), err, tt.says)
		}
	}
	c.Close()
	if _, err := c.Expand(nil, good.Bytes()); err != ErrClosed {
		t.Errorf("closed: %v", err)
	}
	if got, err := c.Expand(nil, sealed(kindRaw, text)); err != nil || !bytes.Equal(got, text) {
		t.Errorf("closed, uncompressed: %d bytes, %v", len(got), err)
	}
	if x := c.chunk(text); !x.Raw() {
		t.Error("a closed codec compresses")
	}
}

// TestPieces checks that the pieces of a chunk are numbered, have the size, and together are the chunk,
// and that a caller may stop at each.
func TestPieces(t *testing.T) {
	c, err := New(16 << 10)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, n := range []int{0, 1, 95, 96, 195, 196, 300, 1000} {
		x := rawChunk(noise(n))
		var got []byte
		numbers := 0
		for i, piece := range x.Pieces(100) {
			if i != numbers || len(piece) > 100 || len(piece) < 100 && len(got)+len(piece) != x.Len() {
				t.Errorf("%d bytes: piece %d has number %d and %d bytes", n, numbers, i, len(piece))
			}
			got = append(got, piece...)
			numbers++
		}
		if !bytes.Equal(got, x.Bytes()) || numbers != (x.Len()+99)/100 {
			t.Errorf("%d bytes: %d pieces with %d of %d bytes", n, numbers, len(got), x.Len())
		}
		for stop := range numbers {
			for i := range x.Pieces(100) {
				if i == stop {
					break
				}
				if i > stop {
					t.Errorf("%d bytes: piece %d after the caller stopped at %d", n, i, stop)
				}
			}
		}
	}
}

// TestIsRaw checks that only the beginning of an uncompressed chunk with data counts as one.
func TestIsRaw(t *testing.T) {
	raw := rawChunk([]byte("a"))
	for name, tt := range map[string]struct {
		b    []byte
		want bool
	}{
		"raw": {raw.Bytes(), true}, "header alone": {raw.Bytes()[:HeaderSize], false}, "nothing": {nil, false},
		"compressed": {append([]byte{kindZstd}, raw.Bytes()[1:]...), false}, "byte": {[]byte{kindRaw}, false},
	} {
		if got := IsRaw(tt.b); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestOwn checks that a chunk that owns its data does not change with the caller's, and that another
// one costs no copy.
func TestOwn(t *testing.T) {
	c, err := New(16 << 10)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	data := noise(2 * Size)
	shared, own := c.Compress(data), c.Compress(data)
	for i := range own {
		own[i].Own()
	}
	want := bytes.Clone(data)
	clear(data)
	if len(own) != 1 || !own[0].Raw() || !bytes.Equal(own[0].data, want) || !bytes.Equal(shared[0].data, data) {
		t.Errorf("%d chunks, uncompressed %t", len(own), own[0].Raw())
	}
}

// TestSizes checks the sizes into which chunks are cut: pieces fill pages, and an uncompressed body of
// as much as the proxy records is one chunk.
func TestSizes(t *testing.T) {
	for _, page := range []int{4 << 10, 16 << 10, 1 << 20} {
		const header, element, key = 16, 16, 12
		for name, tt := range map[string]struct{ pieces, size int }{"compressed": {8, PieceSize(page)}, "uncompressed": {2, RawPieceSize(page)}} {
			if n := header + tt.pieces*(element+key+tt.size); n > page || n+tt.pieces <= page {
				t.Errorf("pages of %d bytes, %s: %d pieces of %d bytes need %d", page, name, tt.pieces, tt.size, n)
			}
		}
	}
	c, err := New(16 << 10)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for n, want := range map[int][]int{
		0: nil, 1: {1}, 1 << 20: {1 << 20}, c.rawMax: {c.rawMax}, c.rawMax + 1: {c.rawMax, 1},
	} {
		var got []int
		for _, x := range c.Compress(noise(n)) {
			got = append(got, len(x.data))
			pieces := 0
			for range x.Pieces(RawPieceSize(16 << 10)) {
				pieces++
			}
			if pieces > rawPieces || len(x.data) == c.rawMax && pieces != rawPieces {
				t.Errorf("%d bytes: %d pieces", n, pieces)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d bytes of noise become chunks of %d, want %d", n, got, want)
		}
	}
	if got := len(c.Compress(make([]byte, 2*Size+1))); got != 3 {
		t.Errorf("%d chunks of text, want 3", got)
	}
}
