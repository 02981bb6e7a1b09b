package relay

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay/days"
)

var tailDay = time.Unix(1_790_000_000, 0).UTC()

// tailFlow returns a numbered flow of the day.
func tailFlow(n int) *flow.Flow {
	return &flow.Flow{ID: flow.ID{byte(n), 1}, Last: flow.Seq(n), Started: tailDay, Done: true,
		Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/a"}, Response: &flow.Response{Status: 200}}
}

// tailBlock returns an entry with flows of one day.
func tailBlock(t *testing.T, c *Codec, kind byte, source string, pos Position, after, last int) Entry {
	t.Helper()
	var b []byte
	var err error
	for n := after + 1; n <= last; n++ {
		b = must.Get(raw(b, tailFlow(n), uint64(n-1)))
	}
	e := Entry{Position: pos, Source: source, After: uint64(after), Last: uint64(last)}
	if kind == kindFlows {
		e.Data, err = c.seal(nil, last-after, b)
	} else {
		e.Data = c.sealKind(kind, append(binary.AppendUvarint([]byte{0}, uint64(last-after)), b...))
	}
	must.Do(t, err)
	return e
}

// TestTailOfImports learns from an import when it is committed, once.
func TestTailOfImports(t *testing.T) {
	c := NewCodec()
	parts := []Entry{tailBlock(t, c, kindStaged, "i.1", 3, 0, 2), tailBlock(t, c, kindStaged, "i.1", 4, 2, 3)}
	commit := func(last uint64) Entry {
		return Entry{Position: 9, Source: "i.1", After: last, Last: last, Data: c.sealKind(kindCommit, []byte{3})}
	}
	for _, tt := range []struct {
		name    string
		log     entries
		staged  bool
		commit  Entry
		learned uint64
		want    error
	}{
		{"whole", entries{list: parts}, true, commit(3), 3, nil},
		{"nobody saw it begin", entries{list: parts}, false, commit(3), 0, nil},
		{"a part is lost", entries{list: parts[:1]}, true, commit(3), 0, nil},
		{"of nothing", entries{list: parts}, true, commit(0), 0, nil},
		{"cannot be read", entries{err: ErrDenied}, true, commit(3), 0, ErrDenied},
	} {
		x := &tail{log: tt.log, codec: c, head: newHead(1, days.Config{NewModel: func() Model { return infer.New() }}), dead: map[flow.ID]bool{}}
		if tt.staged {
			if err := x.take(t.Context(), &parts[0]); err != nil || x.head.staged["i.1"] != 3 {
				t.Fatal(err, x.head.staged)
			}
		}
		for range 2 {
			err := x.take(t.Context(), &tt.commit)
			if _, left := x.head.staged["i.1"]; left {
				t.Errorf("%s: it is still in progress", tt.name)
			}
			if tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			if tt.want != nil {
				break
			}
		}
		var n uint64
		if p := x.head.facts.Of(tailDay); p != nil {
			n = p.Flows
		}
		if n != tt.learned || x.head.Marks["i.1"].Last != tt.learned {
			t.Errorf("%s: %d flows, mark %d, want %d", tt.name, n, x.head.Marks["i.1"].Last, tt.learned)
		}
	}
}
