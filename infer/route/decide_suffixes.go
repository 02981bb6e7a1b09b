package route

import "github.com/spectap/spectap/infer/sketch"

// suffixes returns the methods and masked paths below a node, the node's own methods aside.
func (d *decider) suffixesBelow(n *node) hashSet {
	if s, ok := d.suffixCache[n]; ok {
		return s
	}
	s := hashSet{}
	for label, k := range n.children {
		l := sketch.Hash(label)
		for _, m := range k.methods {
			s[sketch.Pair(l, sketch.Hash(m.method))] = struct{}{}
		}
		for h := range d.suffixesBelow(k) {
			s[sketch.Pair(l, h)] = struct{}{}
		}
	}
	d.suffixCache[n] = s
	return s
}

// lengths returns the methods at and below a node, with how far below they are.
func (d *decider) depthsBelow(n *node) hashSet {
	if s, ok := d.depthCache[n]; ok {
		return s
	}
	s := hashSet{}
	for _, m := range n.methods {
		s[sketch.Hash(m.method)] = struct{}{}
	}
	for _, k := range n.children {
		for h := range d.depthsBelow(k) {
			s[sketch.Int(h+1)] = struct{}{}
		}
	}
	d.depthCache[n] = s
	return s
}

// found says that an answer is evidence of an operation: 404 and 405 are not, nor is no answer at all.
func isServed(status int) bool { return status != 404 && status != 405 && status != 0 }

// live says that something at or below a node was found.
func (d *decider) hasServed(n *node) bool {
	if l, ok := d.servedCache[n]; ok {
		return l
	}
	l := false
	for _, m := range n.methods {
		for _, s := range m.statuses {
			l = l || isServed(s.status)
		}
	}
	for _, k := range n.children {
		l = d.hasServed(k) || l
	}
	d.servedCache[n] = l
	return l
}
