package route

import "github.com/spectap/spectap/infer/noun"

// minNested is the least number of siblings that make each other names by the words after them.
const minNested = 4

// weighNested adds evidence from the words that follow the names of a level and those of its
// siblings alike.
func (d *decider) weighNested(c *candidate, s *siblings) {
	switch {
	case s.nested[c]:
		c.addEvidence("names follow it, and the same words follow these as elsewhere", d.weights.Nested, int64(len(s.nested)))
	case s.owned[c]:
		c.addEvidence("follows one value only, and the same words follow its siblings", d.weights.Nested, int64(len(s.owned)))
	default:
		return
	}
	c.witness = true
}

// findNested returns the candidates below a plural noun that are followed by names of their own, if
// the same words follow these: repos/ann/alpha/issues, repos/bob/beta/issues.
func (d *decider) findNested(parent *level, compared []*candidate) map[*candidate]bool {
	if parent.isParameter() || parent.literal == "" || !noun.IsPlural(parent.literal) {
		return nil
	}
	names := map[string]int{}
	for _, c := range compared {
		for label := range c.nextWords() {
			names[label]++
		}
	}
	return d.withCommonWords(compared, func(c *candidate) map[string]bool {
		words := map[string]bool{}
		for _, n := range c.nodes {
			for label, k := range n.children {
				if names[label] != 1 || d.labelUses[label] > 1 || noun.IsPlural(label) || len(n.methods) > 0 {
					return nil
				}
				addWords(words, k)
			}
		}
		return words
	})
}

// findOwned returns the candidates after a parameter that follow one of its values only, if the
// same words follow them: {owner}/alpha/issues, {owner}/beta/issues. Subresources recur.
func (d *decider) findOwned(parent *level, compared []*candidate) map[*candidate]bool {
	if !parent.isParameter() || len(parent.nodes) < minNested {
		return nil
	}
	return d.withCommonWords(compared, func(c *candidate) map[string]bool {
		words := map[string]bool{}
		if len(c.nodes) == 1 {
			addWords(words, c.nodes[0])
		}
		return words
	})
}

// addWords adds the labels below a node that are words of the API.
func addWords(words map[string]bool, n *node) {
	for label := range n.children {
		if label != "" && label[0] != sharedMark && shapeOf(label) == shapeWord {
			words[label] = true
		}
	}
}

// withCommonWords returns the names among the candidates of which most words also follow two other
// names, if there are minNested or more.
func (d *decider) withCommonWords(all []*candidate, wordsOf func(*candidate) map[string]bool) map[*candidate]bool {
	uses, words := map[string]int{}, map[*candidate]map[string]bool{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || noun.IsPlural(c.decoded) || commonLiterals[c.decoded] || d.beforeID[c.label] > 0 {
			continue
		}
		if w := wordsOf(c); len(w) > 0 {
			words[c] = w
			for label := range w {
				uses[label]++
			}
		}
	}
	out := map[*candidate]bool{}
	for c, w := range words {
		common := 0
		for label := range w {
			common += boolToInt(uses[label] > 2)
		}
		if 2*common >= len(w) {
			out[c] = true
		}
	}
	if len(out) < minNested {
		return nil
	}
	return out
}
