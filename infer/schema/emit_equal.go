package schema

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// mergeEqualSchemas finds clusters with equal schemas, such as a record that is sent and comes
// back, and writes the first of them in place of all: one component instead of several equal ones.
//
// Schemas may be recursive, so equality is found by partition refinement: clusters start in coarse
// blocks, and a block is split until all references of its members lead to equal blocks. Refining
// all blocks in rounds is Moore's algorithm for minimizing automata (1956); Hopcroft (1971) and
// Paige and Tarjan (1987) refine in O(n log n), but here a few rounds suffice.
func (e *emitter) mergeEqualSchemas() {
	g := e.graph
	cs := slices.SortedFunc(maps.Keys(e.uses), func(a, b int32) int { // responses before requests
		return cmp.Or(cmp.Compare(g.clusters[a].domain, g.clusters[b].domain), cmp.Compare(a, b))
	})
	written := make(map[int32]*Schema, len(cs))
	e.refersToAll = true
	for _, c := range cs {
		written[c] = e.clusterSchema(c)
	}
	e.refersToAll = false
	blocks := e.initialBlocks(cs, written)
	// Each round splits the blocks by the blocks of the references. It ends when their number does
	// not change.
	for blockCount := 0; ; {
		next := make(map[int32]uint64, len(blocks))
		distinct := map[uint64]bool{}
		for c, block := range blocks {
			next[c] = bottomk.Pair(block, written[c].hash(blocks))
			distinct[next[c]] = true
		}
		blocks = next
		if len(distinct) == blockCount {
			break
		}
		blockCount = len(distinct)
	}
	representatives := map[uint64][]int32{}
	for _, c := range cs {
		rs := representatives[blocks[c]]
		if i := slices.IndexFunc(rs, func(r int32) bool { return !g.haveOtherNeeds(c, r) }); i >= 0 {
			e.represent(c, rs[i])
			continue
		}
		representatives[blocks[c]] = append(rs, c)
	}
}

// represent writes target in place of c.
func (e *emitter) represent(c, target int32) {
	e.representative[c] = target
	e.graph.clusters[target].positions = append(e.graph.clusters[target].positions, e.graph.clusters[c].positions...)
	e.graph.joinRepeats(c, target)
}

// minSameInOwner is how many records under one owner must be equal to be merged despite different
// names.
const minSameInOwner = 3

// initialBlocks returns the blocks before schemas are compared. Records of one or two properties
// that hold no other record are often equal by chance, so they must also have equal names or occur
// several times under one owner. Alternatives start in one block per tag name.
func (e *emitter) initialBlocks(cs []int32, written map[int32]*Schema) map[int32]uint64 {
	g := e.graph
	n := newNamer(g, e.tagNames)
	ownerHash := func(c int32) uint64 {
		return bottomk.Pair(uint64(e.graph.soleOwner(c)), written[c].hash(nil))
	}
	count := map[uint64]int{}
	for _, c := range cs {
		if e.tagNames[c] == "" && len(g.clusters[c].members) == 2 && g.soleOwner(c) >= 0 {
			count[ownerHash(c)]++
		}
	}
	blocks := make(map[int32]uint64, len(cs))
	for _, c := range cs {
		switch {
		case e.tagNames[c] != "":
			blocks[c] = bottomk.Hash("tag " + e.tagNames[c])
		case len(g.clusters[c].members) >= 3 || g.holdsRecords(c):
			blocks[c] = 0
		case len(g.clusters[c].members) == 2 && g.soleOwner(c) >= 0 && count[ownerHash(c)] >= minSameInOwner:
			blocks[c] = ownerHash(c)
		default:
			name := n.baseName(c)
			blocks[c] = bottomk.Hash(strings.TrimSuffix(name, n.suffix(c, name)))
		}
	}
	return blocks
}

// holdsRecords reports whether a member of a cluster is, or lists, a record with properties.
func (g *graph) holdsRecords(c int32) bool {
	return slices.ContainsFunc(g.clusters[c].members, func(m member) bool {
		p := g.findPosition(m.position)
		for g.positions[p].items >= 0 && len(g.clustersAt(p)) == 0 {
			p = g.findPosition(g.positions[p].items)
		}
		return slices.ContainsFunc(g.clustersAt(p), func(r int32) bool { return len(g.clusters[r].members) > 0 })
	})
}

// soleOwner returns the cluster that holds all positions of c, or -1 if there is none or several.
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

// hash returns a hash of what a schema admits. A reference counts as the block it leads to.
func (s *Schema) hash(blocks map[int32]uint64) uint64 {
	if s == nil {
		return 1
	}
	h := uint64(s.Kind) << 1
	if s.Nullable {
		h |= 1
	}
	if s.clusterRef != 0 {
		h = bottomk.Pair(h, blocks[s.clusterRef-1])
	}
	h = bottomk.Pair(h, bottomk.Hash(s.Format))
	for _, v := range s.Enum {
		h = bottomk.Pair(h, bottomk.Hash(v))
	}
	for _, p := range s.Properties {
		h = bottomk.Pair(bottomk.Pair(h, bottomk.Hash(p.Name)), p.Schema.hash(blocks))
		if p.Required {
			h++
		}
	}
	h = bottomk.Pair(bottomk.Pair(h, s.Additional.hash(blocks)), s.Items.hash(blocks))
	for i, list := range [][]*Schema{s.Prefix, s.AnyOf, s.OneOf} {
		h = bottomk.Pair(h, uint64(i))
		for _, x := range list {
			h = bottomk.Pair(h, x.hash(blocks))
		}
	}
	if d := s.Discriminator; d != nil {
		h = bottomk.Pair(h, bottomk.Hash(d.Property))
	}
	return h
}
