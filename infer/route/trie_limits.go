package route

import "github.com/spectap/spectap/infer/sketch"

const (
	maxChildren   = 512  // children of one node that have a node of their own
	trieSoftLimit = 4096 // distinct prefixes of paths up to which no node keeps fewer
)

// squeeze is how many children a node keeps, by how often the trie's size passed double of fullTrie.
type limitLevel struct {
	children int
	// fewWords exempts a depth where there are no more distinct words than this in the whole trie: they are
	// literals below many parents, and to lose them would lose operations.
	minLabels int64
}

// The last ones bound the memory for a site that combines few words in millions of ways; operations are lost then.
var limitLevels = []limitLevel{{maxChildren, 0}, {256, 256}, {128, 256}, {64, 256}, {32, 256}, {16, 256}, {16, 128}, {8, 96}, {8, 64}, {64, 0}, {16, 0}, {4, 0}, {1, 0}}

// routeWords are literals that often stand beside names. They are kept longest; no decision looks at them.
var commonLiterals = set("me", "self", "search", "count", "export", "import", "login", "logout", "new", "edit", "all", "batch", "bulk", "stats",
	"status", "health", "latest", "current", "default", "list", "query", "settings", "config", "info", "summary", "validate", "verify",
	"preview", "upload", "download", "public", "private", "archive", "recent", "popular", "trending", "suggest", "autocomplete", "lookup",
	"check", "test", "schema", "metadata", "types", "tags", "metrics", "events", "sync", "refresh", "token", "register", "feed", "top")

// bounds are the children that nodes keep, by their depth. All nodes of one depth keep equally many: then what a
// node gave up before it was folded away would not have been kept by the one that takes it in either.
type childLimits [maxSegments + 1]int

// bound computes the bounds. They are a function of the sets of prefixes and words that were seen, and only ever
// shrink as these grow.
func (t *Tree) computeLimits() childLimits {
	level := 0
	for n := t.prefixCount.estimate(); n > t.softLimit<<level && level < len(t.levels)-1; {
		level++
	}
	var limits childLimits
	for depth := range limits {
		limits[depth] = t.levels[0].children
		for _, s := range t.levels[:level+1] {
			if s.children < limits[depth] && (depth >= maxSegments || t.labelCounts[depth].estimate() > s.minLabels) {
				limits[depth] = s.children
			}
		}
	}
	return limits
}

// measure counts the prefixes of a path and the words at each depth, and trims the trie when there are too many.
// It returns the hash of the path's labels.
func (t *Tree) measure(segs []segment) uint64 {
	h, grown := uint64(0), false
	for i := range segs {
		l := sketch.Hash(segs[i].label)
		h = sketch.Pair(h, l)
		grown = t.prefixCount.put(h, prefixRegisters) || grown
		grown = t.labelCounts[i].put(l, labelRegisters) || grown
	}
	if grown {
		t.tightenLimits()
	}
	return h
}

// squeeze trims the trie to its bounds.
func (t *Tree) tightenLimits() {
	if t.prefixCount.estimate() <= t.softLimit {
		return
	}
	if limits := t.computeLimits(); limits != t.limits {
		t.limits = limits
		t.merger().trimAll(&t.root, 0)
	}
}

func (t *Tree) merger() merger { return merger{t.newPayload, &t.limits} }
