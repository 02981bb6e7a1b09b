package relay

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestRelearns learns the day of deleted flows again, from what the log has of it.
func TestRelearns(t *testing.T) {
	c := testCodec(t)
	for _, tt := range []struct {
		name      string
		deleted   []int
		trim      bool // the log lost its first block
		moved     bool // the log has it at another place
		flows     uint64
		relearned int64
	}{
		{"one flow", []int{2}, false, false, 3, 1},
		{"two of two blocks", []int{2, 4}, false, false, 2, 1},
		{"none that was learned", []int{9}, false, false, 4, 0},
		{"a log without its beginning", []int{4}, true, false, 1, 1},
		{"a log with other positions", []int{2}, false, true, 3, 1},
	} {
		m := newMemory(t, tailBlock(t, c, kindFlows, "a", 3, 0, 2), tailBlock(t, c, kindFlows, "a", 5, 2, 4))
		l := load(t, m)
		for i := range m.list {
			must.Do(t, l.take(t.Context(), &m.list[i]))
		}
		day := func() uint64 {
			if p := l.head.facts.Of(tailDay); p != nil {
				return p.Flows
			}
			return 0
		}
		if day() != 4 {
			t.Fatalf("%d flows", day())
		}
		if tt.moved {
			m.list[0].Position = 2
		}
		if tt.trim {
			m.list, m.first = m.list[1:], 5
		}
		e := removal(c, 8, 0, 7, tt.deleted...)
		m.list = append(m.list, e)
		l.dirty = false
		if err := l.take(t.Context(), &e); err != nil || day() != tt.flows || l.w.Status().Relearned != tt.relearned || l.head.deleted != 7 || !l.dirty {
			t.Errorf("%s: %v, %d flows, want %d, %+v", tt.name, err, day(), tt.flows, l.w.Status())
		}
		before := len(m.calls)
		if err := l.take(t.Context(), &e); err != nil || day() != tt.flows || slices.Contains(m.calls[before:], fmt.Sprint("entries ", partOfA)) {
			t.Errorf("%s, again: %v, %d flows", tt.name, err, day())
		}
	}
}
