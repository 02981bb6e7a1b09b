package relay

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay/days"
)

// TestHeadRoundTrip reads a head that was written, of this version and of older ones, and refuses
// every part of one.
func TestHeadRoundTrip(t *testing.T) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	cfg := days.Config{NewModel: func() Model { return infer.New() }}
	seen := time.Unix(1_790_000_000, 0).UTC()
	h := newHead(3, cfg)
	h.Position, h.deleted = 70, 9
	h.Marks["a"], h.Marks["b"] = SourceMark{5, seen}, SourceMark{6, time.Time{}}
	h.staged["i.1"], h.staged["i.2"] = 11, 12
	if err := h.facts.Add(&flow.Flow{ID: flow.NewID(), Started: seen, Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/"}}, 1, 2, seen); err != nil {
		t.Fatal(err)
	}
	data, err := h.encode(enc)
	if err != nil || data[0] != headVersion {
		t.Fatal(err)
	}
	got, err := decodeHead(3, data, dec, cfg)
	if err != nil || got.Partition != 3 || got.Position != 70 || got.deleted != 9 || len(got.Marks) != 2 || got.Marks["a"] != h.Marks["a"] || got.Marks["b"].Last != 6 ||
		fmt.Sprint(got.staged) != "map[i.1:11 i.2:12]" || got.Size() == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	again, err := got.encode(enc)
	if err != nil || !bytes.Equal(again, data) {
		t.Errorf("written again it differs: %v", err)
	}
	plain, err := dec.DecodeAll(data[1:], nil)
	if err != nil {
		t.Fatal(err)
	}
	frame := func(version byte, b []byte) []byte { return enc.EncodeAll(b, []byte{version}) }
	for n := range plain {
		if _, err := decodeHead(3, frame(headVersion, plain[:n]), dec, cfg); !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrVersion) {
			t.Fatalf("%d of %d bytes: %v", n, len(plain), err)
		}
	}
	for name, tt := range map[string]struct {
		data []byte
		want error
	}{
		"bytes after it":   {frame(headVersion, append(slices.Clone(plain), 0)), ErrMalformed},
		"a newer version":  {frame(headVersion+1, plain), ErrVersion},
		"no frame":         {[]byte{headVersion, 1, 2, 3}, ErrMalformed},
		"an older version": {frame(headVersion-1, plain), ErrVersion},
		"other facts":      {frame(headVersion, append(appendText([]byte{1, 0}, []byte{255}), 0, 0)), ErrVersion},
	} {
		if h, err := decodeHead(3, tt.data, dec, cfg); h != nil || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if h, err := decodeHead(4, nil, dec, cfg); err != nil || h.Partition != 4 || h.Position != 0 || h.Size() != 0 {
		t.Errorf("no head: %+v, %v", h, err)
	}
}

// TestDeletionRoundTrip reads a deletion that was written, and refuses every part of one.
func TestDeletionRoundTrip(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	d := deletion{since: time.Unix(-5, 0).UTC(), before: time.Unix(1_790_000_000, 0).UTC(), ids: []flow.ID{{1}, {2}}}
	plain := d.encode()
	entry := func(b []byte) *Entry {
		return &Entry{Source: Deletions, Last: 1, Data: c.sealKind(kindDeletion, b)}
	}
	got, err := c.decodeDeletion(entry(plain))
	if err != nil || !got.since.Equal(d.since) || !got.before.Equal(d.before) || !slices.Equal(got.ids, d.ids) {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range plain {
		if _, err := c.decodeDeletion(entry(plain[:n])); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: %v", n, len(plain), err)
		}
	}
	if _, err := c.decodeDeletion(entry(append(slices.Clone(plain), 0))); !errors.Is(err, ErrMalformed) {
		t.Errorf("bytes after it: %v", err)
	}
	if _, err := c.decodeDeletion(&Entry{Source: Deletions, Last: 1}); !errors.Is(err, ErrMalformed) {
		t.Errorf("nothing: %v", err)
	}
	for n, want := range map[int]error{maxDeleted: nil, maxDeleted + 1: ErrMalformed} {
		d.ids = make([]flow.ID, n)
		if got, err := c.decodeDeletion(entry(d.encode())); !errors.Is(err, want) || want == nil && (err != nil || len(got.ids) != n) {
			t.Errorf("%d flows: %v", n, err)
		}
	}
}

// TestBlockTruncated refuses every part of a block, and numbers that its entry does not have.
func TestBlockTruncated(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	numbered := func(n int) *flow.Flow {
		return &flow.Flow{ID: flow.NewID(), Last: flow.Seq(n), Request: flow.Request{Method: "GET"}}
	}
	var b []byte
	for i, n := range []int{3, 5} {
		if b, err = raw(b, numbered(n), []uint64{2, 3}[i]); err != nil {
			t.Fatal(err)
		}
	}
	plain := append([]byte{0, 2}, b...)
	decode := func(after, last uint64, b []byte) error {
		_, _, err := c.Decode(&Entry{Source: "a", After: after, Last: last, Data: c.enc.EncodeAll(b, []byte{plainVersion})})
		return err
	}
	if err := decode(2, 5, plain); err != nil {
		t.Fatal(err)
	}
	for n := range plain {
		if err := decode(2, 5, plain[:n]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: %v", n, len(plain), err)
		}
	}
	anonymous, err := raw(nil, &flow.Flow{Last: 3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"bytes after it":        decode(2, 5, append(slices.Clone(plain), 0)),
		"more flows":            decode(2, 3, plain),
		"a larger number":       decode(2, 4, plain),
		"no identifier":         decode(2, 3, append([]byte{0, 1}, anonymous...)),
		"sessions that are not": decode(2, 5, append([]byte{1, '{'}, plain[1:]...)),
		"the same number":       decode(2, 5, append([]byte{0, 1, 0}, plain[3:]...)),
	} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := c.Decode(&Entry{Source: "a", Last: 1, Data: c.sealKind(kindDeletion, nil)}); !errors.Is(err, ErrMalformed) {
		t.Errorf("another kind: %v", err)
	}
	if _, _, err := c.Decode(&Entry{Source: "a", Last: 1, Data: c.sealKind(kindDeletion+1, nil)}); err == nil {
		t.Error("an unknown kind was read")
	}
}

// entries is a log with some entries.
type entries struct {
	Log
	list []Entry
	err  error // at the end
}

func (l entries) Entries(_ context.Context, _ int, after Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range l.list {
			if e.Position > after && !yield(e, nil) {
				return
			}
		}
		if l.err != nil {
			yield(Entry{}, l.err)
		}
	}
}

// TestImportIsWhole checks that an import is read only if all its parts are there.
func TestImportIsWhole(t *testing.T) {
	c, err := NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	part := func(pos Position, source string, after, last int) Entry {
		var b []byte
		for n := after + 1; n <= last; n++ {
			if b, err = raw(b, &flow.Flow{ID: flow.ID{byte(n)}, Last: flow.Seq(n)}, uint64(n-1)); err != nil {
				t.Fatal(err)
			}
		}
		b = append(binary.AppendUvarint([]byte{0}, uint64(last-after)), b...)
		return Entry{Position: pos, Source: source, After: uint64(after), Last: uint64(last), Data: c.sealKind(kindStaged, b)}
	}
	damaged := part(3, "i.1", 2, 4)
	damaged.Data = damaged.Data[:5]
	plain := part(2, "i.1", 0, 2)
	plain.Data = append([]byte{plainVersion}, plain.Data[2:]...)
	commit := &Entry{Position: 9, Source: "i.1", After: 4, Last: 4}
	broken := errors.New("no answer")
	for _, tt := range []struct {
		name string
		log  entries
		want string // the numbers of flows
		err  error
	}{
		{"whole", entries{list: []Entry{part(1, "i.1", 0, 2), part(3, "i.1", 2, 4)}}, "1 2 3 4", nil},
		{"parts of others, and later ones", entries{list: []Entry{part(1, "i.1", 0, 2), part(2, "i.2", 0, 9), part(3, "i.1", 2, 4), part(10, "i.1", 4, 6)}}, "1 2 3 4", nil},
		{"a part twice", entries{list: []Entry{part(1, "i.1", 0, 2), part(2, "i.1", 0, 2), part(3, "i.1", 2, 4)}}, "1 2 3 4", nil},
		{"flows that are not of it", entries{list: []Entry{part(1, "i.1", 0, 2), plain, part(3, "i.1", 2, 4)}}, "1 2 3 4", nil},
		{"without the first", entries{list: []Entry{part(3, "i.1", 2, 4)}}, "", ErrIncomplete},
		{"without the last", entries{list: []Entry{part(1, "i.1", 0, 2)}}, "1 2", ErrIncomplete},
		{"the last is after the commit", entries{list: []Entry{part(1, "i.1", 0, 2), part(9, "i.1", 2, 4)}}, "1 2", ErrIncomplete},
		{"damaged", entries{list: []Entry{part(1, "i.1", 0, 2), damaged}}, "1 2", ErrIncomplete},
		{"cannot be read", entries{list: []Entry{part(1, "i.1", 0, 2)}, err: broken}, "1 2", broken},
	} {
		var got []byte
		var failed error
		for flows, err := range c.importOf(t.Context(), tt.log, 1, commit) {
			if failed = err; err == nil {
				for _, f := range flows {
					got = fmt.Append(got, " ", f.Last)
				}
			}
		}
		if string(bytes.TrimSpace(got)) != tt.want || !errors.Is(failed, tt.err) || tt.err == nil && failed != nil {
			t.Errorf("%s: flows%s, %v", tt.name, got, failed)
		}
		first, ok, err := stagings{"i.1": 1}.whole(t.Context(), c, tt.log, commit)
		if first != 1 || ok != (tt.err == nil) || errors.Is(err, broken) != (tt.err == broken) || tt.err != broken && err != nil {
			t.Errorf("%s: whole from %d: %t, %v", tt.name, first, ok, err)
		}
	}
	if _, ok, err := (stagings{}).whole(t.Context(), c, entries{}, commit); ok || err != nil {
		t.Errorf("an import that nobody saw: %t, %v", ok, err)
	}
}
