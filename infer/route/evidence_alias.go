package route

import "github.com/spectap/spectap/infer/noun"

// minAliasPaths is the least number of methods and paths that a word must share with the
// identifiers beside it to be another name for one of them.
const minAliasPaths = 3

// findAliases returns the words of a level that have the subresources of the identifiers beside
// them and hardly any of their own: calendars/primary/events beside calendars/17/events. Each
// stands for one of the items. A special item (users/me/settings) has subresources that no other
// has.
func findAliases(all []*candidate) map[*candidate]bool {
	suffixes, masked, depths := hashSet{}, hashSet{}, hashSet{} // of the identifiers
	for _, c := range all {
		if c.isStrong() {
			addHashes(suffixes, c.suffixes)
			addHashes(masked, c.maskedSuffixes)
			addHashes(depths, c.nextDepths)
		}
	}
	out := map[*candidate]bool{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || c.isLeaf || c.shape == shapeVersion || isMarkedWord(c.decoded) || noun.IsPlural(c.decoded) {
			continue
		}
		if isMostlyIn(c.suffixes, suffixes) || isMostlyIn(c.maskedSuffixes, masked) || isMostlyIn(c.nextDepths, depths) {
			out[c] = true
		}
	}
	return out
}

// addHashes adds the elements of a set to another one.
func addHashes(to, from hashSet) {
	for h := range from {
		to[h] = struct{}{}
	}
}

// isMostlyIn reports whether four of five elements of a set, and at least minAliasPaths, are in
// another one.
func isMostlyIn(set, other hashSet) bool {
	n := 0
	for h := range set {
		if _, ok := other[h]; ok {
			n++
		}
	}
	return n >= minAliasPaths && 5*n >= 4*len(set)
}

// weighAlias adds the evidence from the subresources of the identifiers beside a word.
func (d *decider) weighAlias(c *candidate, s *siblings) {
	if !s.aliases[c] {
		return
	}
	c.addEvidence("has the subresources of the identifiers beside it, and none of its own", d.weights.Alias, int64(len(c.nextDepths)))
	c.witness = true
}
