package format

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"reflect"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestBytes checks the bytes that docs/format.md describes.
func TestBytes(t *testing.T) {
	h := NewBodyHasher(make([]byte, 32))
	hash := h.Sum([]byte("x"))
	rec := Record{
		First: 300, Meta: []byte{1, 9, 1, 1},
		Refs: []BodyRef{{Role: Request, ID: 7, Size: 1000, Hash: hash}, {Role: Response, ID: 8, Size: 1}},
	}
	const want = "348b1414" + "02" + "ac02" + "02" +
		"00" + "07" + "e807" + "2e59ca72a0387f78094562698c221e15" +
		"01" + "08" + "01" + "00000000000000000000000000000000" + "01090101"
	if got := hex.EncodeToString(rec.Append(nil)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzRecord checks that any record is read without a panic, and that a valid one is written and
// read unchanged.
func FuzzRecord(f *testing.F) {
	r := Record{First: 1, Refs: []BodyRef{{ID: 1, Size: 2}},
		Meta: (&flow.Flow{Done: true}).AppendMeta(nil)}
	f.Add(r.Append(nil)[4:])
	f.Fuzz(func(t *testing.T, b []byte) {
		// The checksum is corrected, so that the fuzzer reaches the code that it protects.
		got, err := Read(withChecksum(b))
		if err != nil {
			return
		}
		again, err := Read(got.Append(nil))
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Errorf("got %+v, %v, want %+v", again, err, got)
		}
		Decode(withChecksum(b), false)
	})
}

// withChecksum prepends a valid checksum.
func withChecksum(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, crc32.Checksum(b, castagnoli)), b...)
}
