package route

import (
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
)

// suffixesBelow returns the hashes of the methods and path suffixes below a node, without the
// node's own methods.
func (d *decider) suffixesBelow(n *node) hashSet {
	if s, ok := d.suffixCache[n]; ok {
		return s
	}
	s := hashSet{}
	for label, k := range n.children {
		l := bottomk.Hash(label)
		for _, m := range k.methods {
			s[bottomk.Pair(l, bottomk.Hash(m.method))] = struct{}{}
		}
		for h := range d.suffixesBelow(k) {
			s[bottomk.Pair(l, h)] = struct{}{}
		}
	}
	d.suffixCache[n] = s
	return s
}

// depthsBelow returns the hashes of the methods at and below a node, with their depth.
func (d *decider) depthsBelow(n *node) hashSet {
	if s, ok := d.depthCache[n]; ok {
		return s
	}
	s := hashSet{}
	for _, m := range n.methods {
		s[bottomk.Hash(m.method)] = struct{}{}
	}
	for _, k := range n.children {
		for h := range d.depthsBelow(k) {
			s[bottomk.Int(h+1)] = struct{}{}
		}
	}
	d.depthCache[n] = s
	return s
}

// isServed reports whether a response is evidence of an operation. 404, 405 and no response (0) are
// not.
func isServed(status int) bool { return status != 404 && status != 405 && status != 0 }

// hasServed reports whether anything at or below a node was served.
func (d *decider) hasServed(n *node) bool { return n.wasAnswered(isServed, d.servedCache) }

// wasAnswered reports whether anything at or below a node had a status of a kind.
func (n *node) wasAnswered(is func(status int) bool, cache map[*node]bool) bool {
	if known, ok := cache[n]; ok {
		return known
	}
	was := false
	for _, m := range n.methods {
		was = was || slices.ContainsFunc(m.statuses, func(s statusCount) bool { return is(s.status) })
	}
	for _, k := range n.children {
		was = k.wasAnswered(is, cache) || was
	}
	cache[n] = was
	return was
}
