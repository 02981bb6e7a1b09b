package schema

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer/sketch"
)

// findTwins finds the clusters that are written alike, such as what is sent and comes back, and lets the first of
// them stand for all: one component instead of several that say the same. Records of one or two properties are alike
// by chance; they have to be called alike, too.
func (e *emitter) findTwins() {
	g := e.g
	var cs []int32
	for c := range e.uses {
		if e.tag[c] == "" {
			cs = append(cs, c)
		}
	}
	slices.SortFunc(cs, func(a, b int32) int { // answers before what was sent
		return cmp.Or(cmp.Compare(g.clusters[a].domain, g.clusters[b].domain), cmp.Compare(a, b))
	})
	n := newNamer(g, e.tag)
	written := make(map[int32]*Schema, len(cs))
	class := make(map[int32]uint64, len(cs))
	for c := range e.uses {
		class[c] = sketch.Int(uint64(c)) // alternatives are like themselves only
	}
	e.flat = true
	for _, c := range cs {
		written[c] = e.record(c)
		class[c] = 0
		if len(g.clusters[c].props) < 3 {
			class[c] = sketch.Hash(n.name(c))
		}
	}
	e.flat = false
	// What a record refers to may differ: classes are parted until all that they refer to is of one class, too.
	for parts := 0; ; {
		next := make(map[int32]uint64, len(class))
		distinct := map[uint64]bool{}
		for c, was := range class {
			next[c] = was
			if s := written[c]; s != nil {
				next[c] = sketch.Pair(was, s.hash(class))
			}
			distinct[next[c]] = true
		}
		class = next
		if len(distinct) == parts {
			break
		}
		parts = len(distinct)
	}
	first := map[uint64]int32{}
	for _, c := range cs {
		lead, met := first[class[c]]
		if !met {
			first[class[c]] = c
			continue
		}
		e.twin[c] = lead
		g.clusters[lead].homes = append(g.clusters[lead].homes, g.clusters[c].homes...)
	}
}

// hash tells schemas apart by what they admit; references count as the classes of what they lead to.
func (s *Schema) hash(class map[int32]uint64) uint64 {
	if s == nil {
		return 1
	}
	h := uint64(s.Kind) << 1
	if s.Nullable {
		h |= 1
	}
	if s.cluster != 0 {
		h = sketch.Pair(h, class[s.cluster-1])
	}
	h = sketch.Pair(h, sketch.Hash(s.Format))
	for _, v := range s.Enum {
		h = sketch.Pair(h, sketch.Hash(v))
	}
	for _, p := range s.Properties {
		h = sketch.Pair(sketch.Pair(h, sketch.Hash(p.Name)), p.Schema.hash(class))
		if p.Required {
			h++
		}
	}
	h = sketch.Pair(sketch.Pair(h, s.Additional.hash(class)), s.Items.hash(class))
	for i, list := range [][]*Schema{s.Prefix, s.AnyOf, s.OneOf} {
		h = sketch.Pair(h, uint64(i))
		for _, x := range list {
			h = sketch.Pair(h, x.hash(class))
		}
	}
	if d := s.Discriminator; d != nil {
		h = sketch.Pair(h, sketch.Hash(d.Property))
	}
	return h
}
