package schema

import (
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// NameSet is a set of names that differ in more than letter case and separators. It keeps hashes
// only: all of up to 64 names, else a sample. It merges like [Facts]. The zero value is empty.
type NameSet struct{ names valueSample }

// Add adds a name.
func (s *NameSet) Add(name string) { s.names.add(nameHash(name), 1) }

// Has reports whether the set holds a name. A nil set is empty.
func (s *NameSet) Has(name string) bool {
	if s == nil || len(s.names.entries) == 0 {
		return false
	}
	_, found := s.names.find(nameHash(name))
	return found
}

func nameHash(name string) uint64 { return bottomk.Hash(noun.Fold(name)) }

// Merge adds the names of o.
func (s *NameSet) Merge(o *NameSet) { s.names.merge(&o.names, false) }

// AppendBinary appends the encoding of the set. The error is always nil.
func (s *NameSet) AppendBinary(b []byte) ([]byte, error) {
	c := newWriter(b)
	c.sample(&s.names)
	return c.Out(), nil
}

// UnmarshalBinary replaces s by the set encoded in data.
func (s *NameSet) UnmarshalBinary(data []byte) error {
	var v valueSample
	if err := decoded(data, func(c *codec) { c.sample(&v) }); err != nil {
		return err
	}
	s.names = v
	return nil
}
