package record

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/bodyhash"
	"github.com/spectap/spectap/store/chunk"
)

// TestDamagedRecords checks that a record which is cut short anywhere, or whose fields make no sense,
// is corrupt, although its checksum matches, and that the error says how.
func TestDamagedRecords(t *testing.T) {
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/"}}
	r := Record{
		Kind: Kind, First: 300, Meta: f.AppendMeta(nil),
		Refs: []BodyRef{{Role: Response, ID: 7, Size: 1000, Hash: bodyhash.Hash{Sum: [bodyhash.Size]byte{1}}}},
	}
	whole := r.Append(nil)[4:] // without the checksum
	if got, _, err := Decode(withChecksum(whole), false); err != nil || !reflect.DeepEqual(got, r) || got.Weight() != 1000+uint64(len(r.Meta)) {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, got, err := Decode(withChecksum(whole), true); err != nil || got.ID != (flow.ID{}) || got.Request.Path != "/" {
		t.Errorf("in brief: %+v, %v", got, err)
	}
	head := len(whole) - len(r.Meta)
	for n := range len(whole) {
		_, err := Read(withChecksum(whole[:n]))
		if n < head && (!errors.Is(err, chunk.ErrCorrupt) || n > 4 && !strings.Contains(err.Error(), "cut short")) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
		if n >= head && err != nil {
			t.Errorf("cut within the flow, after %d bytes: %v", n, err)
		}
		_, _, err = Decode(withChecksum(whole[:n]), false)
		_, _, berr := Decode(withChecksum(whole[:n]), true)
		if n <= head && (!errors.Is(err, chunk.ErrCorrupt) || !errors.Is(berr, chunk.ErrCorrupt)) {
			t.Errorf("flow of a record cut after %d bytes: %v; in brief %v", n, err, berr)
		}
	}
	for _, tt := range []struct {
		name string
		b    []byte
		says string
	}{
		{"nothing", nil, "checksum"},
		{"checksum alone", withChecksum(nil), "checksum"},
		{"other checksum", append([]byte{1, 2, 3, 4}, whole...), "checksum"},
		{"older kind", withChecksum(append([]byte{0}, whole[1:]...)), "unknown kind 0"},
		{"newer kind", withChecksum(append([]byte{3}, whole[1:]...)), "unknown kind 3"},
		{"as many bodies as bytes are left", withChecksum([]byte{Kind, 1, 2, 0, 0}), "cut short"},
		{"more bodies", withChecksum([]byte{Kind, 1, 3, 0, 0}), "too many bodies"},
		{"number too large", withChecksum(append([]byte{Kind}, bytes.Repeat([]byte{0xff}, 11)...)), "cut short"},
	} {
		if _, err := Read(tt.b); !errors.Is(err, chunk.ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
	// A record of format 1 has other hashes.
	old, err := Read(withChecksum(append([]byte{kind1}, whole[1:]...)))
	if err != nil || !old.Refs[0].Hash.SHA || old.First != 300 {
		t.Errorf("record of format 1: %+v, %v", old, err)
	}
}

// TestParser checks that a parser reads what encoding/binary writes, and nothing more after an error.
func TestParser(t *testing.T) {
	p := Parser{B: []byte{0xac, 2, 3, 4, 'a', 'b', 9}}
	if n := p.Uvarint(); n != 300 {
		t.Errorf("uvarint %d", n)
	}
	if a, b := p.Varint(), p.Varint(); a != -2 || b != 2 {
		t.Errorf("varints %d and %d", a, b)
	}
	if s, b := p.Take(2), p.Byte(); string(s) != "ab" || b != 9 || p.Bad {
		t.Errorf("%q, %d, bad %t", s, b, p.Bad)
	}
	for name, read := range map[string]func(p *Parser){
		"byte": func(p *Parser) { p.Byte() }, "bytes": func(p *Parser) { p.Take(2) }, "number": func(p *Parser) { p.Uvarint() },
	} {
		p := Parser{B: map[string][]byte{"bytes": {1}, "number": {0x80}}[name]}
		read(&p)
		if !p.Bad || len(p.B) != 0 || p.Byte() != 0 || p.Uvarint() != 0 {
			t.Errorf("%s: bad %t, %d bytes are left", name, p.Bad, len(p.B))
		}
	}
}
