package route

import (
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// ruleAlike is the rule about answers with the same properties.
const ruleAlike = "answers have the same properties as its siblings'"

// answerShape hashes the top-level properties of the answers at a node, or returns 0 if there are
// fewer than two.
func answerShape(properties []uint64) uint64 {
	if len(properties) < 2 {
		return 0
	}
	return hashProperties(properties)
}

// hashProperties hashes top-level properties.
func hashProperties(properties []uint64) uint64 {
	h := uint64(len(properties))
	for _, p := range properties {
		h = sketch.Pair(h, p)
	}
	return h
}

// countShapes counts the nodes by the shape of their answers. A shape that many paths share is an
// envelope.
func (d *decider) countShapes(n *node) {
	if s := answerShape(n.topProperties.hashes); s != 0 {
		d.shapeUses[s]++
	}
	for _, k := range n.children {
		d.countShapes(k)
	}
}

// alike counts the names and identifiers beside c of which all answers have the shape of c's, if
// hardly any other path has it and none of them answers a list.
func (d *decider) alike(c *candidate, s *siblings) (names, ids int) {
	shape := c.shapeOfAnswers()
	if shape == 0 || c.listResponses > 0 {
		return 0, 0
	}
	nodes := 0
	for _, o := range s.compared {
		if o.listResponses > 0 || o.commonShape() != shape {
			continue
		}
		nodes += len(o.nodes)
		switch {
		case o == c:
		case o.ownNode:
			names++
		default:
			ids += o.distinctValues()
		}
	}
	if 4*nodes < 3*d.shapeUses[shape] && len(s.all) <= maxComparedSiblings {
		return 0, 0
	}
	return names, ids
}

// shapeOfAnswers returns the shape of all answers to a candidate, or 0 if they differ.
func (c *candidate) shapeOfAnswers() uint64 {
	if !c.ownNode {
		return 0
	}
	return c.commonShape()
}

// commonShape is shapeOfAnswers for identifiers, too.
func (c *candidate) commonShape() uint64 {
	if len(c.nodes) == 0 {
		return 0
	}
	shape := answerShape(c.nodes[0].topProperties.hashes)
	for _, n := range c.nodes[1:] {
		if answerShape(n.topProperties.hashes) != shape {
			return 0
		}
	}
	return shape
}

// weighAlike counts siblings with answers of the same shape. One plain word after another may well
// be names of measurements or settings, so words need a plural noun above and more of their kind.
func (d *decider) weighAlike(parent *level, c *candidate, s *siblings) {
	plain := c.prefix == "" && isPlainWord(c.decoded)
	if !c.ownNode || c.isStrong() || plain && noun.IsPlural(c.decoded) || noun.IsVerb(c.decoded) {
		return
	}
	if c.standsForVersion(parent, s) {
		c.addEvidence("is answered like the version numbers beside it", d.weights.Alias, 1)
		c.witness = true
		return
	}
	if commonLiterals[c.decoded] || s.procedures || selectorWords[c.decoded] && s.hasStrong {
		return
	}
	beginsPaths := parent.isPrefix() || parent.isVersion || versionParents[parent.literal]
	if !plain && (beginsPaths && d.isEnglishWord(c) || s.areCollections(d) && d.isPlural(c)) {
		return // operations and collections have one envelope
	}
	n, ids := d.alike(c, s)
	belowPlural := parent.isBelowPlural()
	least := 3
	switch {
	case plain && n > 0 && ids > 0:
	case plain:
		if least = 4; !belowPlural || isCollective(parent.literal) {
			return
		}
	case belowPlural:
		least = 1
	case s.unlikeWords > 1:
		least = 2
	}
	if n < least && (n < 1 || ids < 1) {
		return
	}
	c.addEvidence(ruleAlike, d.weights.Alike*min(1, 0.6+0.1*float64(n)), int64(n))
	c.witness = true
}

// isEnglishWord reports whether a candidate is one or several words of the language of the API:
// daysToSell.
func (d *decider) isEnglishWord(c *candidate) bool {
	return c.isWordLike() && c.shape != shapeOdd && !isMarkedWord(c.decoded) && !d.isUnknownWord(c)
}

// areCollections reports whether three of four names of a level, and three, are plural nouns:
// data/shop-orders, data/shop-payouts, data/card-charges.
func (s *siblings) areCollections(d *decider) bool {
	names, plurals := 0, 0
	for _, c := range s.compared {
		if c.ownNode && !c.isStrong() {
			names++
			plurals += boolToInt(d.isPlural(c))
		}
	}
	return plurals > 2 && 4*plurals >= 3*names
}

// minProcedures is the least number of names of procedures that a level is known by.
const minProcedures = 3

// areProcedures reports whether half of the names of a level, and three, are several words that
// begin or end with a verb: action/package_list, action/package_show. An envelope is alike for all
// procedures.
func areProcedures(all []*candidate) bool {
	names, procedures := 0, 0
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		names++
		if words := noun.Words(c.decoded); len(words) > 1 {
			procedures += boolToInt(noun.IsVerb(words[0]) || noun.IsVerb(words[len(words)-1]))
		}
	}
	return procedures >= minProcedures && 2*procedures >= names
}

// standsForVersion reports whether a word for the newest or present version stands beside version
// numbers, and its answers have their properties: codelist/freq/1.0 and codelist/freq/latest.
// Below a noun for versions these may be integers: subjects/order/versions/3. Beside other
// identifiers such a word is an operation of its own (releases/latest).
func (c *candidate) standsForVersion(parent *level, s *siblings) bool {
	numbered := !parent.isParameter() && versionNouns[noun.Fold(noun.Singular(parent.literal))]
	if !versionWords[c.decoded] || !s.hasStrong || !c.isLeaf && !numbered {
		return false
	}
	alike := false
	for _, o := range s.all {
		switch {
		case !o.isStrong() || o.refused:
		case !c.isLeaf:
			alike = alike || haveCommon(c.nextLabels, o.nextLabels)
		case o.shape != shapeDotted && !(numbered && o.shape == shapeInt):
			return false
		default:
			n := countCommon(c.topProperties, o.topProperties)
			alike = alike || n > 0 && 5*n >= 4*len(c.topProperties)
		}
	}
	return alike
}

// versionWords are words that stand for a version.
var versionWords = set("latest", "newest", "current", "stable", "head", "next")

// versionNouns are nouns, in the singular, of things that are numbered in turn.
var versionNouns = set("version", "revision", "generation", "edition")

// isPlainWord reports whether a segment is one word of lower-case letters.
func isPlainWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}

// isCollective reports whether a plural names one thing, such as settings and stats.
func isCollective(s string) bool { return noun.One(s) == s }
