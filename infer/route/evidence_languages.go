package route

// minLanguages is the least number of languages of a level that the same segment follows.
const minLanguages = 2

// findLanguagesAlike returns the codes of languages at a level that another one shares a following
// segment with, whatever else stands there: de/pages and en/pages beside login.
func findLanguagesAlike(all []*candidate) map[*candidate]bool {
	uses := map[uint64]int{}
	for _, c := range all {
		if c.ownNode && isLanguage(c.decoded) {
			countHashes(uses, c.nextLabels)
		}
	}
	out := map[*candidate]bool{}
	for _, c := range all {
		if !c.ownNode || !isLanguage(c.decoded) {
			continue
		}
		for h := range c.nextLabels {
			if uses[h] >= minLanguages {
				out[c] = true
			}
		}
	}
	return out
}

// weighLanguagesAlike adds the evidence from languages that the same segment follows.
func (d *decider) weighLanguagesAlike(c *candidate, s *siblings) {
	if s.languagesAlike[c] && !s.areCodes {
		c.addEvidence("a language, and what follows it follows another one", d.weights.Tenants, int64(len(s.languagesAlike)))
		c.witness = true
	}
}
