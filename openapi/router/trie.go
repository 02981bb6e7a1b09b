package router

import (
	"cmp"
	"slices"
	"strings"
)

// node is a node of the trie of templates.
type node struct {
	literals map[string]*node // by decoded segment
	patterns []*branch        // the most specific one first
	targets  []*target
}

// branch is a segment with parameters and the node behind it.
type branch struct {
	pattern
	next *node
}

// target is an operation under one path prefix.
type target struct {
	Match
	hosts  []string // nil matches any host
	params []string // names, in the order of the template
}

// child returns the node behind a segment of a template, and adds one first if necessary.
func (n *node) child(p pattern) *node {
	if len(p.names) == 0 {
		if n.literals == nil {
			n.literals = map[string]*node{}
		}
		next := n.literals[p.literals[0]]
		if next == nil {
			next = &node{}
			n.literals[p.literals[0]] = next
		}
		return next
	}
	for _, b := range n.patterns {
		if b.key() == p.key() {
			return b.next
		}
	}
	b := &branch{pattern: p, next: &node{}}
	n.patterns = append(n.patterns, b)
	slices.SortStableFunc(n.patterns, func(a, b *branch) int {
		return cmp.Or(b.weight()-a.weight(), strings.Compare(a.key(), b.key()))
	})
	return b.next
}
