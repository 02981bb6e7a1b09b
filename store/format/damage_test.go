package format

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestDamagedRecords checks that a record which is cut short anywhere, or whose fields make no sense,
// is corrupt, although its checksum matches, and that the error says how.
func TestDamagedRecords(t *testing.T) {
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/"}}
	r := Record{
		First: 300, Meta: f.AppendMeta(nil),
		Refs: []BodyRef{{Role: Response, ID: 7, Size: 1000, Hash: BodyHash{1}}},
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
		if n < head && (!errors.Is(err, ErrCorrupt) || n > 4 && !strings.Contains(err.Error(), "cut short")) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
		if n >= head && err != nil {
			t.Errorf("cut within the flow, after %d bytes: %v", n, err)
		}
		_, _, err = Decode(withChecksum(whole[:n]), false)
		_, _, berr := Decode(withChecksum(whole[:n]), true)
		if n <= head && (!errors.Is(err, ErrCorrupt) || !errors.Is(berr, ErrCorrupt)) {
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
		if _, err := Read(tt.b); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}
