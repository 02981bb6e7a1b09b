package bottomk

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/varint"
)

func encode(m *Counts) []byte {
	c := varint.NewWriter(nil)
	m.Code(c)
	return c.Out()
}

// TestOrderAndPartition holds that neither the order of additions nor the partition into merged
// maps matters.
func TestOrderAndPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		names := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprint("name", rapid.IntRange(0, 40).Draw(t, "n"))
		}), 0, 60).Draw(t, "names")
		whole, first, second := New[*Count](limit), New[*Count](limit), New[*Count](limit)
		for i, name := range names {
			Tally(whole, names[len(names)-1-i])
			if i%2 == 0 {
				Tally(first, name)
			} else {
				Tally(second, name)
			}
		}
		first.Merge(second)
		if !bytes.Equal(encode(whole), encode(first)) {
			t.Error("the merged parts differ from the whole")
		}
		read, r := New[*Count](limit), varint.NewReader(encode(whole))
		read.Code(varint.NewDecoder(r))
		if r.End() != nil || !bytes.Equal(encode(whole), encode(read)) {
			t.Error("the encoding does not survive a round trip")
		}
		values := 0
		for range whole.Values() {
			values++
		}
		if pooled := map[bool]int{true: 1}[whole.Overflowed()]; values != whole.Len()+pooled {
			t.Errorf("%d values of %d names, pooled %d", values, whole.Len(), pooled)
		}
		if n := whole.Len(); n > limit || whole.Overflowed() && n < limit {
			t.Errorf("%d names, limit %d", n, limit)
		}
	})
}

// TestSensitiveName holds that a name that redaction would replace is counted and not kept.
func TestSensitiveName(t *testing.T) {
	m := New[*Count](10)
	Tally(m, "ann@example.com")
	Tally(m, "plain")
	if names := m.Names(); len(names) != 1 || names[0] != "plain" || m.Pooled().N != 1 {
		t.Errorf("names %q, pooled %v", names, m.Pooled())
	}
}

func TestGet(t *testing.T) {
	m := New[*Count](2)
	if m.Get("a") != nil || m.Names() != nil || m.Pooled() != nil {
		t.Error("an empty map has facts")
	}
	for range 3 {
		Tally(m, "a")
	}
	if m.Get("a").N != 3 {
		t.Errorf("a has count %d", m.Get("a").N)
	}
}
