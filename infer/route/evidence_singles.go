package route

import "github.com/spectap/spectap/infer/noun"

const (
	// minSingles is the least number of names after a parameter that make each other values because
	// none of them recurs.
	minSingles = 5
	// minSingleParents is the least number of values of this parameter.
	minSingleParents = 3
)

// findSingles returns the names at the end of paths after a parameter, if nearly all of them follow
// one of its values only and are no words: symbol/human/BRAF2, symbol/mouse/TP53. Subresources are
// words, and recur.
func findSingles(parent *level, all []*candidate) map[*candidate]bool {
	if !parent.isParameter() || len(parent.nodes) < minSingleParents {
		return nil
	}
	out, names := map[*candidate]bool{}, 0
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		names++
		isWord := c.isWordLike() && !isAllCaps(c.decoded) || c.shape == shapeVersion || c.prefix != "" || noun.IsPlural(c.decoded)
		if c.isLeaf && len(c.nodes) == 1 && !isWord && !isMarkedWord(c.decoded) {
			out[c] = true
		}
	}
	if len(out) < minSingles || 4*len(out) < 3*names {
		return nil
	}
	return out
}

// weighSingles adds the evidence from names that do not recur.
func (d *decider) weighSingles(c *candidate, s *siblings) {
	if !s.singles[c] {
		return
	}
	c.addEvidence("follows one value only, as other names here that are no words", d.weights.Singles, int64(len(s.singles)))
	c.witness = true
}
