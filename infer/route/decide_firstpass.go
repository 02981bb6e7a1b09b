package route

import "github.com/spectap/spectap/infer/bottomk"

// firstPass holds what the first pass of decisions found, as evidence for the second. A segment
// that is a value below one prefix is likely a value below another, and more likely below the same
// noun.
type firstPass struct {
	valuePrefixes   map[uint64]prefixSet // by hash of the segment
	valuesByNoun    map[uint64]prefixSet // by hashes of the noun above and of the segment
	literalPrefixes map[uint64]prefixSet // by hash of the segment
	literalsByNoun  map[uint64]prefixSet // by hashes of the noun above and of the segment
	parameterPairs  map[uint64]prefixSet // by hashes of two values of adjacent parameters
}

// prefixSet is a set of template prefixes, by signature.
type prefixSet map[uint64]struct{}

// elsewhere counts the prefixes other than the given one.
func (p prefixSet) elsewhere(here uint64) int {
	n := len(p)
	if _, ok := p[here]; ok {
		n--
	}
	return n
}

// addPrefix adds a prefix to the set of k.
func addPrefix[K comparable](m map[K]prefixSet, k K, at uint64) {
	if m[k] == nil {
		m[k] = prefixSet{}
	}
	m[k][at] = struct{}{}
}

// summarizePass collects the results of a pass.
func (d *decider) summarizePass() *firstPass {
	k := &firstPass{valuePrefixes: map[uint64]prefixSet{}, valuesByNoun: map[uint64]prefixSet{}, literalsByNoun: map[uint64]prefixSet{},
		literalPrefixes: map[uint64]prefixSet{}, parameterPairs: map[uint64]prefixSet{}}
	done := map[*level]bool{}
	for _, x := range d.drafts {
		for _, p := range x.path {
			if done[p] || x.overflow {
				continue
			}
			done[p] = true
			at := p.parent.signature()
			if !p.isParameter() {
				if p.isCertainLiteral() {
					addPrefix(k.literalPrefixes, bottomk.Hash(p.literal), at)
					if !p.parent.isParameter() {
						addPrefix(k.literalsByNoun, bottomk.Pair(p.parent.nearestNoun(), bottomk.Hash(p.literal)), at)
					}
				}
				continue
			}
			noun := p.parent.nearestNoun()
			p.eachPair(func(a, b uint64) { addPrefix(k.parameterPairs, bottomk.Pair(a, b), at) })
			for _, c := range p.members {
				if c.ownNode {
					addPrefix(k.valuePrefixes, c.hash, at)
					addPrefix(k.valuesByNoun, bottomk.Pair(noun, c.hash), at)
				}
			}
		}
	}
	return k
}

// nearestNoun returns the hash of the nearest literal above. Servers that ignore case have clients
// that write one noun in several ways: resourceGroups and resourcegroups.
func (l *level) nearestNoun() uint64 { return lowerHash(l.nearestLiteral()) }

// eachPair yields each value of this parameter with each value of the parameter directly above it
// that it follows.
func (l *level) eachPair(yield func(above, here uint64)) {
	if l.parent == nil || !l.parent.isParameter() {
		return
	}
	for _, a := range l.parent.members {
		if !a.ownNode {
			continue
		}
		for _, n := range a.nodes {
			for _, c := range l.members {
				if c.ownNode && n.children[c.label] != nil {
					yield(a.hash, c.hash)
				}
			}
		}
	}
}
