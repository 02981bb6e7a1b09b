package route

import (
	"slices"

	"github.com/spectap/spectap/infer/english"
	"github.com/spectap/spectap/infer/noun"
)

// minStrangers is the least number of names that make each other values because too many of them
// are no English words.
const minStrangers = 3

// maxStrangerParents is the largest number of values after which one name occurs. What recurs more
// often is a subresource, in whatever language.
const maxStrangerParents = 8

// findStrangers returns the names of a level among which at least half, and two, are no English
// words, if they are used alike: transit/sign/kobami, transit/sign/velren, transit/sign/app. The
// routes of a level would be words. Collections at the root, below versions and below the name of
// an API have names of all kinds. A phrase may have one word that is no English.
func (d *decider) findStrangers(parent *level, compared []*candidate) map[*candidate]bool {
	if !d.startsEnglish || parent.parent == nil || parent.isVersion || parent.namesAPI() ||
		slices.ContainsFunc(parent.members, (*candidate).isOverflow) {
		return nil
	}
	var names, strangers []*candidate
	words, strength := 0, 0
	for _, c := range compared {
		switch {
		case c.isOverflow(): // names beyond number were seen, which says more
			return nil
		case !c.ownNode || c.isStrong() || c.shape == shapeVersion || c.decoded == "" || isMarkedWord(c.decoded):
		case d.isPlural(c) || len(c.nodes) > maxStrangerParents || commonLiterals[c.decoded] || beginsWithVerb(c.decoded):
			words++
		case d.isUnknownWord(c) && !d.isPropertyName(c.decoded) && !isUpper(c.decoded[0]) && 3*unknownWords(c.decoded) > len(noun.Words(c.decoded)):
			names, strangers = append(names, c), append(strangers, c)
			if strength++; d.labelUses[c.label] > 2 { // things are known by their names in several places
				strength++
			}
		default:
			names = append(names, c)
		}
	}
	if strength < 2 || 2*strength < len(names)+words {
		return nil
	}
	out := map[*candidate]bool{}
	for _, c := range names {
		alike := 0
		for _, o := range strangers {
			if o == c || c.isUsedLike(o) || parent.depth > 1 && parent.isParameter() && c.isItemLike(o) {
				if alike++; d.labelUses[o.label] > 2 {
					alike++
				}
			}
		}
		if alike >= 3 || alike == 2 && c.isLeaf { // products are literals, too, above the same few words
			out[c] = true
		}
	}
	if len(out) < minStrangers {
		return nil
	}
	return out
}

// minVerb is the least number of letters of a verb that something is written together with: shorter
// ones begin names, too.
const minVerb = 5

// beginsWithVerb reports whether a name is a verb, or begins with one: verifydkim.
func beginsWithVerb(s string) bool {
	for i := minVerb; i < len(s); i++ {
		if noun.IsVerb(s[:i]) {
			return true
		}
	}
	return noun.IsVerb(s)
}

// namesAPI reports whether all paths begin with this level, and its name is no noun that items
// could follow: /api/devicelist, /acme/addhook, but not /job/kobami.
func (l *level) namesAPI() bool {
	return (versionParents[l.literal] || dataFormats[l.literal] || !english.Is(l.literal)) && l.isPrefix()
}

// dataFormats are formats that APIs have paths for.
var dataFormats = set("json", "xml", "csv")

// isUsedLike reports whether two names end the path with a common method, or are followed by a
// common segment, and are not answered with different properties.
func (c *candidate) isUsedLike(o *candidate) bool {
	if c.isLeaf != o.isLeaf || !c.isLeaf && !haveCommon(c.nextLabels, o.nextLabels) {
		return false
	}
	common := !c.isLeaf
	for _, m := range c.methods {
		common = common || o.hasMethod(m.method)
	}
	shared := 0
	for h := range c.topProperties {
		if _, ok := o.topProperties[h]; ok {
			shared++
		}
	}
	return common && 4*shared >= min(len(c.topProperties), len(o.topProperties))
}

// isItemLike reports whether one of two names ends the path and nothing but identifiers follows the
// other: {group}/core and {group}/client/1.2.3.
func (c *candidate) isItemLike(o *candidate) bool {
	return c.isLeaf != o.isLeaf && len(c.idsBelow) == len(c.nextLabels) && len(o.idsBelow) == len(o.nextLabels)
}

// weighRecurring adds the evidence from a noun that recurs below names: job/kobami/job/velren. What
// contains others of its kind is followed so. A single word may be a part:
// webhooks/settings/webhooks.
func (d *decider) weighRecurring(parent *level, c *candidate, s *siblings) {
	if !c.ownNode || c.isStrong() || noun.IsPlural(c.decoded) || parent.literal == "" || parent.isParameter() || parent.isVersion ||
		versionParents[parent.literal] || !c.hasNext(parent.literal) {
		return
	}
	n := 0
	for _, o := range s.all {
		n += boolToInt(o.hasNext(parent.literal))
	}
	if n < 2 && !(d.startsEnglish && d.isUnknownWord(c)) {
		return
	}
	c.addEvidence("the noun above follows it again", d.weights.Recurring, int64(n))
	c.witness = true
}

// weighStrangers adds the evidence from names that are no English words to those beside them.
func (d *decider) weighStrangers(c *candidate, s *siblings) {
	if !s.strangers[c] {
		return
	}
	n := len(s.strangers)
	c.addEvidence("half of the names here are no English words", d.weights.Stranger*min(1, 0.6+0.1*float64(n)), int64(n))
	c.witness = true
}

// findPooled returns the names at the end of paths below a literal, if too many names below it and
// below the literals beside it are no English words: encrypt/kobami, decrypt/velren, sign/app.
// Where few requests were seen, one level alone has too few names.
func (d *decider) findPooled(parent *level, all []*candidate) map[*candidate]bool {
	if !d.startsEnglish || parent.literal == "" || parent.isParameter() || parent.isVersion || parent.parent == nil ||
		noun.IsPlural(parent.literal) || len(all) > maxStrangerParents {
		return nil
	}
	above := parent.parent
	if !above.isPoolKnown { // the levels below have it in common
		above.pool, above.isPoolKnown = d.findPool(above), true
	}
	pool := above.pool
	if pool == nil {
		return nil
	}
	out := map[*candidate]bool{}
	for _, c := range all {
		switch {
		case !c.ownNode || c.isStrong():
		case !c.isLeaf || d.isPlural(c) || !c.mayBeName():
			return nil
		case d.isUnknownWord(c), pool[c.label] > 1:
			out[c] = true
		}
	}
	return out
}

// findPool counts, by name, the literals of a level that end-of-path names follow, if three of the
// names, and half of them, are no English words, and these follow two literals or more.
func (d *decider) findPool(l *level) map[string]int {
	pool, unknown, literals, labels := map[string]int{}, 0, 0, map[string]bool{}
	for _, n := range l.nodes {
		for label, k := range n.children {
			if labels[label] || label == "" || label[0] == sharedMark || shapeOf(label) != shapeWord || noun.IsPlural(label) {
				continue
			}
			labels[label] = true
			if len(labels) > maxComparedSiblings {
				return nil
			}
			strange := 0
			for name, leaf := range k.children {
				if name == "" || name[0] == sharedMark || len(leaf.children) > 0 {
					continue
				}
				pool[name]++
				if d.isUnknownWord(d.newCandidate(name)) {
					strange++
					unknown += boolToInt(pool[name] == 1)
				}
			}
			literals += boolToInt(strange > 0)
		}
	}
	if unknown < minStrangers || 2*unknown < len(pool) || literals < 2 {
		return nil
	}
	return pool
}

// weighPooled adds the evidence from names below the literals beside the one above.
func (d *decider) weighPooled(c *candidate, s *siblings) {
	if s.pooled[c] && !s.strangers[c] {
		c.addEvidence("half of the names below this and the segments beside it are no English words", d.weights.Stranger, int64(len(s.pooled)))
		c.witness = true
	}
}
