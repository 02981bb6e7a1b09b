package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// minAliasPaths is the least number of methods and paths that a word must share with the
// identifiers beside it to be another name for one of them.
const minAliasPaths = 3

// findAliases returns the words of a level that have the subresources of the identifiers beside
// them and hardly any of their own: calendars/primary/events beside calendars/17/events. Each
// stands for one of the items. A special item (users/me/settings) has subresources that no other
// has. If clients use the word for most calls, the identifiers have few subresources: that the word
// has these shows the same.
func findAliases(all []*candidate) map[*candidate]bool {
	suffixes, masked, depths, labels := hashSet{}, hashSet{}, hashSet{}, hashSet{} // of identifiers
	for _, c := range all {
		if c.isStrong() {
			addHashes(suffixes, c.suffixes)
			addHashes(masked, c.maskedSuffixes)
			addHashes(depths, c.nextDepths)
			addHashes(labels, c.nextLabels)
		}
	}
	named := pathsOfNumbered(all)
	out := map[*candidate]bool{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || c.isLeaf || c.shape == shapeVersion || isMarkedWord(c.decoded) ||
			noun.IsPlural(c.decoded) || selectorWords[c.decoded] || c.decoded == createWord {
			continue
		}
		if aliasWords[c.decoded] && len(c.suffixes) > 1 && 2*countCommon(c.suffixes, suffixes) >= len(c.suffixes) ||
			isMostlyIn(c.suffixes, suffixes) || isMostlyIn(c.maskedSuffixes, masked) ||
			isMostlyIn(c.nextDepths, depths) || isMostlyIn(suffixes, c.suffixes) ||
			isMostlyIn(labels, c.nextLabels) || haveManyInCommon(labels, c.nextLabels) ||
			haveManyInCommon(suffixes, c.suffixes) || haveManyInCommon(depths, c.nextDepths) ||
			c.isWordLike() && haveManyInCommon(c.suffixes, named) {
			out[c] = true
		}
	}
	return out
}

// createWord stands for an item that is yet to be made: documents/new/scan.
const createWord = "new"

// aliasWords stand for one of the items, if anything does. Two paths are enough for them.
var aliasWords = set("me", "self", "current", "primary", "default")

// pathsOfNumbered returns the methods and paths below names with digits in letters of both cases,
// as short identifiers have: s/XO9RqsI1. Products have such names in one case (s3, oauth2).
func pathsOfNumbered(all []*candidate) hashSet {
	out := hashSet{}
	for _, c := range all {
		if c.ownNode && c.shape == shapeDigits && strings.ToLower(c.decoded) != c.decoded && strings.ToUpper(c.decoded) != c.decoded {
			addHashes(out, c.suffixes)
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
	n := countCommon(set, other)
	return n >= minAliasPaths && 5*n >= 4*len(set)
}

// haveManyInCommon reports whether two sets have two thirds of the smaller one, and five elements,
// in common.
func haveManyInCommon(a, b hashSet) bool {
	n := countCommon(a, b)
	return n > minAliasPaths+1 && 3*n >= 2*min(len(a), len(b))
}

// countCommon counts the elements that two sets have in common.
func countCommon(a, b hashSet) int {
	n := 0
	for h := range a {
		if _, ok := b[h]; ok {
			n++
		}
	}
	return n
}

// weighAlias adds the evidence from the subresources of the identifiers beside a word.
func (d *decider) weighAlias(c *candidate, s *siblings) {
	if !s.aliases[c] {
		return
	}
	c.addEvidence("has the subresources of the identifiers beside it", d.weights.Alias, int64(len(c.nextDepths)))
	c.witness = true
}
