package route

import "github.com/spectap/spectap/infer/sketch"

// isMarkedWord reports whether a segment is a word behind an underscore or a dollar sign, such as
// _search and $validate. An API marks its words so where the names of its users could stand.
func isMarkedWord(s string) bool {
	if len(s) < 3 || s[0] != '_' && s[0] != '$' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLetter(s[i]) && (s[i] != '_' && s[i] != '-' || i == 1) {
			return false
		}
	}
	return true
}

// weighMarked adds the evidence from marked words.
func (d *decider) weighMarked(c *candidate, s *siblings) {
	switch {
	case !c.ownNode || c.isStrong():
	case isMarkedWord(c.decoded):
		c.addEvidence("begins with an underscore or a dollar sign, as words beside names do", d.weights.Marked, 1)
	case c.hasNext("-"):
		c.addEvidence("a dash separates it from words of the API", d.weights.BeforeMarked, 1)
		c.witness = true
	case s.beforeMarked[c]:
		c.addEvidence("only words behind an underscore follow it, as its siblings", d.weights.BeforeMarked, int64(len(s.beforeMarked)))
		c.witness = true
	}
}

// hasNext reports whether a segment directly follows a candidate.
func (c *candidate) hasNext(label string) bool {
	_, ok := c.nextLabels[sketch.Hash(label)]
	return ok
}

// findBeforeMarked returns the candidates that are followed by marked words only, in three cases.
// Identifiers follow these after two candidates or more: products/_doc/7 and orders/_doc/9. What
// else would the collection be called that the identifiers belong to? Two marked words or more
// stand beside the candidates (_all_dbs), which identifiers may then follow, too. Or a marked word
// stands above them: _design/app/_view.
func findBeforeMarked(parent *level, all []*candidate) map[*candidate]bool {
	out, withIDs, marks := map[*candidate]bool{}, 0, 0
	for _, c := range all {
		if isMarkedWord(c.decoded) {
			marks++
		}
	}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || len(c.nextLabels) == 0 || isMarkedWord(c.decoded) {
			continue
		}
		marked, ids := 0, false
		for _, n := range c.nodes {
			for label, k := range n.children {
				if isMarkedWord(label) {
					marked++
					ids = ids || k.hasMostlyIDsBelow()
				} else if marks < 2 || label != "" && label[0] != sharedMark {
					marked = -maxChildren
				}
			}
		}
		if marked > 0 {
			out[c] = true
			withIDs += boolToInt(ids)
		}
	}
	if withIDs < 2 && marks < 2 && !isMarkedWord(parent.literal) {
		return nil
	}
	return out
}
