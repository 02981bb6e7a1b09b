package route

import "strings"

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
	case strings.HasPrefix(c.decoded, "_") && isMarkedWord(c.decoded):
		c.addEvidence("begins with an underscore, as words beside names do", d.weights.Marked, 1)
	case s.beforeMarked[c]:
		c.addEvidence("only words behind an underscore follow it, as its siblings", d.weights.BeforeMarked, int64(len(s.beforeMarked)))
		c.witness = true
	}
}

// findBeforeMarked returns the candidates that are followed by marked words only, if identifiers
// follow these after two candidates or more: products/_doc/7 and orders/_doc/9. What else would
// the collection be called that the identifiers belong to?
func findBeforeMarked(all []*candidate) map[*candidate]bool {
	out, withIDs := map[*candidate]bool{}, 0
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
				} else {
					marked = -maxChildren
				}
			}
		}
		if marked > 0 {
			out[c] = true
			withIDs += boolToInt(ids)
		}
	}
	if withIDs < 2 {
		return nil
	}
	return out
}
