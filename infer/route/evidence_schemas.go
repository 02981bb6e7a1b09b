package route

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// schemaNouns name, in the singular, what the users of an API define: what stands below is the name
// of one.
var schemaNouns = set("table", "object", "entity", "class", "collection", "record", "sobject", "dataset", "index", "schema", "objecttype")

// minSchemas is the least number of names below such a noun.
const minSchemas = 2

// findSchemas returns the names below a noun for what users define, if identifiers follow two of
// them, all that is followed is answered alike, and nothing else stands there:
// table/incident/17 and table/change_request/23. Answers are alike if they have the same
// properties, of envelopes, too. If they have none, three names are needed. Three names are also
// values if a subresource follows each that follows another, and the names themselves are answered
// alike: collections/lakes/items and collections/rivers/items.
func (d *decider) findSchemas(parent *level, all []*candidate) map[*candidate]bool {
	if parent.literal == "" || parent.isParameter() || !schemaNouns[noun.Fold(noun.Singular(parent.literal))] ||
		len(all) > maxComparedSiblings || parent.isPrefix() {
		return nil
	}
	out, withIDs := map[*candidate]bool{}, 0
	var own, below []uint64
	for _, c := range all {
		if !c.ownNode || c.isStrong() || c.refused || commonLiterals[c.decoded] || isMarkedWord(c.decoded) || noun.IsVerb(c.decoded) {
			continue
		}
		ids := false
		for _, n := range c.nodes {
			own = addShape(own, n)
			for label, k := range n.children {
				if label != "" && label[0] == sharedMark {
					ids = true
					below = addShape(below, k)
				}
			}
		}
		out[c] = true
		withIDs += boolToInt(ids)
	}
	if withIDs >= minSchemas && len(below) <= 1 && (len(below) > 0 || withIDs > minSchemas) && len(own) <= 2 {
		return out
	}
	if sharing := withSharedWords(out); len(own) < 2 && len(sharing) >= minShared {
		return sharing
	}
	return nil
}

// minShared is the least number of names below such a noun that have subresources in common.
const minShared = 3

// withSharedWords returns the names that are followed by a word that follows another of them, too.
func withSharedWords(names map[*candidate]bool) map[*candidate]bool {
	uses := map[string]int{}
	for c := range names {
		for label := range c.nextWords() {
			uses[label]++
		}
	}
	out := map[*candidate]bool{}
	for c := range names {
		for label := range c.nextWords() {
			if uses[label] > 1 {
				out[c] = true
			}
		}
	}
	return out
}

// addShape adds the hash of the top-level properties of the answers at a node to a set.
func addShape(shapes []uint64, n *node) []uint64 {
	h := hashProperties(n.topProperties.hashes)
	if len(n.topProperties.hashes) == 0 || slices.Contains(shapes, h) {
		return shapes
	}
	return append(shapes, h)
}

// weighSchemas adds the evidence from nouns for what users define.
func (d *decider) weighSchemas(c *candidate, s *siblings) {
	if s.schemas[c] && !c.otherValue {
		c.addEvidence("names what users define, as its siblings do, and is answered like these", d.weights.Types, int64(len(s.schemas)))
		c.witness = true
	}
}

// areGroupsInCapitals reports whether two constants or more of a level group parts of the API: they
// were never requested themselves, two words or more follow each, which are no constants, and none
// of these follows another.
func areGroupsInCapitals(all []*candidate) bool {
	groups, uses := 0, map[uint64]int{}
	for _, c := range all {
		if !c.ownNode || !isAllCaps(c.decoded) {
			continue
		}
		if c.requests > 0 || len(c.nextLabels) < 2 {
			return false
		}
		groups++
		for _, n := range c.nodes {
			for label := range n.children {
				if isAllCaps(label) || len(label) == 2 && label[0] == sharedMark {
					return false
				}
			}
		}
		countHashes(uses, c.nextLabels)
	}
	for _, n := range uses {
		if n > 1 {
			return false
		}
	}
	return groups > 1
}
