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
	for _, n := range c.nodes {
		for label := range n.children {
			if label != "" && label[0] != sharedMark && shapeOf(label) == shapeVersion {
				return true
			}
		}
	}
	return false
}

// isNumericAPIVersion reports whether a number or date is the version of an API. Such a segment is
// the only number below its parent, the parent is the root or not a collection, and several words
// are below it. One word is enough near the root. An integer must have no requests of its own; as
// the third segment it needs a literal for APIs above it or collections below: bars/range/1/day is
// none.
func (d *decider) isNumericAPIVersion(parent *level, c *candidate, all []*candidate) bool {
	if !isNumericVersion(c) || c.shape == shapeInt && len(c.methods) > 0 ||
		parent.depth > 0 && (noun.IsPlural(parent.literal) && !d.isServiceVersion(parent, c) || parent.hasMethods()) {
		return false
	}
	for _, o := range all {
		if o != c && o.isStrong() && !isNumericVersion(o) {
			return false
		}
	}
	wordsBelow, plurals := map[string]bool{}, 0
	for _, n := range c.nodes {
		for label := range n.children {
			if label == "" || label[0] == sharedMark {
				continue
			}
			word := strings.TrimSuffix(label, d.extension)
			if shapeOf(word) == shapeWord || isCamel(word) {
				plurals += boolToInt(!wordsBelow[label] && noun.IsPlural(word))
				wordsBelow[label] = true
			}
		}
	}
	if parent.depth > 1 && c.shape == shapeInt && 2*plurals < len(wordsBelow) && !versionParents[strings.ToLower(parent.literal)] {
		return false
	}
	alone := c.shape == shapeDotted && len(all) == 1 && len(c.methods) == 0
	return len(wordsBelow) >= 2 || len(wordsBelow) == 1 &&
		(parent.depth == 0 || alone || d.isServiceVersion(parent, c) || versionParents[strings.ToLower(parent.literal)])
}

// minServices is the least number of other services with versions that make a date or a dotted
// number a version, too.
const minServices = 2

// isServiceVersion reports whether a date or dotted number stands where other services of the API
// have their version: orders/2024-01-01 beside catalog/v1 and feeds/v2.1.
func (d *decider) isServiceVersion(parent *level, c *candidate) bool {
	if parent.depth != 1 || c.shape == shapeInt {
		return false
	}
	services := 0
	for label, n := range d.tree.root.children {
		if label != parent.literal && len(n.children) > 0 && len(n.methods) == 0 && n.hasOnlyVersionsBelow() {
			services++
		}
	}
	return services >= minServices
}

// hasOnlyVersionsBelow reports whether all segments below a node have the shape of versions.
func (n *node) hasOnlyVersionsBelow() bool {
	for label := range n.children {
		if label == "" || label[0] == sharedMark {
			return false
		}
		if s := shapeOf(label); s != shapeVersion && s != shapeDotted && s != shapeDate {
			return false
		}
	}
	return true
}

// versionParents are literals that precede the version of an API.
var versionParents = set("api", "apis", "rest", "rpc", "services")

// isItemVersion reports whether a segment that looks like an API version is the version of an item:
// it is a leaf in a collection below a parameter, as in /repos/{repo}/tags/v1.0.
func isItemVersion(parent *level, c *candidate) bool {
	return c.isLeaf && parent.hasParameterAbove() && !parent.isParameter() && noun.IsPlural(parent.literal)
}
