package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// attributeWords name what a thing is looked up by. As segments they are no collections.
var attributeWords = set("id", "uuid", "guid", "name", "username", "email", "phone", "login", "slug", "handle", "sku",
	"isbn", "issn", "doi", "ean", "gtin", "iban", "vin", "symbol", "ticker", "hash", "sha")

// isAttribute reports whether a literal says by what the things of the collection above it are
// looked up: users/email/{…}, teams/name/{…}, matches/by-player/{…}.
func (l *level) isAttribute() bool {
	if l.literal == "" || l.isParameter() || l.parent == nil || l.parent.literal == "" || l.parent.isParameter() {
		return false
	}
	words := noun.Words(l.literal)
	return len(words) > 1 && words[0] == "by" || noun.IsPlural(l.parent.literal) && attributeWords[strings.ToLower(l.literal)]
}

// weighAttribute adds the evidence from a literal above that names an attribute.
func (d *decider) weighAttribute(parent *level, c *candidate) {
	if !c.ownNode || c.isStrong() || !parent.isAttribute() || noun.IsVerb(c.decoded) || noun.IsPlural(c.decoded) || commonLiterals[c.decoded] {
		return
	}
	c.addEvidence("the segment above says by what things are looked up", d.weights.Attribute, 1)
	c.witness = true
}
