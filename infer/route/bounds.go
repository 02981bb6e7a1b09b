package route

import "github.com/spectap/spectap/infer/sketch"

const (
	maxKids  = 512  // children of one node that have a node of their own
	fullTrie = 4096 // distinct prefixes of paths up to which no node keeps fewer
)

// squeeze is how many children a node keeps, by how often the trie's size passed double of fullTrie.
type squeeze struct {
	kids int
	// fewWords exempts a depth where there are no more distinct words than this in the whole trie: they are
	// literals below many parents, and to lose them would lose operations.
	fewWords int64
}

// The last ones bound the memory for a site that combines few words in millions of ways; operations are lost then.
var squeezes = []squeeze{{maxKids, 0}, {256, 256}, {128, 256}, {64, 256}, {32, 256}, {16, 256}, {16, 128}, {8, 96}, {8, 64}, {64, 0}, {16, 0}, {4, 0}, {1, 0}}

// routeWords are literals that often stand beside names. They are kept longest; no decision looks at them.
var routeWords = set("me", "self", "search", "count", "export", "import", "login", "logout", "new", "edit", "all", "batch", "bulk", "stats",
	"status", "health", "latest", "current", "default", "list", "query", "settings", "config", "info", "summary", "validate", "verify",
	"preview", "upload", "download", "public", "private", "archive", "recent", "popular", "trending", "suggest", "autocomplete", "lookup",
	"check", "test", "schema", "metadata", "types", "tags", "metrics", "events", "sync", "refresh", "token", "register", "feed", "top")

// bounds are the children that nodes keep, by their depth. All nodes of one depth keep equally many: then what a
// node gave up before it was folded away would not have been kept by the one that takes it in either.
type bounds [maxSegments + 1]int

// bound computes the bounds. They are a function of the sets of prefixes and words that were seen, and only ever
// shrink as these grow.
func (t *Tree) bound() bounds {
	level := 0
	for n := t.size.count(); n > t.full<<level && level < len(t.squeezes)-1; {
		level++
	}
	var b bounds
	for depth := range b {
		b[depth] = t.squeezes[0].kids
		for _, s := range t.squeezes[:level+1] {
			if s.kids < b[depth] && (depth >= maxSegments || t.words[depth].count() > s.fewWords) {
				b[depth] = s.kids
			}
		}
	}
	return b
}

// measure counts the prefixes of a path and the words at each depth, and trims the trie when there are too many.
// It returns the hash of the path's labels.
func (t *Tree) measure(segs []segment) uint64 {
	h, grown := uint64(0), false
	for i := range segs {
		l := sketch.Hash(segs[i].label)
		h = sketch.Pair(h, l)
		grown = t.size.put(h, sizeRegisters) || grown
		grown = t.words[i].put(l, wordRegisters) || grown
	}
	if grown {
		t.squeeze()
	}
	return h
}

// squeeze trims the trie to its bounds.
func (t *Tree) squeeze() {
	if t.size.count() <= t.full {
		return
	}
	if b := t.bound(); b != t.bounds {
		t.bounds = b
		t.folder().trimAll(&t.root, 0)
	}
}

func (t *Tree) folder() folder { return folder{t.fresh, &t.bounds} }
