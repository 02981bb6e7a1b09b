package route

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// selection selects the candidates that are values of one parameter.
type selection struct {
	decider *decider
	parent  *level
	all     []*candidate
	// literals are always literals; parameters are values by correction.
	literals, parameters map[*candidate]bool
}

// selectValues returns the candidates that are values, in order.
func (d *decider) selectValues(parent *level, all []*candidate, s *siblings) []*candidate {
	sel := &selection{decider: d, parent: parent, all: all, literals: map[*candidate]bool{},
		parameters: map[*candidate]bool{}}
	noParamAbove := !parent.hasParameterAbove()
	for _, c := range all {
		c.refusedValue = c.isRefusedValue(s)
		q := &question{d, parent, c, s}
		q.weigh()
		if c.ownNode && c.decoded == "" || c.shape == shapeVersion && !isItemVersion(parent, c) ||
			c.ownNode && s.keyed()[c.decoded] || c.isFunctionCall() ||
			noParamAbove && (d.leadsToVersion(c) || d.isNumericAPIVersion(parent, c, all)) {
			sel.literals[c] = true
		}
		if o := d.correction(parent, c); o != nil && (c.ownNode || o.Parameter || c.restoreText(o)) {
			c.corrected = true
			sel.literals[c], sel.parameters[c] = o.Literal, o.Parameter
		}
	}
	members := sel.iterate()
	if len(members) < 4 {
		// Names that tests send to see them refused are values that say nothing about the others.
		hasMembers := slices.ContainsFunc(all, func(c *candidate) bool { return members[c] && !c.refused })
		if similar := sel.similarNames(hasMembers); len(similar) > 0 {
			maps.Copy(members, similar)
			stats := newSiblingStats(all, maps.Clone(members))
			for _, c := range all {
				members[c] = members[c] || sel.joins(c, stats, members)
			}
		}
	}
	var values []*candidate
	stats := newSiblingStats(all, members)
	for _, c := range all {
		if names, strong := stats.others(c); names+strong > 0 && !c.isStrong() && !sel.literals[c] {
			c.addEvidence("it is like the values in its place", d.affinity(c, stats), int64(names+strong))
		}
		if members[c] {
			values = append(values, c)
		}
		if d.options.observe != nil && d.firstPass != nil && !sel.literals[c] {
			d.options.observe(&question{d, parent, c, s}, stats)
		}
	}
	return values
}

// isOverflow reports whether the candidate is the overflow node.
func (c *candidate) isOverflow() bool { return c.shape == shapeOverflow && c.prefix == "" }

// lacksWitness reports whether a candidate looks like a word of the API and has no witness that it
// is a value.
func (c *candidate) lacksWitness() bool { return c.isWordLike() && !c.witness }

// isCertain reports whether a candidate is a value independently of the others. A shared node has
// no text that could be a literal.
func (sel *selection) isCertain(c *candidate) bool {
	return !sel.literals[c] && !c.isOverflow() && (sel.parameters[c] || !c.ownNode)
}

// iterate starts with the seed, the candidates with a high score. In each of three rounds, the
// members of the last round decide on all candidates, so that order does not matter.
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
		if maps.Equal(members, next) {
			break
		}
		members = next
	}
	return members
}

// joins reports whether a candidate fits the members of the last round.
func (sel *selection) joins(c *candidate, stats *siblingStats, seed map[*candidate]bool) bool {
	if sel.literals[c] || c.corrected || c.isOfAnotherKind(stats) {
		return false
	}
	names, strong := stats.others(c)
	switch {
	case names+strong == 0 && !seed[c]:
		return false
	case c.isOverflow():
		return names+strong > 0 || c.distinctValues() >= maxChildren/2
	}
	sum := c.score + sel.decider.affinity(c, stats)
	return sum > 0 && (!c.lacksWitness() || names >= 2 || names == 1 && sum > 1 || c.isUsedAlike(stats))
}

// similarNames finds a parameter among candidates of which no more than a few (hasMembers) have a
// high score, but many are similar. If there are response bodies, they must support at least a
// third of the candidates.
func (sel *selection) similarNames(hasMembers bool) map[*candidate]bool {
	supported, hasBodies := 0, false
	subresources := sel.decider.haveSameSubresources(sel.parent, sel.all)
	leastScores := func(c *candidate) (score, sum float64) {
		if subresources && !c.isLeaf {
			return -3, -.5
		}
		return -2.2, .3
	}
	plausible := map[*candidate]bool{}
	for _, c := range sel.all {
		hasBodies = hasBodies || c.responses > 0
		supported += boolToInt(c.inBodies)
		if least, _ := leastScores(c); !sel.literals[c] && !c.corrected && c.score > least {
			plausible[c] = true
		}
	}
	least := 4
	if supported >= 3 || subresources {
		least = 3
	}
	if len(sel.all) < least || (hasBodies || hasMembers) && 3*supported < len(sel.all) && !subresources {
		return nil
	}
	members, stats := map[*candidate]bool{}, newSiblingStats(sel.all, plausible)
	for _, c := range sel.all {
		if _, least := leastScores(c); plausible[c] && c.score+sel.decider.affinity(c, stats) > least {
			members[c] = true
		}
	}
	if len(members) < least {
		return nil
	}
	return members
}

// haveSameSubresources reports whether, below the noun of a collection, three words or more were
// not requested themselves and have the same subresources, as items of a collection do:
// /screens/{…}/texts, /screens/{…}/partials. It needs no evidence from bodies.
func (d *decider) haveSameSubresources(parent *level, all []*candidate) bool {
	if parent.isParameter() {
		return false
	}
	if !noun.IsPlural(parent.literal) && !d.hasPlural(parent.literal) {
		return false
	}
	next, n, plural, routes, noRequests := map[uint64]int{}, 0, 0, 0, true
	for _, c := range all {
		if !c.ownNode || c.isStrong() || len(c.nextLabels) == 0 {
			continue
		}
		n++
		noRequests = noRequests && c.requests == 0
		plural += boolToInt(noun.IsPlural(c.decoded))
		routes += boolToInt(commonLiterals[c.decoded])
		countHashes(next, c.nextLabels)
	}
	common, total, words := 0, 0, 0
	for _, k := range next {
		if total += k; k >= 3 {
			common += k
			words++
		}
	}
	return words > 1 && 2*common >= total && 2*plural <= n ||
		n >= 3 && common == total && plural == 0 && noRequests && routes < 2
}
