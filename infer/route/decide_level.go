package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// level is all trie nodes with the same template prefix, after the parameters above were merged.
// Its candidates are the segments below these nodes. It also holds the decided segment that ends
// the prefix.
type level struct {
	nodes     []*node
	linkNodes []*linkNode
	parent    *level
	depth     int // number of segments up to here; 0 for the root

	// The decided segment.
	chunks      []Chunk // nil for the root
	evidence    []Evidence
	param       *Param   // nil for a literal
	rest        []*Param // the parameters after the first, of a...b and of several keys
	nameChoices []nameChoice
	members     []*candidate
	literal     string // "" for a parameter
	isVersion   bool
}

// isParameter reports whether the segment is a parameter.
func (l *level) isParameter() bool { return l.members != nil }

// hasParameterAbove reports whether this segment or one above it is a parameter.
func (l *level) hasParameterAbove() bool {
	for ; l != nil; l = l.parent {
		if l.isParameter() {
			return true
		}
	}
	return false
}

// linkNode is a node in the trie of URLs that bodies held.
type linkNode struct {
	children map[string]*linkNode
}

// newLinkTrie makes a trie of paths.
func newLinkTrie(paths []string) *linkNode {
	root := &linkNode{}
	for _, p := range paths {
		n := root
		for _, s := range strings.Split(strings.TrimPrefix(p, "/"), "/") {
			if n.children == nil {
				n.children = map[string]*linkNode{}
			}
			k := n.children[s]
			if k == nil {
				k = &linkNode{}
				n.children[s] = k
			}
			n = k
		}
	}
	return root
}

// hasMethods reports whether an operation ends here.
func (l *level) hasMethods() bool {
	return slices.ContainsFunc(l.nodes, func(n *node) bool { return len(n.methods) > 0 })
}

// below yields the nodes below a level, in no order, with the labels that lead to them. The labels
// are valid until the next node.
func (l *level) below(yield func(n *node, labels []string) bool) {
	var walk func(n *node, labels []string) bool
	walk = func(n *node, labels []string) bool {
		for label, k := range n.children {
			if path := append(labels, label); !yield(k, path) || !walk(k, path) {
				return false
			}
		}
		return true
	}
	for _, n := range l.nodes {
		if !walk(n, make([]string, 0, maxSegments)) {
			return
		}
	}
}

// path lists the levels from the first segment to this one.
func (l *level) path() []*level {
	var out []*level
	for ; l.parent != nil; l = l.parent {
		out = append(out, l)
	}
	slices.Reverse(out)
	return out
}

// literalLevel makes the level below a literal.
func literalLevel(parent *level, c *candidate) *level {
	return &level{nodes: c.nodes, linkNodes: c.linkNodes, parent: parent, depth: parent.depth + 1,
		literal: c.prefix + c.decoded, evidence: c.evidence,
		chunks: []Chunk{{Literal: c.encoded}}, isVersion: c.shape == shapeVersion || isNumericVersion(c)}
}

// addOverflow gives up on the segments that a full node evicted, if the segments next to them are
// literals. Their exchanges were counted together only.
func (d *decider) addOverflow(parent *level, nodes []*node) {
	overflow := &level{parent: parent, depth: parent.depth + 1, nodes: nodes, chunks: []Chunk{{Literal: "*"}}}
	var all []*node
	for _, n := range nodes {
		all = n.appendAll(all)
	}
	d.drafts = append(d.drafts, draft{path: overflow.path(), nodes: all, overflow: true})
}

// isCertainLiteral reports whether the evidence for a literal is clear.
func (l *level) isCertainLiteral() bool {
	sum := 0.0
	for _, e := range l.evidence {
		sum += e.Weight
	}
	return sum < -1.5
}

// signature identifies a template prefix by its literals. Versions of one API have the same users,
// so they are one place.
func (l *level) signature() uint64 {
	h := uint64(1)
	for _, n := range l.path() {
		switch {
		case n.isVersion:
		case n.isParameter():
			h = bottomk.Pair(h, 0)
		default:
			h = bottomk.Pair(h, bottomk.Hash(n.literal))
		}
	}
	return h
}

// nearestLiteral returns the nearest literal at or above a level that is not a version.
func (l *level) nearestLiteral() string {
	for ; l != nil && l.parent != nil; l = l.parent {
		if !l.isParameter() && !l.isVersion {
			return l.literal
		}
	}
	return ""
}

// isBelowPlural reports whether a level stands directly below a plural noun.
func (l *level) isBelowPlural() bool {
	return l.literal != "" && !l.isParameter() && !isMarkedWord(l.literal) && noun.IsPlural(l.literal)
}
