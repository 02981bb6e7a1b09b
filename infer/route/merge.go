package route

import "github.com/spectap/spectap/infer/sketch"

// folder merges nodes.
type folder struct {
	fresh func() Payload
	*bounds
}

// fold adds the facts of src to dst, both at one depth, and leaves src as it was.
func (f folder) fold(dst, src *node, depth int) {
	for _, m := range src.methods {
		to := dst.method(m.method, f.fresh)
		for _, s := range m.statuses {
			to.count(s.status, s.n)
		}
		to.lists += m.lists
		to.bodies += m.bodies
		to.trail += m.trail
		to.payload.Merge(m.payload)
	}
	dst.answers += src.answers
	dst.pairs += src.pairs
	for _, e := range src.echo {
		dst.echoed(e.name, e.class, e.n)
	}
	dst.list.merge(&src.list, maxList)
	dst.rests.merge(&src.rests, maxRests)
	dst.ids.merge(&src.ids, maxIDs)
	dst.tops.merge(&src.tops, maxTops)
	dst.distinct.merge(&src.distinct)
	for label, k := range src.kids {
		to := dst.kids[label]
		if to == nil {
			to = &node{}
			if dst.kids == nil {
				dst.kids = map[string]*node{}
			}
			dst.kids[label] = to
			dst.sorted = false
		}
		f.fold(to, k, depth+1)
	}
	f.trim(dst, depth)
}

// trim makes a node's worst children share the node of the rest until it has no more than it may.
func (f folder) trim(n *node, depth int) {
	limit := f.bounds[depth]
	for len(n.kids) > limit && n.own() > limit {
		n.sorted = false
		n.findWorst()
		f.evict(n, n.worst, depth)
	}
}

// evict folds a child into the node of the rest.
func (f folder) evict(n *node, label string, depth int) {
	k := n.kids[label]
	delete(n.kids, label)
	n.sorted = false
	rest := n.kids[restLabel]
	if rest == nil {
		rest = &node{}
		n.kids[restLabel] = rest
	}
	if label == "" || label[0] != mark {
		_, plain := normal(label)
		rest.share(sketch.Hash(plain))
	}
	f.fold(rest, k, depth+1)
}

// trimAll trims a subtree, children last: a child that goes takes its own with it.
func (f folder) trimAll(n *node, depth int) {
	f.trim(n, depth)
	for _, k := range n.kids {
		f.trimAll(k, depth+1)
	}
}

// share notes a segment that shares this node.
func (n *node) share(h uint64) {
	n.ids.put(h, 0, maxIDs)
	n.distinct.put(h, smallRegisters)
}
