package format

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
	c, err := NewCodec(16 << 10)
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
	most, bomb := c.enc.EncodeAll(make([]byte, ChunkSize), nil), c.enc.EncodeAll(make([]byte, ChunkSize+1), nil)
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
		{"header cut short", good.Bytes()[:ChunkHeaderSize-1], "cut short"},
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
