package bottomk

import "github.com/spectap/spectap/internal/varint"

// Count is a number that merges by addition, as a [Value].
type Count struct{ N int64 }

// Clone returns a copy of c.
func (c *Count) Clone() *Count { return &Count{c.N} }

// Merge adds o to c.
func (c *Count) Merge(o *Count) { c.N += o.N }

// Append appends the encoding of c.
func (c *Count) Append(b []byte) []byte { return varint.Uint(b, uint64(c.N)) }

// Counts counts by name.
type Counts = Map[*Count]

// Tally adds 1 to the count of name.
func Tally(m *Counts, name string) {
	m.Update(name, func() *Count { return &Count{} }, func(c *Count) { c.N++ })
}

// ReadCounts adds the counts of an encoded map to m. See [Map.Read].
func ReadCounts(m *Counts, r *varint.Reader) {
	m.Read(r, func(r *varint.Reader) *Count { return &Count{r.Count()} })
}
