package route

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// minTypes is the least number of collections below one plural noun that are types of one record.
const minTypes = 3

// envelopeWords are properties of envelopes, of which the record is a part.
var envelopeWords = func() hashSet {
	out := hashSet{}
	for _, w := range []string{"data", "result", "results", "payload", "response", "body", "content", "value", "items"} {
		out[sketch.Hash(w)] = struct{}{}
	}
	return out
}()

// recordShape returns the shape of the answers to the identifiers below a node, or 0 if there are
// none, they differ, or they are envelopes.
func (n *node) recordShape() uint64 {
	shape := uint64(0)
	for label, k := range n.children {
		if label == "" || label[0] != sharedMark || len(k.topProperties.hashes) < 2 {
			continue
		}
		for _, p := range k.topProperties.hashes {
			if _, ok := envelopeWords[p]; ok {
				return 0
			}
		}
		s := answerShape(k.topProperties.hashes)
		if shape != 0 && s != shape {
			return 0
		}
		shape = s
	}
	return shape
}

// findTypes returns the names directly below a plural noun that are followed by identifiers, if the
// answers to these have the same properties whatever the name is, and hardly any other path has
// such answers: objects/contacts/7, objects/deals/9. The names select types of one record.
// Collections have records of their own.
func (d *decider) findTypes(parent *level, all []*candidate) map[*candidate]bool {
	if parent.literal == "" || parent.isParameter() || !noun.IsPlural(parent.literal) || isCollective(parent.literal) ||
		len(all) > maxComparedSiblings || parent.isPrefix() || slices.ContainsFunc(all, (*candidate).isIDOfRecord) {
		return nil
	}
	byShape := map[uint64]map[*candidate]bool{}
	nodes, collections := map[uint64]int{}, 0
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		for _, n := range c.nodes {
			if s := n.recordShape(); s != 0 {
				if byShape[s] == nil {
					byShape[s] = map[*candidate]bool{}
				}
				byShape[s][c] = true
				nodes[s]++
				collections++
			}
		}
	}
	for s, names := range byShape {
		if len(names) >= minTypes && nodes[s] == collections && 4*nodes[s] >= d.shapeUses[s] {
			return names
		}
	}
	return nil
}

// isIDOfRecord reports whether a candidate is an identifier that is answered with one record. The
// names beside it are then no types, which lists are asked for.
func (c *candidate) isIDOfRecord() bool {
	return c.isStrong() && c.getBodies > 0 && c.listResponses == 0
}

// weighTypes adds the evidence from records that do not depend on the name.
func (d *decider) weighTypes(c *candidate, s *siblings) {
	if s.knownNames > 0 && c.ownNode && len(d.firstPass.valuePrefixes[c.hash]) > 0 {
		c.addEvidence("the names here are values of one parameter elsewhere", d.weights.KnownNames, int64(s.knownNames))
		c.witness = true
	}
	if !s.types[c] || c.otherValue {
		return
	}
	c.addEvidence("identifiers below it and below its siblings are answered with one record", d.weights.Types, int64(len(s.types)))
	c.witness = true
}

// minKnownNames is the least number of names of a level that one parameter elsewhere must have.
const minKnownNames = 2

// countKnownNames returns how many names of a level are values of one parameter elsewhere, if three
// of four are: properties/contacts and properties/deals beside objects/{…} of contacts, deals and
// tickets. Plurals count below a plural noun, and elsewhere if all names, three or more, are such
// values, and identifiers below them are answered with one record (document/users/7,
// document/orders/9 beside collection/{…}).
func (d *decider) countKnownNames(parent *level, all []*candidate) int {
	if d.firstPass == nil || parent.parent == nil || parent.isVersion && parent.depth < 2 {
		return 0
	}
	belowPlural := parent.isBelowPlural()
	names, here := 0, parent.signature()
	uses, withPlurals, records := map[uint64]int{}, map[uint64]int{}, map[uint64]bool{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		if !belowPlural && (noun.IsVerb(c.decoded) || commonLiterals[c.decoded]) { // an environment is called test, too
			continue
		}
		names++
		counts := belowPlural || !noun.IsPlural(c.decoded)
		for at := range d.firstPass.valuePrefixes[c.hash] {
			if at != here {
				withPlurals[at]++
				uses[at] += boolToInt(counts)
			}
		}
		for _, n := range c.nodes {
			if r := n.recordShape(); r != 0 {
				records[r] = true
			}
		}
	}
	best := 0
	for at, n := range withPlurals {
		best = max(best, uses[at])
		if n == names && names >= minTypes && len(records) == 1 && !parent.isPrefix() {
			best = names
		}
	}
	if best < minKnownNames || 4*best < 3*names {
		return 0
	}
	return best
}
