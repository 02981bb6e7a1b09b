package route

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// minTenantWords is the least number of words below names that names have in common if they are
// tenants: of names among which one is no English word, and of words.
const (
	minTenantWords      = 4
	minTenantWordsPlain = 6
	minTenantRoutes     = 10 // of any kind, also below versions
)

// findTenants returns the names of a level that were never requested themselves, if the same
// collections and actions stand below each, as below tenants, stores and regions:
// v1/acme/{images,tags,folders,usage} beside v1/globex/{images,tags,folders,usage}. Parts of an API
// have collections of their own.
func (d *decider) findTenants(parent *level, compared []*candidate) map[*candidate]bool {
	words, names := map[*candidate]map[string]bool{}, []*candidate{}
	unknown := false
	for _, c := range compared {
		if !c.ownNode || c.isStrong() || c.isLeaf || c.shape == shapeVersion || d.isPlural(c) ||
			noun.IsVerb(c.decoded) || commonLiterals[c.decoded] || editionWords[c.decoded] || isMarkedWord(c.decoded) {
			continue
		}
		w := c.wordsBelow()
		if c.requests > 0 && len(w) < minTenantRoutes {
			continue
		}
		if len(w) >= minTenantWords-1 && (parent.parent != nil || !d.leadsToVersion(c) || len(w) >= minTenantWordsPlain) {
			words[c] = w
			names = append(names, c)
			unknown = unknown || d.isUnknownWord(c) || isLanguage(c.decoded) || isLocale(c.decoded)
		}
	}
	least := minTenantWordsPlain
	if unknown {
		least = minTenantWords
	}
	out := d.findBeforeVersion(compared)
	for i, c := range names {
		for _, o := range names[i+1:] {
			common, plural := 0, 0
			for w := range words[c] {
				common += boolToInt(words[o][w])
				plural += boolToInt(words[o][w] && noun.IsPlural(w))
			}
			atRoot := parent.parent == nil && d.leadsToVersion(c) && len(names) == len(compared)
			enough := common >= minTenantRoutes || common >= least && !atRoot && 2*plural >= common || atRoot && common >= minTenantWordsPlain
			if enough && 3*common >= 2*min(len(words[c]), len(words[o])) {
				out[c], out[o] = true, true
			}
		}
	}
	if len(out) < 2 {
		return nil
	}
	for _, c := range names { // one of which little was requested
		common := 0
		for w := range words[c] {
			common += boolToInt(slices.ContainsFunc(names, func(o *candidate) bool { return out[o] && words[o][w] }))
		}
		if common == len(words[c]) {
			out[c] = true
		}
	}
	return out
}

// minTwinWords is the least number of collections below two items of a collection.
const minTwinWords = 3

// findTwins returns the names below a plural noun of which each has three collections or more, and
// half of its collections, in common with another one: environments/main/assets and
// environments/staging/assets, and likewise for entries and types. Parts of an API have collections
// of their own.
func (d *decider) findTwins(parent *level, compared []*candidate) map[*candidate]bool {
	if parent.literal == "" || parent.isParameter() || !noun.IsPlural(parent.literal) || isCollective(parent.literal) {
		return nil
	}
	words, names := map[*candidate]map[string]bool{}, []*candidate{}
	for _, c := range compared {
		if c.mayBeName() && !c.isLeaf && !d.isPlural(c) && !editionWords[c.decoded] {
			if w := c.pluralsBelow(); len(w) >= minTwinWords {
				words[c], names = w, append(names, c)
			}
		}
	}
	out := map[*candidate]bool{}
	for i, c := range names {
		for _, o := range names[i+1:] {
			common := 0
			for w := range words[c] {
				common += boolToInt(words[o][w])
			}
			if common >= minTwinWords && 2*common >= min(len(words[c]), len(words[o])) {
				out[c], out[o] = true, true
			}
		}
	}
	return out
}

// mayBeName reports whether a candidate is a word that may name a thing: no verb, version or common
// word of routes.
func (c *candidate) mayBeName() bool {
	return c.ownNode && !c.isStrong() && c.shape != shapeVersion && !noun.IsVerb(c.decoded) && !commonLiterals[c.decoded] &&
		!isMarkedWord(c.decoded)
}

// pluralsBelow returns the plural nouns directly below a candidate.
func (c *candidate) pluralsBelow() map[string]bool {
	out := c.wordsBelow()
	maps.DeleteFunc(out, func(w string, _ bool) bool { return !noun.IsPlural(w) })
	return out
}

// editionWords name the parts of an API for some people or programs, which have the collections of
// the other parts.
var editionWords = set("admin", "administrator", "internal", "external", "staff", "partner", "customer", "client", "guest", "user",
	"manager", "management", "backoffice", "back-office", "web", "mobile", "app", "api", "portal", "dashboard", "console",
	"frontend", "storefront", "sandbox", "beta", "legacy")

// findBeforeVersion returns the names that are followed by a version beside them and by words that
// follow this version: rest/outlet/v1/products and rest/de/v1/orders beside rest/v1/products and
// rest/v1/orders. The name may be left out, so it is no part of the API's structure.
func (d *decider) findBeforeVersion(compared []*candidate) map[*candidate]bool {
	out := map[*candidate]bool{}
	for _, v := range compared {
		if v.shape != shapeVersion || len(v.nodes) != 1 {
			continue
		}
		own := v.wordsBelow()
		for _, c := range compared {
			if !c.ownNode || c.isStrong() || c.requests > 0 || c == v || !c.leadsOnlyTo(v.label) || noun.IsPlural(c.decoded) {
				continue
			}
			common, words := 0, c.wordsBelow()
			for w := range words {
				common += boolToInt(own[w])
			}
			if common > 0 && 4*common >= 3*len(words) {
				out[c] = true
			}
		}
	}
	return out
}

// leadsOnlyTo reports whether one segment alone follows a candidate.
func (c *candidate) leadsOnlyTo(label string) bool {
	return len(c.nodes) == 1 && len(c.nodes[0].children) == 1 && c.nodes[0].children[label] != nil
}

// wordsBelow returns the words directly below a candidate, or below the version there.
func (c *candidate) wordsBelow() map[string]bool {
	out := map[string]bool{}
	for _, n := range c.nodes {
		for label, k := range n.children {
			if shapeOf(label) != shapeVersion {
				addWord(out, label)
				continue
			}
			for label := range k.children {
				addWord(out, label)
			}
		}
	}
	return out
}

// addWord adds a label that is a word.
func addWord(words map[string]bool, label string) {
	if label == "" || label[0] == sharedMark {
		return
	}
	if s := shapeOf(label); s == shapeWord || s == shapeMixed && isCamel(label) {
		words[label] = true
	}
}

// weighTenants adds the evidence from collections that recur below names.
func (d *decider) weighTenants(c *candidate, s *siblings) {
	if s.twins[c] {
		c.addEvidence("the collections below it are those below another name here", d.weights.Alias, int64(len(s.twins)))
		c.witness = true
	}
	if !s.tenants[c] {
		return
	}
	c.addEvidence("the collections below it are those below its siblings", d.weights.Tenants, int64(len(s.tenants)))
	c.witness = true
}
