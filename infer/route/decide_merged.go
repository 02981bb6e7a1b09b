package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// mergedNode is one segment of the decided templates: all trie nodes merged under one template
// prefix.
type mergedNode struct {
	nodes     []*node
	linkNodes []*linkNode
	parent    *mergedNode
	depth     int // number of segments up to here; 0 for the root

	// The decided segment.
	chunks      []Chunk // nil for the root
	evidence    []Evidence
	param       *Param // nil for a literal
	rangeEnd    *Param // second parameter of a...b
	nameChoices []nameChoice
	members     []*candidate
	literal     string // "" for a parameter
	isVersion   bool
}

// isParameter reports whether the segment is a parameter.
func (m *mergedNode) isParameter() bool { return m.members != nil }

// hasParameterAbove reports whether this segment or one above it is a parameter.
func (m *mergedNode) hasParameterAbove() bool {
	for ; m != nil; m = m.parent {
		if m.isParameter() {
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

// hasMethods reports whether requests end here.
func (m *mergedNode) hasMethods() bool {
	for _, n := range m.nodes {
		if len(n.methods) > 0 {
			return true
		}
	}
	return false
}

// path lists the merged nodes from the first segment to this one.
func (m *mergedNode) path() []*mergedNode {
	var out []*mergedNode
	for ; m.parent != nil; m = m.parent {
		out = append(out, m)
	}
	slices.Reverse(out)
	return out
}

// literalNode makes the merged node of a literal.
func literalNode(parent *mergedNode, c *candidate) *mergedNode {
	return &mergedNode{nodes: c.nodes, linkNodes: c.linkNodes, parent: parent, depth: parent.depth + 1,
		literal: c.decoded, evidence: c.evidence,
		chunks: []Chunk{{Literal: c.encoded}}, isVersion: c.shape == shapeVersion || isNumericVersion(c)}
}

// addOverflow gives up on the segments that a full node evicted, if the segments beside them are
// literals. Their exchanges cannot be told apart.
func (d *decider) addOverflow(parent *mergedNode, nodes []*node) {
	overflow := &mergedNode{parent: parent, depth: parent.depth + 1, nodes: nodes, chunks: []Chunk{{Literal: "*"}}}
	var all []*node
	var walk func(n *node)
	walk = func(n *node) {
		all = append(all, n)
		for _, l := range n.labels() {
			walk(n.children[l])
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	d.drafts = append(d.drafts, draft{path: overflow.path(), nodes: all, overflow: true})
}

// isCertainLiteral reports whether the evidence for a literal is clear.
func (m *mergedNode) isCertainLiteral() bool {
	sum := 0.0
	for _, e := range m.evidence {
		sum += e.Weight
	}
	return sum < -1.5
}

// signature identifies a template prefix by its literals.
func (m *mergedNode) signature() uint64 {
	h := uint64(1)
	for _, n := range m.path() {
		if n.isParameter() {
			h = sketch.Pair(h, 0)
		} else {
			h = sketch.Pair(h, sketch.Hash(n.literal))
		}
	}
	return h
}

// nearestLiteral returns the nearest literal at or above a merged node that is not a version.
func (m *mergedNode) nearestLiteral() string {
	for ; m != nil && m.parent != nil; m = m.parent {
		if !m.isParameter() && !m.isVersion {
			return m.literal
		}
	}
	return ""
}
