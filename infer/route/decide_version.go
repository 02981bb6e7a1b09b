package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// isNumericVersion reports whether a segment has the shape of a version without "v": an integer, a
// dotted number such as 1.1, or a date.
func isNumericVersion(c *candidate) bool {
	return c.ownNode && (c.shape == shapeInt || c.shape == shapeDotted || c.shape == shapeDate)
}

// leadsToVersion reports whether a segment directly below c has the shape of a version.
func (d *decider) leadsToVersion(c *candidate) bool {
	if c.isStrong() {
		return false
	}
	for label := range c.nextWords {
		if shapeOf(label) == shapeVersion {
			return true
		}
	}
	return false
}

// isNumericAPIVersion reports whether a number or date is the version of an API. Such a segment is
// the only number below its parent, the parent is the root or not a collection, and several words
// are below it. One word is enough near the root. An integer must have no requests of its own, and
// below a literal that is not of APIs be a release (see areReleases). As the third segment, it
// needs a literal for APIs above it or collections below: bars/range/1/day has no version.
func (d *decider) isNumericAPIVersion(parent *level, c *candidate, all []*candidate) bool {
	if !isNumericVersion(c) || c.shape == shapeInt && len(c.methods) > 0 ||
		parent.depth > 0 && (isCollectionAbove(parent, c, all) || parent.hasMethods()) {
		return false
	}
	for _, o := range all {
		if o != c && o.isStrong() && !isNumericVersion(o) {
			return false
		}
	}
	words, plurals := d.wordsBelow(c)
	if c.shape == shapeInt && len(c.decoded) > 1 { // api/40/users, api/41/users; tenants are more
		return len(all) <= maxReleases && words >= manyWords && 2*plurals >= words
	}
	if parent.isVersion && c.shape == shapeDotted && words > 0 { // /v1/1.1/workgroups
		return true
	}
	isBelowAPI := parent.depth == 0 || versionParents[strings.ToLower(parent.literal)]
	if c.shape == shapeInt && !isBelowAPI && (!d.areReleases(all) ||
		parent.depth > 1 && 2*plurals < words && (plurals == 0 || words < manyWords)) {
		return false
	}
	alone := c.shape == shapeDotted && len(all) == 1 && len(c.methods) == 0
	return words >= 2 || words == 1 && (isBelowAPI || alone)
}

// areReleases reports whether the numbers of a level may be releases of one API: they are few, and
// several words are below each. The numbers of team/1/games, team/1/members and team/2/games are
// not.
func (d *decider) areReleases(all []*candidate) bool {
	if len(all) > maxReleases {
		return false
	}
	for _, c := range all {
		if words, _ := d.wordsBelow(c); isNumericVersion(c) && words < 2 {
			return false
		}
	}
	return true
}

// isCollectionAbove reports whether a segment may be an item of the plural noun above it. Three
// numbers that never vary are not an item: /books/v2.0.1/invoices.
func isCollectionAbove(parent *level, c *candidate, all []*candidate) bool {
	return noun.IsPlural(parent.literal) && (len(all) > 1 || !isSemver(c.decoded) || parent.listsVersions())
}

// manyWords is the number of words below an integer from which they are too many to be subresources
// of an item.
const manyWords = 4

// wordsBelow counts the words directly below a candidate, and the plural nouns among them. A word
// may have parts: album.tracks.get.
func (d *decider) wordsBelow(c *candidate) (words, plurals int) {
	for label := range c.nextWords {
		word := strings.TrimSuffix(label, d.extension)
		last := fieldTail(word)
		if joined := strings.ReplaceAll(word, ".", "-"); last != "" && (shapeOf(joined) == shapeWord || isCamel(joined)) {
			words++
			plurals += boolToInt(noun.IsPlural(last))
		}
	}
	return words, plurals
}

// maxReleases is the greatest number of integers at one level that are versions, if they have
// several digits or are below a name unrelated to versions: a client uses one, and changes to the
// next.
const maxReleases = 2

// versionParent is the literal below which a version may be an integer of several digits.
const versionParent = "api"

// versionParents are literals that precede the version of an API.
var versionParents = set("api", "apis", "rest", "rpc", "services")

// isItemVersion reports whether a segment that looks like an API version is the version of an item:
// it is a leaf in a collection below a parameter, as in /repos/{repo}/tags/v1.0, or stands below
// "versions", as in /apis/{api}/versions/v1/specs.
func isItemVersion(parent *level, c *candidate) bool {
	return parent.listsVersions() || c.isLeaf && parent.isBelowPlural() && parent.hasParameterAbove()
}

// listsVersions reports whether this is the collection of the versions of something.
func (l *level) listsVersions() bool { return strings.EqualFold(l.literal, "versions") }
