package route

import (
	"maps"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

const (
	// minHeld is the least number of candidates that the answers hold in one property.
	minHeld = 2
	// minHolding is the least number of these answers. A few may hold a segment by chance.
	minHolding = 4
)

// findHeldIn returns the top-level properties in which half of the answers to each of two
// candidates or more, or to the paths below them, hold these, with their number: cards/neo/7
// answers "set": "neo". Properties that identify or name things may do so for something below.
func findHeldIn(all []*candidate) map[string]int {
	out, holding := map[string]int{}, map[string]int64{}
	for _, c := range all {
		for _, name := range c.echoFields {
			isOther := classOf(fieldTail(name), false)&(classIDField|classNameField) == 0
			if n := c.echoCounts[name]; isOther && !strings.HasSuffix(name, "[]") && 2*n >= c.responses {
				out[name]++
				holding[name] += n
			}
		}
	}
	maps.DeleteFunc(out, func(name string, n int) bool { return n < minHeld || holding[name] < minHolding })
	return out
}

// weighOtherValue counts a word that no answer holds, if the answers have the property that holds
// its siblings: cards/arena/7 answers "set": "dmu". The property tells what the siblings are, and
// that the word is none of these.
func (d *decider) weighOtherValue(c *candidate, s *siblings) {
	if len(s.heldIn) == 0 || !c.ownNode || c.isStrong() || s.aliases[c] {
		return
	}
	for _, name := range c.echoFields {
		if s.heldIn[name] > 0 {
			if classOf(fieldTail(name), false)&classVocabulary == 0 && !noun.IsPlural(c.decoded) {
				c.addEvidence("answers hold it in the property that holds its siblings", d.weights.LikeIDs, c.echoCounts[name])
				c.witness = true
			}
			return
		}
	}
	held := 0
	for name, n := range s.heldIn {
		if c.hasPropertyBelow(sketch.Hash(fieldTail(name))) {
			held = max(held, n)
		}
	}
	if held > 0 {
		c.addEvidence("the property that holds its siblings holds another value", d.weights.OtherValue, int64(held))
		c.otherValue = true
	}
}

// hasPropertyBelow reports whether the answers to a candidate, or to what is below it, have a
// property at the top level.
func (c *candidate) hasPropertyBelow(property uint64) bool {
	for _, n := range c.nodes {
		if n.hasProperty(property) {
			return true
		}
	}
	return false
}

// hasProperty reports whether the answers at or below a node have a property at the top level.
func (n *node) hasProperty(property uint64) bool {
	for _, h := range n.topProperties.hashes {
		if h == property {
			return true
		}
	}
	for _, k := range n.children {
		if k.hasProperty(property) {
			return true
		}
	}
	return false
}
