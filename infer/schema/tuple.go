package schema

import "slices"

// tupleArrays is how many arrays of one length it takes to call them tuples.
const tupleArrays = 5

// tuple gives the schemas of the positions of arrays that all have one length and hold different kinds of
// scalars at different positions; nil for lists.
func (g *graph) tuple(id int32) []*Schema {
	var kinds [maxPrefix]uint8
	size, n := ^uint32(0), uint32(0)
	for _, x := range slices.Concat(g.places[id].nodes, g.places[id].sent) {
		if x.arr == nil || x.kinds[isArray] == 0 {
			continue
		}
		if x.arr.minLen != x.arr.maxLen || size != ^uint32(0) && x.arr.minLen != size {
			return nil
		}
		size = x.arr.minLen
		n = sum32(n, x.kinds[isArray])
		for i := range kinds {
			kinds[i] |= x.arr.prefix[i]
		}
	}
	if size < 2 || size > maxPrefix || n < tupleArrays {
		return nil
	}
	const scalar = 1<<isBoolean | 1<<isInteger | 1<<isNumber | 1<<isString | 1<<isNull
	differ := false
	out := make([]*Schema, size)
	for i := range out {
		k := kinds[i]
		if k == 0 || k&^scalar != 0 {
			return nil
		}
		s := &Schema{Nullable: k&(1<<isNull) != 0}
		if k&(1<<isBoolean) != 0 {
			s.Kind |= Boolean
		}
		if k&(1<<isNumber) != 0 {
			s.Kind |= Number
		} else if k&(1<<isInteger) != 0 {
			s.Kind |= Integer
		}
		if k&(1<<isString) != 0 {
			s.Kind |= String
		}
		out[i] = s
		for _, o := range out[:i] {
			differ = differ || wide(o.Kind)&wide(s.Kind) == 0
		}
	}
	if !differ {
		return nil
	}
	return out
}

// wide takes integers for numbers.
func wide(k Kind) Kind {
	if k&Integer != 0 {
		return k | Number
	}
	return k
}
