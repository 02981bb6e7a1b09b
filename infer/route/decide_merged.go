package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// place is a position of a template: all nodes of the trie that were merged under one prefix.
type mergedNode struct {
	nodes     []*node
	linkNodes []*linkNode
	parent    *mergedNode
	depth     int // segments above and here; 0 for the root

	// What stands here, from the place above.
	chunks      []Chunk // of the segment; nil for the root
	evidence    []Evidence
	param       *Param // the whole segment, when it is one parameter
	rangeEnd    *Param // of a...b
	nameChoices []nameChoice
	members     []*candidate
	literal     string // when literal
	isVersion   bool
}

// variable says that the segment here is a value.
func (m *mergedNode) isParameter() bool { return m.members != nil }

// anyVariable says that a value stands here or above.
func (m *mergedNode) hasParameterAbove() bool {
	for ; m != nil; m = m.parent {
		if m.isParameter() {
			return true
		}
	}
	return false
}

// linkNode is a trie of the URLs that bodies held.
type linkNode struct {
	children map[string]*linkNode
}

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

func (m *mergedNode) hasMethods() bool {
	for _, n := range m.nodes {
		if len(n.methods) > 0 {
			return true
		}
	}
	return false
}

// chain lists the places from the first segment to this one.
func (m *mergedNode) path() []*mergedNode {
	var out []*mergedNode
	for ; m.parent != nil; m = m.parent {
		out = append(out, m)
	}
	slices.Reverse(out)
	return out
}

func literalNode(parent *mergedNode, c *candidate) *mergedNode {
	return &mergedNode{nodes: c.nodes, linkNodes: c.linkNodes, parent: parent, depth: parent.depth + 1, literal: c.decoded, evidence: c.evidence,
		chunks: []Chunk{{Literal: c.encoded}}, isVersion: c.shape == shapeVersion || isNumericVersion(c)}
}

// overflow gives up on what cannot be told apart: the segments that a full node folded together, where the
// place turned out to hold literals.
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

// firm says that there is no doubt that a literal is one.
func (m *mergedNode) isCertainLiteral() bool {
	sum := 0.0
	for _, e := range m.evidence {
		sum += e.Weight
	}
	return sum < -1.5
}

// signature names a place by the literals above it.
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

// noun is the nearest literal at or above a place.
func (m *mergedNode) nearestLiteral() string {
	for ; m != nil && m.parent != nil; m = m.parent {
		if !m.isParameter() && !m.isVersion {
			return m.literal
		}
	}
	return ""
}
