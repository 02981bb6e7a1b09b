package route

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// minListedElsewhere is the least number of names of a level that a list elsewhere must hold.
const minListedElsewhere = 1

// collectLists collects, by plural noun, the values that the answers of collections called so hold
// in properties that identify or name things.
func (d *decider) collectLists(n *node) {
	for label, k := range n.children {
		if len(k.listed.hashes) > 0 && noun.IsPlural(label) {
			one := noun.Fold(noun.Singular(label))
			if d.listedByNoun[one] == nil {
				d.listedByNoun[one] = hashSet{}
			}
			for i, h := range k.listed.hashes {
				if fieldClass(k.listed.flags[i])&(classIDField|classNameField) != 0 {
					d.listedByNoun[one][h] = struct{}{}
				}
			}
		}
		d.collectLists(k)
	}
}

// findListedElsewhere returns the names at the end of paths below a plural noun that a collection
// of the same name elsewhere lists: schemas/plugins/cors where /plugins answers "name": "cors".
func (d *decider) findListedElsewhere(parent *level, all []*candidate) map[*candidate]bool {
	if parent.literal == "" || parent.isParameter() || !noun.IsPlural(parent.literal) {
		return nil
	}
	out, names := map[*candidate]bool{}, 0
	lists := d.listedByNoun[noun.Fold(noun.Singular(parent.literal))]
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		names++
		if _, ok := lists[c.hash]; ok && c.isLeaf && !noun.IsVerb(c.decoded) && !commonLiterals[c.decoded] {
			out[c] = true
		}
	}
	if len(out) < minListedElsewhere || 2*len(out) < names {
		return nil
	}
	return out
}

// weighListed adds the evidence from lists of the same noun.
func (d *decider) weighListed(c *candidate, s *siblings) {
	if !s.listed[c] {
		return
	}
	c.addEvidence("a collection called like the segment above lists it", d.weights.ListedElsewhere, int64(len(s.listed)))
	c.witness = true
}

// quantifiers are words by which actions on several things are called: update_many, bulk-delete.
var quantifiers = set("many", "bulk", "batch", "multiple", "all")

// isActionOnIDs reports whether a candidate is one verb that was never requested itself and that
// nothing but identifiers at the end of paths follows, with one method: settings/create/17 beside
// settings/17.
func (c *candidate) isActionOnIDs() bool {
	return c.ownNode && !c.isStrong() && !c.isLeaf && !c.witness && c.echoShare == 0 && c.requests == 0 &&
		len(noun.Words(c.decoded)) == 1 && noun.IsVerb(c.decoded) && len(c.idsBelow) == len(c.nextLabels) &&
		len(c.suffixes) <= len(c.idsBelow) && len(c.secondLabels) == 0
}

// weighAction adds the evidence from names of actions at the end of paths: of several words with a
// quantifier, a verb with the extension of a format (export.csv), or new.
func (d *decider) weighAction(c *candidate) {
	if c.isActionOnIDs() {
		c.addEvidence("is a verb before identifiers", d.weights.Action, 1)
		return
	}
	if c.ownNode && !c.isStrong() && beginsWithBy(c.decoded) && c.echoShare == 0 {
		c.addEvidence("says by what things are looked up", d.weights.Action, 1)
		return
	}
	if !c.ownNode || c.isStrong() || !c.isLeaf || c.witness || c.echoShare > 0 {
		return
	}
	words := noun.Words(c.decoded)
	isExport := len(words) == 2 && noun.IsVerb(c.decoded) && dataExtension(c.decoded) != ""
	if c.decoded == "new" || isExport || len(words) > 1 && slices.ContainsFunc(words, func(w string) bool { return quantifiers[w] }) {
		c.addEvidence("is called like an action", d.weights.Action, 1)
	}
}
