package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// minDotted is the least number of dotted names that make each other values, unless each has three
// words.
const minDotted = 3

// findDotted returns the names of a level below a parameter that consist of three words or more
// joined by dots, or of two with the first in common, if there are no others but identifiers:
// rooms/7/state/m.room.name, m.room.topic and m.room.power_levels. Procedures are called so, too
// (chat.postMessage), but do not stand below a parameter, and end in a verb.
func findDotted(parent *level, all []*candidate) map[*candidate]bool {
	if !parent.hasParameterAbove() || parent.isParameter() {
		return nil
	}
	out := map[*candidate]bool{}
	first, parts, fewest := "", 0, maxSegments
	for _, c := range all {
		if c.refused || c.isStrong() {
			continue
		}
		words := strings.Split(c.decoded, ".")
		if !c.ownNode || len(words) < 2 || strings.Contains(c.decoded, "..") || noun.IsVerb(words[len(words)-1]) ||
			first != "" && words[0] != first || len(words) == 2 && fileExtension(c.decoded) != "" {
			return nil
		}
		first, parts = words[0], max(parts, len(words))
		fewest = min(fewest, len(words))
		out[c] = true
	}
	if fewest < 3 && len(out) < minDotted || parts < 3 {
		return nil
	}
	return out
}

// weighDotted adds the evidence from dotted names beside a dotted name.
func (d *decider) weighDotted(c *candidate, s *siblings) {
	if !s.dotted[c] {
		return
	}
	c.addEvidence("is a dotted name, as all its siblings", d.weights.Dotted, int64(len(s.dotted)))
	c.witness = true
}
