package route

import "github.com/spectap/spectap/infer/noun"

// election finds the children of a place that are values of one parameter.
type selection struct {
	decider *decider
	parent  *mergedNode
	all     []*candidate
	// barred children are literals whatever speaks for them; chosen ones are values because a person said so.
	literals, parameters map[*candidate]bool
}

// pool returns the children that are values, in order.
func (d *decider) selectValues(parent *mergedNode, all []*candidate, s *siblings) []*candidate {
	sel := &selection{decider: d, parent: parent, all: all, literals: map[*candidate]bool{}, parameters: map[*candidate]bool{}}
	noParamAbove := !parent.hasParameterAbove()
	for _, c := range all {
		d.weigh(parent, c, s)
		if c.ownNode && c.decoded == "" || c.shape == shapeVersion && !isItemVersion(parent, c) || noParamAbove && (d.leadsToVersion(c) || d.isNumericAPIVersion(parent, c, all)) {
			sel.literals[c] = true
		}
		if o := d.correction(parent, c); o != nil && (c.ownNode || o.Parameter) {
			c.corrected = true
			sel.literals[c], sel.parameters[c] = o.Literal, o.Parameter
		}
	}
	members := sel.iterate()
	if len(members) < 4 {
		for c := range sel.similarNames(len(members) > 0) {
			members[c] = true
		}
	}
	var values []*candidate
	stats := newSiblingStats(all, members)
	for _, c := range all {
		if names, strong := stats.others(c); names+strong > 0 && !c.isStrong() && !sel.literals[c] {
			c.addEvidence("compared with the values beside it", d.affinity(c, stats), int64(names+strong))
		}
		if members[c] {
			values = append(values, c)
		}
	}
	return values
}

// rest says that a child stands for what a full node does not tell apart.
func (c *candidate) isOverflow() bool { return c.shape == shapeOverflow && c.prefix == "" }

// lacksWitness says that a child looks like a word of the API, and nothing but its company says otherwise.
func (c *candidate) lacksWitness() bool { return c.isWordLike() && !c.witness }

// certain says that a child is a value whatever the others are: a shared node has no text to be a literal by.
func (sel *selection) isCertain(c *candidate) bool {
	return !sel.literals[c] && !c.isOverflow() && (sel.parameters[c] || !c.ownNode)
}

// rounds begins with those that stand out by themselves and lets the members of each round judge all for the
// next, so that order cannot matter.
func (sel *selection) iterate() map[*candidate]bool {
	seed := map[*candidate]bool{}
	for _, c := range sel.all {
		if sel.isCertain(c) || !sel.literals[c] && !c.isOverflow() && c.score >= 0.7 && !c.lacksWitness() {
			seed[c] = true
		}
	}
	members := seed
	for range 3 {
		next, stats := map[*candidate]bool{}, newSiblingStats(sel.all, members)
		for _, c := range sel.all {
			if sel.isCertain(c) || seed[c] && c.isStrong() || sel.joins(c, stats, seed) {
				next[c] = true
			}
		}
		if equalSets(members, next) {
			break
		}
		members = next
	}
	return members
}

// joins says whether a child goes with the members of the last round.
func (sel *selection) joins(c *candidate, stats *siblingStats, seed map[*candidate]bool) bool {
	if sel.literals[c] || c.corrected {
		return false
	}
	names, strong := stats.others(c)
	switch {
	case names+strong == 0 && !seed[c]:
		return false
	case c.isOverflow():
		return names+strong > 0 || c.distinctValues() >= maxChildren/2
	}
	return c.score+sel.decider.affinity(c, stats) > 0 && (!c.lacksWitness() || names >= 2)
}

func equalSets(a, b map[*candidate]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for c := range a {
		if !b[c] {
			return false
		}
	}
	return true
}

// alike finds a parameter where no segment, or but a few (more), stands out by itself but many are alike. Bodies
// must speak for a third of them, where there are bodies.
func (sel *selection) similarNames(hasMembers bool) map[*candidate]bool {
	supported, hasBodies := 0, false
	plausible := map[*candidate]bool{}
	for _, c := range sel.all {
		hasBodies = hasBodies || c.responses > 0
		if c.hasBodyEvidence() {
			supported++
		}
		if !sel.literals[c] && !c.corrected && c.score > -2.2 {
			plausible[c] = true
		}
	}
	least, subresources := 4, haveSameSubresources(sel.parent, sel.all)
	if supported >= 3 || subresources || areAllWritten(sel.parent, sel.all) {
		least = 3
	}
	if len(sel.all) < least || (hasBodies || hasMembers) && 3*supported < len(sel.all) && !subresources {
		return nil
	}
	members, stats := map[*candidate]bool{}, newSiblingStats(sel.all, plausible)
	for _, c := range sel.all {
		if plausible[c] && c.score+sel.decider.affinity(c, stats) > 0.3 {
			members[c] = true
		}
	}
	if len(members) < least {
		return nil
	}
	return members
}

// bodyRules are those by which bodies speak for a value.
var bodyEvidenceRules = map[string]bool{ruleEcho: true, ruleIDField: true, ruleNameField: true, ruleParentList: true, rulePair: true}

func (c *candidate) hasBodyEvidence() bool {
	for _, e := range c.evidence {
		if e.Weight > 0 && bodyEvidenceRules[e.Rule] {
			return true
		}
	}
	return false
}

// partsAlike says that below a plural noun there are five words that have the same few parts, as items of a collection
// have, though no body names them: /screens/{…}/texts, /screens/{…}/partials. Three will do where nothing sets them apart.
func haveSameSubresources(parent *mergedNode, all []*candidate) bool {
	if parent.isParameter() || !noun.IsPlural(parent.literal) {
		return false
	}
	next, n, plural, noRequests := map[uint64]int{}, 0, 0, true
	for _, c := range all {
		if !c.ownNode || c.isStrong() || len(c.nextLabels) == 0 {
			continue
		}
		n++
		noRequests = noRequests && c.requests == 0
		if noun.IsPlural(c.decoded) {
			plural++
		}
		countHashes(next, c.nextLabels)
	}
	common, total := 0, 0
	for _, k := range next {
		if total += k; k >= 3 {
			common += k
		}
	}
	if n >= 3 && noRequests && common == total && plural == 0 {
		return true
	}
	return n >= 5 && 5*common >= 4*total && 4*plural < n
}

// itemsWritten says that below a plural noun everything is written or deleted, as items are.
func areAllWritten(parent *mergedNode, all []*candidate) bool {
	if parent.isParameter() || !noun.IsPlural(parent.literal) {
		return false
	}
	for _, c := range all {
		if !c.hasMethod("PUT") && !c.hasMethod("DELETE") && !c.hasMethod("PATCH") {
			return false
		}
	}
	return true
}
