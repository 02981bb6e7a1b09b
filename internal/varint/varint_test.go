package varint

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	var b []byte
	b = Uint(b, math.MaxUint64)
	b = Int(b, math.MinInt64)
	b = Uint(b, math.MaxInt64)
	b = Word(b, 1<<63|1)
	b = String(b, "text")
	b = String(b, []byte{0, 255})
	b = append(b, 5) // three flags
	b = append(b, "raw"...)
	b = Uint(b, 2)
	b = append(b, 1, 2, 3, 4)
	r := NewReader(b)
	if n := r.Uint(); n != math.MaxUint64 {
		t.Errorf("Uint: %d", n)
	}
	if n := r.Int(); n != math.MinInt64 {
		t.Errorf("Int: %d", n)
	}
	if n := r.Count(); n != math.MaxInt64 {
		t.Errorf("Count: %d", n)
	}
	if n := r.Word(); n != 1<<63|1 {
		t.Errorf("Word: %#x", n)
	}
	if s := r.String(); s != "text" {
		t.Errorf("String: %q", s)
	}
	if s := r.Bytes(); !bytes.Equal(s, []byte{0, 255}) {
		t.Errorf("Bytes: %q", s)
	}
	if f := r.Flags(3); f != 5 {
		t.Errorf("Flags: %b", f)
	}
	var raw [3]byte
	if r.Raw(raw[:]); string(raw[:]) != "raw" {
		t.Errorf("Raw: %q", raw)
	}
	if n := r.List(2, 2); n != 2 {
		t.Errorf("List: %d", n)
	}
	if c := r.Byte(); c != 1 {
		t.Errorf("Byte: %d", c)
	}
	if r.Err() != nil || r.Rest() != 3 {
		t.Errorf("%v, %d left", r.Err(), r.Rest())
	}
	if err := r.End(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("End with bytes left: %v", err)
	}
}

// TestCorrupt reads bytes that no writer produces. Every read fails, and all later reads return
// zero values.
func TestCorrupt(t *testing.T) {
	huge := Uint(nil, math.MaxUint64)
	for _, c := range []struct {
		name string
		b    []byte
		read func(*Reader) bool // reports whether the value is zero
	}{
		{"missing number", nil, func(r *Reader) bool { return r.Uint() == 0 }},
		{"missing signed number", nil, func(r *Reader) bool { return r.Int() == 0 }},
		{"endless number", bytes.Repeat([]byte{0x80}, 20), func(r *Reader) bool { return r.Uint() == 0 }},
		{"large count", huge, func(r *Reader) bool { return r.Count() == 0 }},
		{"half a word", make([]byte, 7), func(r *Reader) bool { return r.Word() == 0 }},
		{"long string", append(Uint(nil, 3), "ab"...), func(r *Reader) bool { return r.String() == "" }},
		{"huge string", huge, func(r *Reader) bool { return r.String() == "" }},
		{"elements that do not fit", append(Uint(nil, 3), 1, 2, 3, 4, 5), func(r *Reader) bool { return r.List(9, 2) == 0 }},
		{"elements over the limit", append(Uint(nil, 3), 1, 2, 3), func(r *Reader) bool { return r.List(2, 1) == 0 }},
		{"huge list", huge, func(r *Reader) bool { return r.Len() == 0 }},
		{"missing byte", nil, func(r *Reader) bool { return r.Byte() == 0 }},
		{"unknown flag", []byte{8}, func(r *Reader) bool { return r.Flags(3) == 0 }},
		{"short raw", []byte{8}, func(r *Reader) bool { var b [2]byte; r.Raw(b[:]); return b == [2]byte{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(c.b)
			if !c.read(r) {
				t.Error("not the zero value")
			}
			if !errors.Is(r.Err(), ErrCorrupt) || !errors.Is(r.End(), ErrCorrupt) {
				t.Errorf("got %v", r.Err())
			}
			if !c.read(r) || r.Rest() != 0 {
				t.Error("reads on after an error")
			}
		})
	}
}

func TestNested(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 20_000} {
		inner := bytes.Repeat([]byte("x"), n)
		got, err := Nested([]byte("before"), func(b []byte) ([]byte, error) { return append(b, inner...), nil })
		if want := String([]byte("before"), inner); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %v, got %d bytes, want %d", n, err, len(got), len(want))
		}
	}
	fail := func([]byte) ([]byte, error) { return nil, ErrCorrupt }
	if got, err := Nested([]byte("before"), fail); err != ErrCorrupt || string(got) != "before" {
		t.Errorf("an error gives %q, %v", got, err)
	}
}

// TestCoder checks that a Coder writes what the functions write, and decodes it.
func TestCoder(t *testing.T) {
	type record struct {
		small     uint32
		big, word uint64
		n         int64
		name      string
		raw       [2]byte
		yes, no   bool
		list      []string
	}
	code := func(c *Coder, r *record) {
		Naturals(c, &r.small)
		Naturals(c, &r.big)
		c.Word(&r.word)
		c.Int(&r.n)
		c.String(&r.name)
		c.Raw(r.raw[:])
		c.Flags(&r.yes, &r.no)
		Elements(c, &r.list, 3, 1, func(s *string) { c.String(s) })
	}
	in := record{small: 7, big: math.MaxUint64, word: 1 << 63, n: -5, name: "text", raw: [2]byte{1, 2}, yes: true, list: []string{"a", ""}}
	w := NewWriter(nil)
	code(w, &in)
	b := Uint(Uint(nil, 7), math.MaxUint64)
	b = append(String(Int(Word(b, 1<<63), -5), "text"), 1, 2, 1) // the raw bytes, and two flags
	b = String(String(Uint(b, 2), "a"), "")
	if !bytes.Equal(w.Out(), b) || w.Err() != nil || w.Reads() {
		t.Errorf("wrote %x, want %x", w.Out(), b)
	}
	var out record
	r := NewDecoder(NewReader(b))
	if code(r, &out); r.End() != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("%v: got %+v", r.Err(), out)
	}
	for n := range b {
		var cut record
		r := NewDecoder(NewReader(b[:n]))
		if code(r, &cut); r.End() == nil {
			t.Errorf("the first %d bytes are accepted", n)
		}
	}
	many := NewDecoder(NewReader(append(Uint(nil, 4), 0, 0, 0, 0)))
	var list []string
	if Elements(many, &list, 3, 1, func(s *string) { many.String(s) }); many.Err() == nil || list != nil {
		t.Errorf("a list over the limit: %v, %q", many.Err(), list)
	}
}
