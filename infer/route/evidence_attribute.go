package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// attributeWords name what a thing is looked up by. As segments they are no collections.
var attributeWords = set("id", "uuid", "guid", "name", "username", "email", "phone", "login", "slug", "handle", "sku",
	"isbn", "issn", "doi", "ean", "gtin", "iban", "vin", "symbol", "ticker", "hash", "sha")

// naturalKeys are those of them whose values are words, in the plural, too: teams/name/sales.
var naturalKeys = set("name", "slug", "username", "handle")

// classifierWords name what things are divided by. Their values are words.
var classifierWords = set("state", "status", "type", "kind", "category", "severity", "priority", "level")

// isClassifier reports whether a literal says by what things are divided, and answers to two names
// below it hold these: health/state/critical answers "Status": "critical".
func (l *level) isClassifier(all []*candidate) bool {
	if l.literal == "" || l.isParameter() || !classifierWords[strings.ToLower(l.literal)] {
		return false
	}
	held := map[string]int{}
	for _, c := range all {
		for _, name := range c.echoFields {
			held[name] += boolToInt(c.ownNode && c.isLeaf && 5*c.echoCounts[name] >= 4*c.responses)
		}
	}
	for _, n := range held {
		if n >= 2 {
			return true
		}
	}
	return false
}

// isAttribute reports whether a literal says by what the things of the collection above it are
// looked up: users/email/{…}, teams/name/{…}, matches/by-player/{…}.
func (l *level) isAttribute() bool {
	if l.literal == "" || l.isParameter() || l.parent == nil || l.parent.literal == "" || l.parent.isParameter() {
		return false
	}
	return beginsWithBy(l.literal) || noun.IsPlural(l.parent.literal) && attributeWords[strings.ToLower(l.literal)]
}

// beginsWithBy reports whether a literal begins with the word by: by-player, byName.
func beginsWithBy(literal string) bool {
	words := noun.Words(literal)
	return len(words) > 1 && words[0] == "by"
}

// isInitial reports whether a literal is one letter, which says of what kind the names below it
// are, and two of these may be names: r/golang, u/ann. One is enough that has not the form of a
// word: p/28fJr.
func (l *level) isInitial(all []*candidate) bool {
	if l.isParameter() || len(l.literal) != 1 || !isLetter(l.literal[0]) {
		return false
	}
	names, others := 0, 0
	for _, c := range all {
		switch {
		case !c.ownNode || c.isStrong():
		case c.mayBeName() && !noun.IsPlural(c.decoded):
			if names++; c.isUnlikeWord() {
				names++
			}
		default:
			others++
		}
	}
	return names >= minParts && names > others
}

// weighAttribute adds the evidence from a literal above that names an attribute.
func (d *decider) weighAttribute(parent *level, c *candidate, s *siblings) {
	if s.classified && c.ownNode && c.isLeaf && !c.isStrong() && !noun.IsPlural(c.decoded) {
		c.addEvidence("the segment above says by what things are divided, and answers hold such values", d.weights.Mirrored, 1)
		c.witness = true
	}
	if s.initialed && c.mayBeName() && !noun.IsPlural(c.decoded) {
		weight := d.weights.Attribute
		if c.isUnlikeWord() {
			weight += d.weights.Odd
		}
		c.addEvidence("the segment above is one letter", weight, 1)
		c.witness = true
	}
	if !c.ownNode || c.isStrong() || !parent.isAttribute() || commonLiterals[c.decoded] ||
		!beginsWithBy(parent.literal) && (noun.IsVerb(c.decoded) || noun.IsPlural(c.decoded) && !naturalKeys[strings.ToLower(parent.literal)]) {
		return
	}
	weight := d.weights.Attribute
	if d.isPlural(c) && naturalKeys[strings.ToLower(parent.literal)] {
		weight -= d.weights.Plural
	}
	c.addEvidence("the segment above says by what things are looked up", weight, 1)
	c.witness = true
}
