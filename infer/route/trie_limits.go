package route

import "github.com/spectap/spectap/infer/bottomk"

const (
	maxChildren   = 512  // children of one node that have a node of their own
	trieSoftLimit = 4096 // distinct path prefixes up to which no node gets a lower limit
)

// limitStep is the number of children per node at one size of the trie. Each step applies after
// the number of prefixes has doubled again beyond trieSoftLimit.
type limitStep struct {
	children int
	// minLabels exempts a depth with at most this many distinct labels in the complete trie. They
	// are literals below many parents; evicting them would lose operations.
	minLabels int64
}

// limitSteps ends with steps that bound the memory for a site that combines few words in millions
// of ways. Operations are lost there.
var limitSteps = []limitStep{{maxChildren, 0}, {256, 256}, {128, 256}, {64, 256}, {32, 256}, {16, 256}, {16, 128},
	{8, 96}, {8, 64}, {64, 0}, {16, 0}, {4, 0}, {1, 0}}

// commonLiterals often occur next to names. Nodes evict them last; decisions do not depend on them.
var commonLiterals = set("me", "self", "search", "count", "export", "import", "login", "logout", "new", "edit",
	"all", "batch", "bulk", "stats", "status", "health", "latest", "current", "default", "list", "query",
	"settings", "config", "info", "summary", "validate", "verify", "preview", "upload", "download", "public", "private",
	"archive", "recent", "popular", "trending", "suggest", "autocomplete", "lookup", "check", "test", "schema",
	"metadata", "types", "tags", "metrics", "events", "sync", "refresh", "token", "register", "feed", "top")

// childLimits is the number of children per node, by depth. It is the same for all nodes of one
// depth, so that a child evicted from a node before a merge would not have been kept by the merged
// node either.
type childLimits [maxSegments + 1]int

// computeLimits computes the limits from the sets of prefixes and labels seen so far. Limits only
// shrink as these sets grow.
func (t *Tree) computeLimits() childLimits {
	step := 0
	for n := t.prefixCount.estimate(); n > t.softLimit<<step && step < len(t.limitSteps)-1; {
		step++
	}
	var limits childLimits
	for depth := range limits {
		limits[depth] = t.limitSteps[0].children
		for _, s := range t.limitSteps[:step+1] {
			if s.children < limits[depth] && (depth >= maxSegments || t.labelCounts[depth].estimate() > s.minLabels) {
				limits[depth] = s.children
			}
		}
	}
	return limits
}

// measure counts the prefixes of a path and the labels at each depth, and trims the trie if a limit
// shrinks. It returns the hash of the path's labels.
func (t *Tree) measure(segments []segment) uint64 {
	h, grown := uint64(0), false
	for i := range segments {
		l := bottomk.Hash(segments[i].label)
		h = bottomk.Pair(h, l)
		grown = t.prefixCount.put(h, prefixRegisters) || grown
		grown = t.labelCounts[i].put(l, labelRegisters) || grown
	}
	if grown {
		t.tightenLimits()
	}
	return h
}

// tightenLimits recomputes the limits and trims the trie to them.
func (t *Tree) tightenLimits() {
	if t.prefixCount.estimate() <= t.softLimit {
		return
	}
	if limits := t.computeLimits(); limits != t.limits {
		t.limits = limits
		t.merger().trimAll(&t.root, 0)
	}
}

// merger returns a merger with the limits of the tree.
func (t *Tree) merger() merger { return merger{t.newPayload, &t.limits} }
