package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// numericVersion says that a literal is a version by its digits.
func isNumericVersion(c *candidate) bool {
	return c.ownNode && (c.shape == shapeInt || c.shape == shapeDotted || c.shape == shapeDate)
}

// leadsToVersion says that a version stands right below.
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

// isVersion recognises versions that are bare numbers or dates: the only number at its place, near the root,
// below something that is no collection, with several words below; an integer has no answers of its own.
func (d *decider) isNumericAPIVersion(parent *mergedNode, c *candidate, all []*candidate) bool {
	if !isNumericVersion(c) || c.shape == shapeInt && len(c.methods) > 0 || parent.depth > 0 && (noun.IsPlural(parent.literal) || parent.hasMethods()) {
		return false
	}
	for _, o := range all {
		if o != c && o.isStrong() && !isNumericVersion(o) {
			return false
		}
	}
	wordsBelow := map[string]bool{}
	for _, n := range c.nodes {
		for label := range n.children {
			if label == "" || label[0] == sharedMark {
				continue
			}
			word := strings.TrimSuffix(label, d.extension)
			if shapeOf(word) == shapeWord || isCamel(word) {
				wordsBelow[label] = true
			}
		}
	}
	alone := c.shape == shapeDotted && len(all) == 1 && len(c.methods) == 0
	return len(wordsBelow) >= 2 || len(wordsBelow) == 1 && (parent.depth == 0 || alone || versionParents[strings.ToLower(parent.literal)])
}

// apiWords are what stands before the version of an API.
var versionParents = set("api", "apis", "rest", "rpc", "services")

// ofAThing says that what looks like a version of the API is one of a thing: it is asked for as an item of a collection
// that belongs to a value, as in /repos/{repo}/tags/v1.0.
func isItemVersion(parent *mergedNode, c *candidate) bool {
	return c.isLeaf && parent.hasParameterAbove() && !parent.isParameter() && noun.IsPlural(parent.literal)
}
