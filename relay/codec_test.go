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

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestBlockTruncated refuses every part of a block, and numbers that its entry does not have.
func TestBlockTruncated(t *testing.T) {
	c := NewCodec()
	numbered := func(n int) *flow.Flow {
		return &flow.Flow{ID: flow.NewID(), Last: flow.Seq(n), Request: flow.Request{Method: "GET"}}
	}
	var b []byte
	for i, n := range []int{3, 5} {
		b = must.Get(raw(b, numbered(n), []uint64{2, 3}[i]))
	}
	plain := append([]byte{0, 2}, b...)
	decode := func(after, last uint64, b []byte) error {
		_, _, err := c.Decode(&Entry{Source: "a", After: after, Last: last, Data: c.enc.EncodeAll(b, []byte{plainVersion})})
		return err
	}
	must.Do(t, decode(2, 5, plain))
	for n := range plain {
		if err := decode(2, 5, plain[:n]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: %v", n, len(plain), err)
		}
	}
	anonymous := must.Get(raw(nil, &flow.Flow{Last: 3}, 2))
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
	c := NewCodec()
	part := func(pos Position, source string, after, last int) Entry {
		var b []byte
		for n := after + 1; n <= last; n++ {
			b = must.Get(raw(b, &flow.Flow{ID: flow.ID{byte(n)}, Last: flow.Seq(n)}, uint64(n-1)))
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
		first, ok, err := stagings{"i.1": 1}.complete(t.Context(), c, tt.log, commit)
		if first != 1 || ok != (tt.err == nil) || errors.Is(err, broken) != (tt.err == broken) || tt.err != broken && err != nil {
			t.Errorf("%s: whole from %d: %t, %v", tt.name, first, ok, err)
		}
	}
	if _, ok, err := (stagings{}).complete(t.Context(), c, entries{}, commit); ok || err != nil {
		t.Errorf("an import that nobody saw: %t, %v", ok, err)
	}
}
