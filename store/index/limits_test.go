package index

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestLimits checks which blocks are read: up to the largest number of flows and of words, and of
// this version.
func TestLimits(t *testing.T) {
	flows := make([]flow.Flow, MaxFlows+1)
	for i := range flows {
		flows[i].Seq, flows[i].Last = flow.Seq(i+1), flow.Seq(i+1)
	}
	for n, want := range map[int]error{0: nil, 1: nil, MaxFlows: nil, MaxFlows + 1: ErrUnknown} {
		if got, err := Read(appendAll(flows[:n])); err != want || err == nil && len(got) != n {
			t.Errorf("%d flows: %d, %v", n, len(got), err)
		}
	}
	whole := appendAll(flows[:2])
	for n := range whole {
		if got, err := Read(whole[:n]); err != ErrUnknown {
			t.Errorf("cut after %d bytes: %d flows, %v", n, len(got), err)
		}
	}
	other := append([]byte{Version + 1}, whole[1:]...)
	if _, err := Read(other); err != ErrUnknown {
		t.Errorf("another version: %v", err)
	}
}

// TestReader checks that numbers are read like those of encoding/binary, and that texts and words that
// do not exist end the reading.
func TestReader(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, math.MaxInt64, math.MinInt64} {
		r := reader{b: string(binary.AppendVarint(nil, v))}
		if got := r.int(); got != v || r.bad || r.at != len(r.b) {
			t.Errorf("%d: read %d, bad %t", v, got, r.bad)
		}
	}
	for name, tt := range map[string]struct {
		b    string
		read func(r *reader)
		bad  bool
	}{
		"largest number":      {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", func(r *reader) { r.uint() }, false},
		"number of 11 bytes":  {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", func(r *reader) { r.uint() }, true},
		"number cut short":    {"\xff", func(r *reader) { r.uint() }, true},
		"text to the end":     {"\x02ab", func(r *reader) { r.text() }, false},
		"text beyond the end": {"\x03ab", func(r *reader) { r.text() }, true},
		"first word":          {"\x00\x01a\x01", func(r *reader) { r.word(); r.word() }, false},
		"word that is not":    {"\x00\x01a\x02", func(r *reader) { r.word(); r.word() }, true},
		"no word yet":         {"\x01", func(r *reader) { r.word() }, true},
		"word after an error": {"\xff", func(r *reader) { r.word() }, true},
		"tags":                {"\x02\x00\x01a\x01", func(r *reader) { r.tags() }, false},
		"endless tags":        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00", func(r *reader) { r.tags() }, true},
	} {
		r := reader{b: tt.b}
		if tt.read(&r); r.bad != tt.bad || !tt.bad && r.at != len(r.b) {
			t.Errorf("%s: bad %t at %d of %d", name, r.bad, r.at, len(r.b))
		}
	}
}

// TestIsOfBlock checks that the numbers of a block are told from those of the blocks beside it.
func TestIsOfBlock(t *testing.T) {
	for _, tt := range []struct {
		numbers []flow.Seq
		want    bool
	}{
		{nil, true}, {[]flow.Seq{MaxFlows}, true}, {[]flow.Seq{MaxFlows, 2*MaxFlows - 1}, true}, {[]flow.Seq{MaxFlows - 1}, false},
		{[]flow.Seq{2 * MaxFlows}, false}, {[]flow.Seq{MaxFlows - 1, MaxFlows}, false}, {[]flow.Seq{2*MaxFlows - 1, 2 * MaxFlows}, false},
	} {
		var flows []flow.Flow
		for _, n := range tt.numbers {
			flows = append(flows, flow.Flow{Last: n})
		}
		if got := IsOfBlock(flows, 1); got != tt.want {
			t.Errorf("%d: %t", tt.numbers, got)
		}
	}
}

// TestTimes checks that times before 1970, and with nanoseconds, are read as they were.
func TestTimes(t *testing.T) {
	want := []time.Time{time.Unix(-5, 999_999_999).UTC(), time.Unix(1_700_000_000, 1).UTC(), {}, time.Unix(-1<<40, 0).UTC()}
	var flows []flow.Flow
	for i, at := range want {
		flows = append(flows, flow.Flow{Seq: flow.Seq(i + 1), Last: flow.Seq(i + 1), Started: at})
	}
	got, err := Read(appendAll(flows))
	for i := range got {
		if !got[i].Started.Equal(want[i]) {
			t.Errorf("%v became %v", want[i], got[i].Started)
		}
	}
	if err != nil || len(got) != len(want) {
		t.Errorf("%d flows, %v", len(got), err)
	}
}
