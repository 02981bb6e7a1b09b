package store

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/chunk"
	"github.com/spectap/spectap/store/hosts"
	"github.com/spectap/spectap/store/ranges"
	"github.com/spectap/spectap/store/summary"
)

// TestFormatBytes checks the bytes that docs/format.md describes.
func TestFormatBytes(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"block", (&summary.Block{Count: 3, Weight: 300, Min: -1, Max: 64, Stored: 1}).Value(), "03" + "ac02" + "01" + "8001" + "02"},
		{"tally", summary.Tally{Flows: 2, Weight: 128}.Value(), "02" + "8001"},
		{"list key", summary.ListKey{Block: 258, Host: 3}.Bytes(), "0000000000000102" + "00000003"},
		{"piece key", pieceKey(1, 2, 3), "0000000000000001" + "000002" + "03"},
		{"extent", extent{base: 1, last: 9, number: 2, stored: 3}.value(), "0000000000000001" + "0000000000000002" + "0000000000000003"},
		{"ranges", ranges.Append(nil, Ranges{{First: 1, Last: 1}, {First: 3, Last: 300}}), "01" + "00" + "02" + "a902"},
		{"host", hosts.Key("a.example"), hex.EncodeToString([]byte("a.example"))},
		{"no host", hosts.Key(""), "00"},
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
	f.Add(ranges.Append(nil, Ranges{{First: 1, Last: 2}, {First: 9, Last: 9}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ranges.Read(b)
		if err != nil {
			return
		}
		again, err := ranges.Read(ranges.Append(nil, r))
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

// TestChunks splits bodies into chunks and joins them, and checks that a changed bit is detected.
func TestChunks(t *testing.T) {
	c, err := chunk.New(4096)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SliceOfN(rapid.Byte(), 1, 500).Draw(t, "unit")
		data := bytes.Repeat(unit, rapid.IntRange(1, 1000).Draw(t, "times"))
		if rapid.Bool().Draw(t, "noise") {
			noise := make([]byte, rapid.IntRange(1, 3<<20).Draw(t, "size"))
			rand.NewChaCha8([32]byte{1}).Read(noise)
			data = slices.Concat(data[:rapid.IntRange(0, len(data)).Draw(t, "before")], noise,
				data[:rapid.IntRange(0, len(data)).Draw(t, "after")])
		}
		b := packed{size: uint64(len(data))}
		for _, x := range c.Compress(data) {
			size := chunk.PieceSize(4096)
			if x.Raw() {
				size = chunk.RawPieceSize(4096)
			}
			var whole []byte
			for i, piece := range x.Pieces(size) {
				if len(piece) == 0 || i > 255 { // the number of a piece is one byte of its key
					t.Fatalf("piece %d of %d bytes", i, len(piece))
				}
				whole = append(whole, piece...)
			}
			if !bytes.Equal(whole, x.Bytes()) || len(whole) != x.Len() {
				t.Fatal("the joined pieces differ from the chunk")
			}
			b.chunks = append(b.chunks, whole)
		}
		got, err := b.expand(c)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes became %d, %v", len(data), len(got), err)
		}
		i := rapid.IntRange(0, len(b.chunks)-1).Draw(t, "chunk")
		j := rapid.IntRange(0, len(b.chunks[i])-1).Draw(t, "byte")
		b.chunks[i][j] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := b.expand(c); err == nil && j > 0 {
			t.Fatalf("bit of byte %d inverted: no error", j)
		}
	})
}

// TestGaps compares the iterator over the gaps of a set with a test of each number.
func TestGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var except Ranges
		for range rapid.IntRange(0, 6).Draw(t, "ranges") {
			first := flow.Seq(rapid.IntRange(1, 40).Draw(t, "first"))
			except = except.Union(Range{First: first, Last: first + flow.Seq(rapid.IntRange(0, 6).Draw(t, "more"))})
		}
		from := flow.Seq(rapid.IntRange(1, 30).Draw(t, "from"))
		to := flow.Seq(rapid.IntRange(0, 50).Draw(t, "to"))
		for _, newest := range []bool{false, true} {
			var got, want []flow.Seq
			for r := range ranges.Gaps(except, from, to, newest) {
				for s := r.First; s <= r.Last; s++ {
					got = append(got, s)
				}
			}
			for s := from; s <= to; s++ {
				if !except.Contains(s) {
					want = append(want, s)
				}
			}
			if newest { // gaps are in descending order, the numbers within one ascend here
				slices.Sort(got)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("except %v, %d to %d, newest %t: got %v, want %v", except, from, to, newest, got, want)
			}
		}
	})
}
