package route

import (
	"slices"

	"github.com/spectap/spectap/infer/english"
)

// findEndings returns the extensions of files that identifiers at the end of paths have:
// calendars/office/{…}.ics. Formats of data are none, as in users/search.json beside users/17.json.
func findEndings(all []*candidate) map[string]bool {
	out := map[string]bool{}
	for _, c := range all {
		if c.ownNode || c.refused || !c.isLeaf || c.prefix != "" {
			continue
		}
		if e := extensionOf(c.label); e != "" && e == c.suffix {
			out[e] = true
		}
	}
	return out
}

// weighEnding adds the evidence from identifiers with the extension of a name beside them.
func (d *decider) weighEnding(c *candidate, s *siblings) {
	if !c.ownNode || !c.isLeaf || c.isStrong() {
		return
	}
	if e := extensionOf(c.label); e != "" && s.endings[e] {
		c.addEvidence("identifiers beside it have the same extension of files", d.weights.Folder, 1)
		c.witness = true
	}
}

// minCapitals is the least number of letters of an identifier that has no digits by chance.
const minCapitals = 6

// weighCapitals counts a name in capitals that is no word, beside identifiers or another one:
// BGRNTLDPQX beside B07TXQ2M9Z. Identifiers of capitals and digits lack digits by chance.
func (d *decider) weighCapitals(c *candidate, s *siblings) {
	if s.lowerCaseAbove || !c.areCapitals() ||
		!s.hasServedIDs && !slices.ContainsFunc(s.compared, func(o *candidate) bool { return o != c && o.areCapitals() }) {
		return
	}
	c.addEvidence("capitals that are no word, beside identifiers", d.weights.Capitals, 1)
	c.witness = true
}

// areCapitals reports whether a segment consists of capitals that are no word.
func (c *candidate) areCapitals() bool {
	return c.ownNode && len(c.decoded) >= minCapitals && isAllCaps(c.decoded) && !english.Is(c.decoded)
}
