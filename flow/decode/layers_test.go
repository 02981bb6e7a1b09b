package decode_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// Members, frames and blocks may be empty, so layers can expand without end and return nothing.
func TestWorkBetweenLayers(t *testing.T) {
	for name, unit := range map[string]string{
		"gzip":    string(encode(t, "gzip", nil)),
		"zstd":    "\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00",
		"deflate": "\x00\x00\x00\xff\xff",
	} {
		for _, mib := range []int{1, 3} {
			if mib == 1 && name != "gzip" {
				continue
			}
			plain := bytes.Repeat([]byte(unit), mib<<20/len(unit))
			sent := encode(t, "gzip", plain)
			got, complete, err := decode.Bytes(header("Content-Encoding", name+", gzip"), body(sent), 1<<10)
			if len(got) != 0 || complete != (mib == 1) || err != nil {
				t.Errorf("%d MiB of empty parts of %s: %d bytes, complete: %v, %v", mib, name, len(got), complete, err)
			}
		}
	}
}

// What comes before the bound is returned.
func TestBodyBeforeTheBound(t *testing.T) {
	text := strings.Repeat("a line of text\n", 1000)
	empty := bytes.Repeat(encode(t, "gzip", nil), 150_000)
	sent := encode(t, "gzip", append(encode(t, "gzip", []byte(text)), empty...))
	for i, want := range []string{text[:100], text} {
		got, complete, err := decode.Bytes(header("Content-Encoding", "gzip, gzip"), body(sent), int64([]int{100, 0}[i]))
		if string(got) != want || complete || err != nil {
			t.Errorf("%d bytes, complete: %v, %v", len(got), complete, err)
		}
	}
}
