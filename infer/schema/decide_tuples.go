package schema

import "slices"

// minTupleArrays is how many arrays of one length make a tuple.
const minTupleArrays = 5

// tupleSchemas returns the schemas of the elements of arrays that all have one length and hold
// different kinds of scalars at different indices; nil for lists.
func (g *graph) tupleSchemas(id int32) []*Schema {
	var kinds [maxTuple]uint8
	size, n := ^uint32(0), uint32(0)
	for _, x := range slices.Concat(g.positions[id].facts, g.positions[id].mirrored) {
		if x.array == nil || x.kinds[kindArray] == 0 {
			continue
		}
		if x.array.minLen != x.array.maxLen || size != ^uint32(0) && x.array.minLen != size {
			return nil
		}
		size = x.array.minLen
		n = sum32(n, x.kinds[kindArray])
		for i := range kinds {
			kinds[i] |= x.array.prefixKinds[i]
		}
	}
	if size < 2 || size > maxTuple || n < minTupleArrays {
		return nil
	}
	const scalar = 1<<kindBoolean | 1<<kindInteger | 1<<kindNumber | 1<<kindString | 1<<kindNull
	differ := false
	out := make([]*Schema, size)
	for i := range out {
		k := kinds[i]
		if k == 0 || k&^scalar != 0 {
			return nil
		}
		s := &Schema{Nullable: k&(1<<kindNull) != 0}
		for at, kind := range [...]Kind{kindBoolean: Boolean, kindInteger: Integer, kindNumber: Number, kindString: String} {
			if k>>at&1 != 0 {
				s.Kind |= kind
			}
		}
		if s.Kind&Number != 0 { // whole numbers among others
			s.Kind &^= Integer
		}
		out[i] = s
		for _, o := range out[:i] {
			differ = differ || widenInteger(o.Kind)&widenInteger(s.Kind) == 0
		}
	}
	if !differ {
		return nil
	}
	return out
}

// widenInteger returns k with Number added if it has Integer.
func widenInteger(k Kind) Kind {
	if k&Integer != 0 {
		return k | Number
	}
	return k
}
