package store

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"testing"
)

// TestFormatBytes checks the bytes that docs/format.md describes.
func TestFormatBytes(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"block", (&blockSummary{Count: 3, Weight: 300, Min: -1, Max: 64, Stored: 1}).Value(), "03" + "ac02" + "01" + "8001" + "02"},
		{"tally", tally{Flows: 2, Weight: 128}.Value(), "02" + "8001"},
		{"list key", hostListKey{Block: 258, Host: 3}.Bytes(), "0000000000000102" + "00000003"},
		{"piece key", pieceKey(1, 2, 3), "0000000000000001" + "000002" + "03"},
		{"extent", extent{base: 1, last: 9, number: 2, stored: 3}.value(), "0000000000000001" + "0000000000000002" + "0000000000000003"},
		{"ranges", appendRanges(nil, Ranges{{First: 1, Last: 1}, {First: 3, Last: 300}}), "01" + "00" + "02" + "a902"},
		{"host", hostKey("a.example"), hex.EncodeToString([]byte("a.example"))},
		{"no host", hostKey(""), "00"},
		{"model", modelKey("x"), "6d3a78"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := hex.EncodeToString(tt.got); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// FuzzRanges checks that any encoded ranges are read without a panic, and that valid ones are
// written and read unchanged.
func FuzzRanges(f *testing.F) {
	f.Add(appendRanges(nil, Ranges{{First: 1, Last: 2}, {First: 9, Last: 9}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readRanges(b)
		if err != nil {
			return
		}
		again, err := readRanges(appendRanges(nil, r))
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("got %v, %v, want %v", again, err, r)
		}
	})
}

const pageHeader = 16 // of bbolt

// FuzzInspect checks that any page is inspected without a panic.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("not a store"), int64(11))
	f.Add(append(make([]byte, pageHeader), 0xED, 0xDA, 0x0C, 0xED, 2, 0, 0, 0, 0, 0x40), int64(99))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		inspectMeta(bytes.NewReader(b), size)
	})
}
