package decode_test

import (
	"bytes"
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
