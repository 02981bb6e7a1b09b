package schema

import "slices"

// tupleArrays is how many arrays of one length it takes to call them tuples.
const minTupleArrays = 5

// tuple gives the schemas of the positions of arrays that all have one length and hold different kinds of
// scalars at different positions; nil for lists.
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
		if k&(1<<kindBoolean) != 0 {
			s.Kind |= Boolean
		}
		if k&(1<<kindNumber) != 0 {
			s.Kind |= Number
		} else if k&(1<<kindInteger) != 0 {
			s.Kind |= Integer
		}
		if k&(1<<kindString) != 0 {
			s.Kind |= String
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

// wide takes integers for numbers.
func widenInteger(k Kind) Kind {
	if k&Integer != 0 {
		return k | Number
	}
	return k
}
