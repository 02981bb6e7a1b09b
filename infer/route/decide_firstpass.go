package route

import "github.com/spectap/spectap/infer/sketch"

// knowledge is what one pass of decisions teaches the next: segments that are values in one place are likely
// values in another, and below the same noun more so.
type firstPass struct {
	valuePrefixes       map[uint64]prefixSet // by the segment's hash
	valuesByNoun        map[uint64]prefixSet // by the hashes of the noun above and the segment
	literalPrefixes     map[uint64]prefixSet // by the segment's hash
	nounsBeforeParams   map[string]prefixSet // nouns that have a parameter below
	nounsBeforeLiterals map[string]prefixSet // nouns that have only literals below
	parameterPairs      map[uint64]prefixSet // values of parameters one right below the other
}

// placesOf are the places of something, by their literals.
type prefixSet map[uint64]struct{}

// elsewhere counts the places other than the one given.
func (p prefixSet) elsewhere(here uint64) int {
	n := len(p)
	if _, ok := p[here]; ok {
		n--
	}
	return n
}

func addPrefix[K comparable](m map[K]prefixSet, k K, at uint64) {
	if m[k] == nil {
		m[k] = prefixSet{}
	}
	m[k][at] = struct{}{}
}

// learn sums up a pass.
func (d *decider) summarizePass() *firstPass {
	k := &firstPass{map[uint64]prefixSet{}, map[uint64]prefixSet{}, map[uint64]prefixSet{}, map[string]prefixSet{}, map[string]prefixSet{}, map[uint64]prefixSet{}}
	done := map[*mergedNode]bool{}
	for _, x := range d.drafts {
		for _, p := range x.path {
			if done[p] || x.overflow {
				continue
			}
			done[p] = true
			at := p.parent.signature()
			if !p.isParameter() {
				if p.isCertainLiteral() {
					addPrefix(k.literalPrefixes, sketch.Hash(p.literal), at)
				}
				if !p.parent.isParameter() && p.parent.literal != "" {
					addPrefix(k.nounsBeforeLiterals, p.parent.literal, at)
				}
				continue
			}
			noun := sketch.Hash(p.parent.nearestLiteral())
			if !p.parent.isParameter() && p.parent.literal != "" {
				addPrefix(k.nounsBeforeParams, p.parent.literal, at)
			}
			p.eachPair(func(a, b uint64) { addPrefix(k.parameterPairs, sketch.Pair(a, b), at) })
			for _, c := range p.members {
				if c.ownNode {
					addPrefix(k.valuePrefixes, c.hash, at)
					addPrefix(k.valuesByNoun, sketch.Pair(noun, c.hash), at)
				}
			}
		}
	}
	return k
}

// eachPair yields the values that stand here with the values of the parameter right above them.
func (m *mergedNode) eachPair(yield func(above, here uint64)) {
	if m.parent == nil || !m.parent.isParameter() {
		return
	}
	for _, a := range m.parent.members {
		if !a.ownNode {
			continue
		}
		for _, n := range a.nodes {
			for _, c := range m.members {
				if c.ownNode && n.children[c.label] != nil {
					yield(a.hash, c.hash)
				}
			}
		}
	}
}
