package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// isItemNoun reports whether a literal is the singular of a list beside it, below which the items
// of this list stand: job/web beside jobs. Where identifiers follow the plural, the singular is
// something else: user/emails beside users/17.
func (l *level) isItemNoun() bool {
	if l.literal == "" || l.isParameter() || l.parent == nil || noun.IsPlural(l.literal) {
		return false
	}
	plural := noun.Plural(l.literal)
	if plural == l.literal {
		return false
	}
	listed := false
	for _, n := range l.parent.nodes {
		k := n.children[plural]
		if k == nil {
			continue
		}
		for label := range k.children {
			if label == "" || label[0] == sharedMark || !noun.IsVerb(label) && !commonLiterals[label] {
				return false
			}
		}
		for _, m := range k.methods {
			listed = listed || m.method == "GET" && m.bodies > 0
		}
	}
	return listed
}

// namesItself reports whether all answers to a name, and to the paths below it, hold it in a
// property that identifies or names things. At the end of a path it is one at their top level.
func (c *candidate) namesItself() bool {
	if !c.ownNode || c.isStrong() || c.responses == 0 || noun.IsPlural(c.decoded) || noun.IsVerb(c.decoded) ||
		commonLiterals[c.decoded] {
		return false
	}
	for _, name := range c.echoFields {
		tail := fieldTail(name)
		if strings.HasSuffix(name, "[]") || c.echoCounts[name] < c.responses || classOf(tail, false)&(classIDField|classNameField) == 0 {
			continue
		}
		if _, top := c.topProperties[sketch.Hash(tail)]; top || c.getBodies == 0 || !c.isLeaf {
			return true
		}
	}
	return false
}

// weighOwnName adds the evidence from answers that name what was asked for. A name that was only
// posted to is then no action: POST policy/readers answers "Name": "readers".
func (d *decider) weighOwnName(c *candidate) {
	if !c.namesItself() {
		return
	}
	weight := d.weights.OwnName
	if c.hasMethod("POST") && len(c.methods) == 1 {
		weight -= d.weights.PostLeaf
	}
	c.addEvidence("the answers to it name it", weight, c.responses)
}

// isBelowPlural reports whether a level stands directly below a plural noun.
func (l *level) isBelowPlural() bool {
	return l.literal != "" && !l.isParameter() && noun.IsPlural(l.literal)
}

// isWritten reports whether a segment was replaced, changed or deleted.
func (c *candidate) isWritten() bool {
	return c.hasMethod("PUT") || c.hasMethod("PATCH") || c.hasMethod("DELETE")
}

// findLikeItems returns the names below a noun for a collection that look like its items: what
// follows each follows another candidate, too, and some of it is a plural noun that follows another
// name: categories/garden/products beside categories/office/products. So are names at the end of
// paths that are answered with the properties of another name.
func (d *decider) findLikeItems(parent *level, s *siblings, all []*candidate) map[*candidate]bool {
	if !s.belowCollection || isCollective(parent.literal) || s.namespaces+s.differentNouns > 0 || len(all) > maxComparedSiblings {
		return nil
	}
	uses := map[uint64]int{}
	for _, c := range all {
		countHashes(uses, c.nextLabels)
	}
	out, plurals := map[*candidate]bool{}, map[string]int{}
	for _, c := range all {
		isItem := d.mayBeItem(c, s) && !c.isLeaf && areCounted(c.nextLabels, uses, 2)
		if isItem {
			out[c] = true
		}
		for w := range c.pluralsBelow() {
			plurals[w] += boolToInt(isItem || c.isStrong())
		}
	}
	common := 0
	for _, n := range plurals {
		common = max(common, n)
	}
	if common < 2 || len(out) < 2 {
		return nil
	}
	for _, c := range all {
		if d.mayBeItem(c, s) && c.isLeaf && c.listResponses == 0 && slices.ContainsFunc(all, func(o *candidate) bool {
			return o != c && d.mayBeItem(o, s) && countCommon(c.topProperties, o.topProperties) >= minItemProperties &&
				2*countCommon(c.topProperties, o.topProperties) >= len(c.topProperties)
		}) {
			out[c] = true
		}
	}
	return out
}

// minItemProperties is the least number of properties that the answers to two items have in common.
const minItemProperties = 2

// mayBeItem reports whether a candidate is a word that may name an item of a collection.
func (d *decider) mayBeItem(c *candidate, s *siblings) bool {
	if v := d.tree.index.wordValues.entries[c.hash]; v != nil && v.classes&^classInRequest == classVocabulary {
		return false // the name of a type, as databases/mysql/instances
	}
	return c.mayBeName() && !d.isPlural(c) && !selectorWords[c.decoded] &&
		(s.hasStrong || !editionWords[c.decoded]) && (c.shape == shapeWord || c.shape == shapeDigits)
}

// weighLikeItems adds the evidence from what follows names below collections.
func (d *decider) weighLikeItems(c *candidate, s *siblings) {
	if s.likeItems[c] {
		c.addEvidence("what follows it follows other names here, as below items", d.weights.LikeItems, int64(len(s.likeItems)))
		c.witness = true
	}
}

// environmentWords name the environments of a project.
var environmentWords = set("production", "prod", "staging", "stage", "development", "dev", "test", "testing", "qa", "uat",
	"preprod", "sandbox", "integration")

// environmentNouns precede the name of an environment, in the singular. One such name is enough.
var environmentNouns = set("environment", "env", "stage")

// countEnvironments counts the names of a level that are those of environments, if they are half of
// the names and none stands for the versions or the parts of an API.
func countEnvironments(parent *level, all []*candidate) int {
	if parent.parent == nil || parent.isVersion {
		return 0
	}
	names, environments := 0, 0
	for _, c := range all {
		if c.ownNode && !c.isStrong() {
			names++
			environments += boolToInt(environmentWords[c.decoded])
		}
	}
	if 2*environments < names || environments < 2 && !environmentNouns[noun.Fold(noun.Singular(parent.literal))] {
		return 0
	}
	return environments
}

// weighEnvironments adds the evidence from names of environments.
func (d *decider) weighEnvironments(c *candidate, s *siblings) {
	if s.environments > 0 && c.ownNode && environmentWords[c.decoded] {
		c.addEvidence("names an environment, as its siblings or the segment above do", d.weights.KnownNames, int64(s.environments))
		c.witness = true
	}
}

// codeNouns name, in the singular, what has codes of two letters.
var codeNouns = set("country", "language", "locale", "lang", "market", "state")

// selectorWords say which of the items is meant, or which of them a list has.
var selectorWords = set("upcoming", "recent", "popular", "trending", "featured", "archived", "deleted", "trashed", "active",
	"inactive", "pending", "expired", "overdue", "unread", "starred", "pinned", "mine", "nearby", "available", "unassigned", "scheduled", "shared", "top-rated", "top_rated", "now-playing",
	"now_playing")

// weighSelector adds the evidence from words that select, beside the identifiers of a collection:
// invoices/upcoming is answered with an invoice, too.
func (d *decider) weighSelector(c *candidate, s *siblings) {
	if !c.ownNode || !s.hasStrong || !s.belowCollection || !selectorWords[c.decoded] || c.witness || c.echoShare > 0 {
		return
	}
	c.addEvidence("says which of the items is meant", d.weights.Selector, 1)
	c.selects = true
}
