package schema

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// findTwins finds the clusters that are written alike, such as what is sent and comes back, and lets the first of
// them stand for all: one component instead of several that say the same.
func (e *emitter) mergeEqualSchemas() {
	g := e.graph
	cs := make([]int32, 0, len(e.uses))
	for c := range e.uses {
		cs = append(cs, c)
	}
	slices.SortFunc(cs, func(a, b int32) int { // answers before what was sent
		return cmp.Or(cmp.Compare(g.clusters[a].domain, g.clusters[b].domain), cmp.Compare(a, b))
	})
	written := make(map[int32]*Schema, len(cs))
	e.refersToAll = true
	for _, c := range cs {
		written[c] = e.clusterSchema(c)
	}
	e.refersToAll = false
	class := e.initialBlocks(cs, written)
	// What a record refers to may differ: classes are parted until all that they refer to is of one class, too.
	for parts := 0; ; {
		next := make(map[int32]uint64, len(class))
		distinct := map[uint64]bool{}
		for c, was := range class {
			next[c] = sketch.Pair(was, written[c].hash(class))
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
		e.represent(c, lead)
	}
	e.mergeReplacements(cs, written, class)
}

// double lets a cluster be written as another is.
func (e *emitter) represent(c, lead int32) {
	e.representative[c] = lead
	e.graph.clusters[lead].positions = append(e.graph.clusters[lead].positions, e.graph.clusters[c].positions...)
}

// sameInOne is how many records in one other have to be alike to be one thing, though they are called otherwise.
const minSameInOwner = 3

// seeds are the classes before schemas are compared. Records of one or two properties that hold no other record are
// alike by chance: they have to be called alike, too, or stand several times in one record. Alternatives are like those
// of the same tag.
func (e *emitter) initialBlocks(cs []int32, written map[int32]*Schema) map[int32]uint64 {
	g := e.graph
	n := newNamer(g, e.tagNames)
	in := func(c int32) uint64 {
		return sketch.Pair(uint64(e.graph.soleOwner(c)), written[c].hash(nil))
	}
	count := map[uint64]int{}
	for _, c := range cs {
		if e.tagNames[c] == "" && len(g.clusters[c].members) == 2 && g.soleOwner(c) >= 0 {
			count[in(c)]++
		}
	}
	class := make(map[int32]uint64, len(cs))
	for _, c := range cs {
		switch {
		case e.tagNames[c] != "":
			class[c] = sketch.Hash("tag " + e.tagNames[c])
		case len(g.clusters[c].members) >= 3 || g.holdsRecords(c):
			class[c] = 0
		case len(g.clusters[c].members) == 2 && g.soleOwner(c) >= 0 && count[in(c)] >= minSameInOwner:
			class[c] = in(c)
		default:
			name := n.baseName(c)
			class[c] = sketch.Hash(strings.TrimSuffix(name, n.suffix(c, name)))
		}
	}
	return class
}

// holdsRecords says that a property of a cluster is, or lists, a record with properties.
func (g *graph) holdsRecords(c int32) bool {
	return slices.ContainsFunc(g.clusters[c].members, func(m member) bool {
		p := g.findPosition(m.position)
		for g.positions[p].items >= 0 && len(g.clustersAt(p)) == 0 {
			p = g.findPosition(g.positions[p].items)
		}
		return slices.ContainsFunc(g.clustersAt(p), func(r int32) bool { return len(g.clusters[r].members) > 0 })
	})
}

// soleOwner is the record that holds all places of a cluster; -1 when several do, or none.
func (g *graph) soleOwner(c int32) int32 {
	owner := int32(-1)
	for _, h := range g.clusters[c].positions {
		o := g.positions[h].origin.owner
		if o < 0 {
			return -1
		}
		if o = g.findCluster(o); owner >= 0 && o != owner {
			return -1
		}
		owner = o
	}
	return owner
}

// findReplacements finds bodies of requests that differ only in what is required of them, as POST came often enough to
// say so and PUT did not: they are one where none of them ever left out what the other requires.
func (e *emitter) mergeReplacements(cs []int32, written map[int32]*Schema, class map[int32]uint64) {
	g := e.graph
	groups := map[uint64][]int32{}
	var order []uint64
	for _, c := range cs {
		if g.clusters[c].domain != domainRequest || e.tagNames[c] != "" || len(g.clusters[c].members) < 3 || e.representativeOf(c) != c {
			continue
		}
		loose := *written[c]
		loose.Properties = slices.Clone(loose.Properties)
		for i := range loose.Properties {
			loose.Properties[i].Required = false
		}
		key := loose.hash(class)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], c)
	}
	for _, key := range order {
		group := groups[key]
		strict := group[0]
		for _, c := range group {
			if g.requiredCount(c) > g.requiredCount(strict) {
				strict = c
			}
		}
		for _, c := range group {
			if c != strict && g.neverOmitted(c, strict) {
				e.represent(c, strict)
			}
		}
	}
	for c, lead := range e.representative { // twins of those that became some
		e.representative[c] = e.representativeOf(lead)
	}
}

func (g *graph) requiredCount(c int32) (n int) {
	for _, need := range g.requiredMembers(c) {
		if need {
			n++
		}
	}
	return n
}

// neverLacked says that no exchange with c, which has the same properties, left out what lead requires.
func (g *graph) neverOmitted(c, lead int32) bool {
	exchanges, always := g.exchangeCounts(c)
	for i, need := range g.requiredMembers(lead) {
		if need && always[i] < exchanges {
			return false
		}
	}
	return true
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
	if s.clusterRef != 0 {
		h = sketch.Pair(h, class[s.clusterRef-1])
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
