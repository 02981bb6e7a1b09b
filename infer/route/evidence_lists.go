package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// minKeys is the least number of different second parts that show keys of two parts.
const minKeys = 3

// areKeysOfTwoParts reports whether everything two levels below a plural noun ends the path and was
// deleted, and is never read: tags/team/frontend, tags/team/payments, tags/simple/payments. Between
// stand names that were never requested. Verbs and common words of routes are no parts. Plurals are
// none before others, and at most half of those at the end: DELETE also empties collections. There
// are more second parts than first ones, of which there are two: subresources recur below many
// names (users/ann/avatar, users/bob/avatar).
func (d *decider) areKeysOfTwoParts(parent *level, all []*candidate) bool {
	if !parent.isBelowPlural() || isCollective(parent.literal) {
		return false
	}
	keys, plurals, seconds := 0, 0, map[string]bool{}
	for _, c := range all {
		if !c.ownNode || c.requests > 0 || c.isLeaf || !d.mayRecurAsName(c.label) && c.shape == shapeWord {
			return false
		}
		for _, n := range c.nodes {
			for label, k := range n.children {
				isPlural := d.isPluralWord(label)
				if len(k.children) > 0 || !k.isOnlyDeleted() || shapeOf(label) == shapeWord && !isPlural && !d.mayRecurAsName(label) {
					return false
				}
				keys++
				seconds[label] = true
				plurals += boolToInt(isPlural)
			}
		}
	}
	return len(seconds) >= minKeys && len(seconds) > len(all) && len(all) > 1 && 2*plurals <= keys
}

// isOnlyDeleted reports whether a node was deleted, and at most replaced.
func (n *node) isOnlyDeleted() bool {
	deleted := false
	for _, m := range n.methods {
		if m.method != "DELETE" && m.method != "PUT" {
			return false
		}
		deleted = deleted || m.method == "DELETE"
	}
	return deleted
}

// weighKeys adds the evidence from keys of two parts. The second part follows the first one.
func (d *decider) weighKeys(parent *level, c *candidate, s *siblings) {
	second := parent.isParameter() && parent.hasKeys
	if !s.keys && !second {
		return
	}
	c.addEvidence("what stands two levels below the plural noun was only deleted", d.weights.Types, int64(len(s.all)))
	c.witness = true
}

// splitList returns the elements of a list with commas or semicolons.
func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' })
}

// isWordList reports whether a segment is a list of two names or more: tube,dlr and br;us.
func isWordList(s string) bool {
	names := splitList(s)
	return len(names) > 1 && countListSeparators(s) == len(names)-1 && !slices.ContainsFunc(names, func(n string) bool { return !isName(n) })
}

// findInLists returns the names of a level that stand beside a list of names, and are used as it
// is: at the end of paths with a common method, or before a common segment (Mode/tube, Mode/bus and
// Mode/tube,dlr). Common words of routes are none, nor are plurals and verbs that no list has.
// Where nothing but lists stands, they may be two keys in one segment.
func (d *decider) findInLists(all []*candidate) map[*candidate]bool {
	var lists []*candidate
	elements := map[string]bool{}
	for _, c := range all {
		if c.ownNode && isWordList(c.decoded) {
			lists = append(lists, c)
			for _, name := range splitList(c.decoded) {
				elements[name] = true
			}
		}
	}
	if lists == nil {
		return nil
	}
	out, single := map[*candidate]bool{}, false
	for _, c := range all {
		if !c.ownNode || c.isStrong() || commonLiterals[c.decoded] ||
			!elements[c.decoded] && (d.isPlural(c) || noun.IsVerb(c.decoded)) {
			continue
		}
		for _, l := range lists {
			if l == c || elements[c.decoded] || haveCommon(l.nextLabels, c.nextLabels) || l.isLeaf && c.isLeaf && l.hasMethodOf(c) {
				out[c] = true
				single = single || !isWordList(c.decoded)
			}
		}
	}
	if !single { // two keys in one segment
		return nil
	}
	return out
}

// hasMethodOf reports whether two candidates were requested with a common method.
func (c *candidate) hasMethodOf(o *candidate) bool {
	for _, m := range o.methods {
		if c.hasMethod(m.method) {
			return true
		}
	}
	return false
}

// weighInLists adds the evidence from lists of names.
func (d *decider) weighInLists(c *candidate, s *siblings) {
	if s.inLists[c] {
		c.addEvidence("is a list of names, or stands beside one", d.weights.Attribute, int64(len(s.inLists)))
		c.witness = true
	}
}
