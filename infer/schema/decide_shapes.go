package schema

import (
	"math/bits"
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
)

const (
	// maxShapeMembers bounds the members of a record whose sets of members are looked for.
	maxShapeMembers = 16
	// minShapeObjects is how many bodies show that a set of members is no accident.
	minShapeObjects = 3
)

// shape is a part of a record's members that are never sent together with the others. Members are
// bits, in the order of the cluster.
type shape struct {
	members, core uint32 // those of some bodies, and those of all
	objects       uint32
}

// requestShapes divides the members of a record of requests into shapes if an operation takes
// either one thing or several: {key, value} or {keys, data}, {title} or {docs: […]}. No body may
// have members of two shapes; each shape must have been sent several times and have a member that
// all its bodies have; in some shapes, and not in all, such a member is a list. It returns nil for
// other records.
func (g *graph) requestShapes(c int32) []shape {
	cl := &g.clusters[c]
	if cl.domain != domainRequest || cl.isMap || cl.pool >= 0 || len(cl.members) > maxShapeMembers {
		return nil
	}
	var sets []shape
	for _, d := range append([]int32{c}, g.represented[c]...) {
		for _, r := range g.clusters[d].facts {
			of, ok := g.memberSets(r, cl.members)
			if !ok {
				return nil
			}
			sets = append(sets, of...)
		}
	}
	var out []shape
	for _, s := range sets { // unite what overlaps
		out = slices.DeleteFunc(out, func(o shape) bool {
			overlaps := o.members&s.members != 0
			if overlaps {
				s = shape{s.members | o.members, s.core & o.core, sum32(s.objects, o.objects)}
			}
			return overlaps
		})
		out = append(out, s)
	}
	several, lists := 0, g.lists(cl.members)
	for _, s := range out {
		if s.core == 0 || s.objects < minShapeObjects {
			return nil
		}
		several += min(1, bits.OnesCount32(s.core&lists))
	}
	if several == 0 || several == len(out) {
		return nil
	}
	slices.SortFunc(out, func(a, b shape) int {
		return bits.TrailingZeros32(a.members) - bits.TrailingZeros32(b.members)
	})
	return out
}

// lists returns the members that are lists.
func (g *graph) lists(members []member) (mask uint32) {
	for i, m := range members {
		if f := g.pooledFacts(g.findPosition(m.position)); f.kinds[kindArray] > 0 {
			mask |= 1 << i
		}
	}
	return mask
}

// memberSets finds the sets of members that objects had. The facts hold the hash of each set, so
// all sets of the properties are tried. ok is false if one is not found or empty, or if a member
// was in all objects.
func (g *graph) memberSets(r *objectFacts, members []member) (sets []shape, ok bool) {
	if r.keySets == nil || r.keySets.isOverflowed || r.isCollapsed || r.pool != nil {
		return nil, false
	}
	counts := map[uint64]uint32{}
	for _, e := range r.keySets.entries {
		counts[e.hash] = e.count
	}
	var own []uint32 // the members that the objects have
	for _, p := range r.properties {
		i, found := memberIndex(members, g.nameIDs[p.name.text])
		if !found || p.facts.present == r.objects {
			return nil, false
		}
		own = append(own, uint32(i))
	}
	mask, sum := uint32(0), uint64(0) // of a set, and of the hashes of its names
	for n := uint32(1); n < 1<<len(own) && len(sets) < len(counts); n++ {
		k := bits.TrailingZeros32(n) // Gray code: one member changes at a time
		if mask ^= 1 << own[k]; mask>>own[k]&1 != 0 {
			sum += r.properties[k].name.hash
		} else {
			sum -= r.properties[k].name.hash
		}
		if count := counts[bottomk.Int(sum)]; count > 0 {
			sets = append(sets, shape{mask, mask, count})
		}
	}
	return sets, len(sets) == len(counts)
}

// shapeSchema writes one shape of a record. Its required members are those that distinguish it from
// the other shapes: its lists, and two members that always come together.
func (g *graph) shapeSchema(full *Schema, members []member, s shape) *Schema {
	out := &Schema{Kind: Object}
	needed := s.core & g.lists(members)
	if s.core == s.members && bits.OnesCount32(s.core) <= 2 {
		needed = s.core
	}
	for i, p := range full.Properties {
		if s.members>>i&1 == 0 {
			continue
		}
		p.Required = p.Required || needed>>i&1 != 0
		if p.Absent = s.core>>i&1 == 0; !p.Absent && !p.Required && s.objects >= minAlwaysSent {
			p.AlwaysSent = int64(s.objects)
		}
		out.Properties = append(out.Properties, p)
	}
	return out
}
