package bottomk

import "github.com/spectap/spectap/internal/varint"

// Count is a number that merges by addition, as a [Value].
type Count struct{ N int64 }

// Clone returns a copy of c.
func (c *Count) Clone() *Count { return &Count{c.N} }

// Merge adds o to c.
func (c *Count) Merge(o *Count) { c.N += o.N }

// Code encodes c.
func (c *Count) Code(to *varint.Coder) { varint.Naturals(to, &c.N) }

func newCount() *Count { return &Count{} }

// Counts counts by name.
type Counts = Map[*Count]

// Tally adds 1 to the count of name.
func Tally(m *Counts, name string) {
	m.Update(name, newCount, func(c *Count) { c.N++ })
}

// CodeCounts encodes counts. See [Map.Code].
func CodeCounts(c *varint.Coder, m *Counts) { m.Code(c, newCount) }
