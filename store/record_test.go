package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
)

// TestFormatBytes holds the bytes that docs/format.md describes.
func TestFormatBytes(t *testing.T) {
	rec := record{
		first: 300, meta: []byte{1, 9, 1, 1},
		refs: []bodyRef{{role: roleRequest, id: 7, size: 1000, hash: hashBody([]byte("x"))}, {role: roleResponse, id: 8, size: 1}},
	}
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"record", rec.append(nil), "5fd2ab69" + "01" + "ac02" + "02" +
			"00" + "07" + "e807" + "2d711642b726b04401627ca9fbac32f5" + "01" + "08" + "01" + strings.Repeat("00", 16) + "01090101"},
		{"block", (&block{count: 3, weight: 300, min: -1, max: 64, stored: 1}).value(), "03" + "ac02" + "01" + "8001" + "02"},
		{"tally", tally{flows: 2, weight: 128}.value(), "02" + "8001"},
		{"list key", listKey{block: 258, host: 3}.bytes(), "0000000000000102" + "00000003"},
		{"piece key", pieceKey(1, 2, 3), "0000000000000001" + "000002" + "03"},
		{"extent", extent{base: 1, last: 9, number: 2, stored: 3}.value(), "0000000000000001" + "0000000000000002" + "0000000000000003"},
		{"ranges", appendRanges(nil, Ranges{{1, 1}, {3, 300}}), "01" + "00" + "02" + "a902"},
		{"host", hostKey("a.example"), hex.EncodeToString([]byte("a.example"))},
		{"no host", hostKey(""), "00"},
		{"model", modelKey("x"), "6d3a78"},
	} {
		if got := hex.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if got := hex.EncodeToString(c.chunk([]byte("abc"))); got != "00"+"364b3fb7"+"616263" {
		t.Errorf("raw chunk %s", got)
	}
	if got := c.chunk(bytes.Repeat([]byte("abc"), 100)); got[0] != chunkZstd || hex.EncodeToString(got[chunkHeader:chunkHeader+4]) != "28b52ffd" {
		t.Errorf("compressed chunk %x", got)
	}
}

func FuzzRecord(f *testing.F) {
	r := record{first: 1, refs: []bodyRef{{id: 1, size: 2}}, meta: (&flow.Flow{Done: true}).AppendMeta(nil)}
	f.Add(r.append(nil)[4:])
	f.Fuzz(func(t *testing.T, b []byte) {
		// The checksum is made right: behind it must nothing be trusted either.
		got, err := readRecord(withChecksum(b))
		if err != nil {
			return
		}
		again, err := readRecord(got.append(nil))
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Errorf("got %+v, %v, want %+v", again, err, got)
		}
		decode(withChecksum(b))
	})
}

func withChecksum(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, crc32.Checksum(b, castagnoli)), b...)
}

func FuzzRanges(f *testing.F) {
	f.Add(appendRanges(nil, Ranges{{1, 2}, {9, 9}}))
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

func FuzzInspect(f *testing.F) {
	f.Add([]byte("not a store"), int64(11))
	f.Add(append(make([]byte, pageHeader), 0xED, 0xDA, 0x0C, 0xED, 2, 0, 0, 0, 0, 0x40), int64(99))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		inspectMeta(bytes.NewReader(b), size)
	})
}

// TestChunks takes bodies apart and puts them together again.
func TestChunks(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SliceOfN(rapid.Byte(), 1, 500).Draw(t, "unit")
		data := bytes.Repeat(unit, rapid.IntRange(1, 1000).Draw(t, "times"))
		b := packed{size: uint64(len(data)), chunks: c.compress(data)}
		if want := (len(data) + chunkSize - 1) / chunkSize; len(b.chunks) != want {
			t.Fatalf("%d chunks, want %d", len(b.chunks), want)
		}
		got, err := b.expand(c)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes became %d, %v", len(data), len(got), err)
		}
		i := rapid.IntRange(0, len(b.chunks)-1).Draw(t, "chunk")
		j := rapid.IntRange(0, len(b.chunks[i])-1).Draw(t, "byte")
		b.chunks[i][j] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := b.expand(c); err == nil && j > 0 {
			t.Fatalf("bit of byte %d turned: no error", j)
		}
	})
}

// TestGaps compares the walk over what is not in a set with looking at each number.
func TestGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var except Ranges
		for range rapid.IntRange(0, 6).Draw(t, "ranges") {
			first := flow.Seq(rapid.IntRange(1, 40).Draw(t, "first"))
			except = except.Union(Range{first, first + flow.Seq(rapid.IntRange(0, 6).Draw(t, "more"))})
		}
		from := flow.Seq(rapid.IntRange(1, 30).Draw(t, "from"))
		to := flow.Seq(rapid.IntRange(0, 50).Draw(t, "to"))
		for _, newest := range []bool{false, true} {
			var got, want []flow.Seq
			for r := range gaps(except, from, to, newest) {
				for s := r.First; s <= r.Last; s++ {
					got = append(got, s)
				}
			}
			for s := from; s <= to; s++ {
				if !except.Contains(s) {
					want = append(want, s)
				}
			}
			if newest { // the runs come in descending order; within one we counted up
				slices.Sort(got)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("except %v, %d to %d, newest %t: got %v, want %v", except, from, to, newest, got, want)
			}
		}
	})
}

func TestMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (r Ranges) {
			for range rapid.IntRange(0, 6).Draw(t, name) {
				first := flow.Seq(rapid.IntRange(1, 40).Draw(t, "first"))
				r = r.Union(Range{first, first + flow.Seq(rapid.IntRange(0, 6).Draw(t, "more"))})
			}
			return r
		}
		a, b := draw("a"), draw("b")
		want := slices.Clone(a)
		for _, r := range b {
			want = want.Union(r)
		}
		if got := merged(slices.Clone(a), b); !slices.Equal(got, want) {
			t.Fatalf("%v and %v: got %v, want %v", a, b, got, want)
		}
	})
}
