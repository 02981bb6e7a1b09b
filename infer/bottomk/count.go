package bottomk

import "github.com/spectap/spectap/internal/varint"

// Count is a number that merges by addition, as a [Value].
type Count struct{ N int64 }

// New returns 0.
func (*Count) New() *Count { return &Count{} }

// Merge adds o to c.
func (c *Count) Merge(o *Count) { c.N += o.N }

// Code encodes c.
func (c *Count) Code(to *varint.Coder) { varint.Naturals(to, &c.N) }

// Counts counts by name.
type Counts = Map[*Count]

// Tally adds 1 to the count of name.
func Tally(m *Counts, name string) { m.Update(name, nil, func(c *Count) { c.N++ }) }
