package route

import "github.com/spectap/spectap/infer/sketch"

// eachBefore yields the members of a parameter that a candidate directly follows.
func (l *level) eachBefore(c *candidate, yield func(above *candidate)) {
	for _, above := range l.members {
		if !above.ownNode {
			continue
		}
		for _, n := range above.nodes {
			if n.children[c.label] != nil {
				yield(above)
				break
			}
		}
	}
}

// weighPairs looks for a candidate joined with a segment before it, as one value of a body or as
// two parameters elsewhere.
func (d *decider) weighPairs(parent *level, c *candidate, s *siblings) {
	if !c.ownNode || c.isStrong() || !parent.isParameter() || isMarkedWord(c.decoded) {
		return
	}
	joined, elsewhere := int64(0), int64(0)
	here := parent.signature()
	parent.eachBefore(c, func(above *candidate) {
		if v := d.tree.index.idValues.entries[hashPair(above.decoded, c.decoded)]; v != nil &&
			v.classes&(classIDField|classNameField|classOtherField) != 0 {
			joined++
		}
		if d.firstPass != nil && d.firstPass.parameterPairs[sketch.Pair(above.hash, c.hash)].elsewhere(here) > 0 {
			elsewhere++
		}
	})
	switch {
	case c.pairs > 0 || joined > 0:
		c.addEvidence(rulePair, d.weights.Pair, max(c.pairs, joined))
		if c.pairs > 0 && parent.parent.isParameter() && !d.isPlural(c) {
			c.addEvidence("two parameters above", d.weights.PairedName, c.pairs)
		}
		if c.pairs > 0 && (s.paired > 1 && !d.isPlural(c) || d.isUnknownWord(c)) {
			c.addEvidence("its siblings are joined so, too, or it is no English word", 2*d.weights.PairedName, int64(s.paired))
		}
	case elsewhere > 0:
		c.addEvidence("follows the same value elsewhere", d.weights.Pair, elsewhere)
	default:
		return
	}
	c.witness = true
}

// weighFirstPass adds the evidence from the first pass.
func (d *decider) weighFirstPass(parent *level, c *candidate, s *siblings) {
	k := d.firstPass
	if k == nil || !c.ownNode || c.isStrong() {
		return
	}
	w, here := d.weights, parent.signature()
	values, literals := k.valuePrefixes[c.hash].elsewhere(here), k.literalPrefixes[c.hash].elsewhere(here)
	switch {
	case values > literals:
		c.addEvidence("is a value of a parameter elsewhere", w.ValueElsewhere, int64(values))
		if parent.isParameter() || values > 1 || literals == 0 && s.hasStrong {
			c.witness = true
		}
	case literals > values:
		c.addEvidence("is a literal elsewhere", w.LiteralElsewhere, int64(literals))
	}
	below := sketch.Pair(parent.nearestNoun(), c.hash)
	if n, lits := k.valuesByNoun[below].elsewhere(here), k.literalsByNoun[below].elsewhere(here); lits > n && !parent.isParameter() {
		c.addEvidence("is a literal below the same noun elsewhere", w.LiteralBelowNoun, int64(lits))
	} else if n > 0 {
		c.addEvidence("is a value of a parameter below the same noun elsewhere", w.ValueBelowNoun, int64(n))
		c.witness = true
	}
	if !parent.isParameter() && parent.literal != "" {
		if n := k.nounsBeforeParams[parent.literal].elsewhere(here); n > 0 &&
			n > k.nounsBeforeLiterals[parent.literal].elsewhere(here) {
			c.addEvidence("a parameter follows this noun elsewhere", w.ParamAfterNoun, int64(n))
		}
	}
}
