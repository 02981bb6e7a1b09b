package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// numericVersion says that a literal is a version by its digits.
func numericVersion(c *child) bool {
	return c.own && (c.shape == shapeInt || c.shape == shapeDotted || c.shape == shapeDate)
}

// leadsToVersion says that a version stands right below.
func (d *decider) leadsToVersion(c *child) bool {
	if c.strong() {
		return false
	}
	for _, n := range c.nodes {
		for label := range n.kids {
			if label != "" && label[0] != mark && shapeOf(label) == shapeVersion {
				return true
			}
		}
	}
	return false
}

// isVersion recognises versions that are bare numbers or dates: the only number at its place, near the root,
// below something that is no collection, with several words below; an integer has no answers of its own.
func (d *decider) isVersion(p *place, c *child, all []*child) bool {
	if !numericVersion(c) || c.shape == shapeInt && len(c.methods) > 0 || p.depth > 0 && (noun.IsPlural(p.label) || p.nodesHaveMethods()) {
		return false
	}
	for _, o := range all {
		if o != c && o.strong() && !numericVersion(o) {
			return false
		}
	}
	wordsBelow := map[string]bool{}
	for _, n := range c.nodes {
		for label := range n.kids {
			if label == "" || label[0] == mark {
				continue
			}
			word := strings.TrimSuffix(label, d.format)
			if shapeOf(word) == shapeWord || isCamel(word) {
				wordsBelow[label] = true
			}
		}
	}
	alone := c.shape == shapeDotted && len(all) == 1 && len(c.methods) == 0
	return len(wordsBelow) >= 2 || len(wordsBelow) == 1 && (p.depth == 0 || alone || apiWords[strings.ToLower(p.label)])
}

// apiWords are what stands before the version of an API.
var apiWords = set("api", "apis", "rest", "rpc", "services")

// ofAThing says that what looks like a version of the API is one of a thing: it is asked for as an item of a collection
// that belongs to a value, as in /repos/{repo}/tags/v1.0.
func ofAThing(p *place, c *child) bool {
	return c.leaf && p.anyVariable() && !p.variable() && noun.IsPlural(p.label)
}
