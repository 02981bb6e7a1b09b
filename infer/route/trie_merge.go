package route

import "github.com/spectap/spectap/infer/bottomk"

// merger merges and trims nodes.
type merger struct {
	newPayload func() Payload
	limits     *childLimits
}

// merge adds the facts of src to dst, which is at the same depth. It does not change src.
func (m merger) merge(dst, src *node, depth int) {
	for _, facts := range src.methods {
		to := dst.method(facts.method, m.newPayload)
		for _, s := range facts.statuses {
			to.addStatus(s.status, s.count)
		}
		to.listResponses += facts.listResponses
		to.bodies += facts.bodies
		to.trailingSlashes += facts.trailingSlashes
		to.payload.Merge(facts.payload)
	}
	dst.responses += src.responses
	dst.pairs += src.pairs
	for _, e := range src.echoFields {
		dst.addEcho(e.name, e.class, e.count)
	}
	dst.listed.merge(&src.listed, maxListed)
	dst.held.merge(src.held)
	dst.segmentSample.merge(&src.segmentSample, maxSegmentSample)
	dst.topProperties.merge(&src.topProperties, maxTopProperties)
	dst.segmentCount.merge(&src.segmentCount)
	for label, k := range src.children {
		to := dst.children[label]
		if to == nil {
			to = &node{}
			if dst.children == nil {
				dst.children = map[string]*node{}
			}
			dst.children[label] = to
			dst.evictNextKnown = false
		}
		m.merge(to, k, depth+1)
	}
	m.trim(dst, depth)
}

// trim evicts children of n into the overflow node until n is within its limit.
func (m merger) trim(n *node, depth int) {
	limit := m.limits[depth]
	for len(n.children) > limit && n.ownChildren() > limit {
		n.evictNextKnown = false
		n.findEvictNext()
		m.evict(n, n.evictNext, depth)
	}
}

// evict merges a child into the overflow node.
func (m merger) evict(n *node, label string, depth int) {
	k := n.children[label]
	delete(n.children, label)
	n.evictNextKnown = false
	rest := n.children[overflowLabel]
	if rest == nil {
		rest = &node{}
		n.children[overflowLabel] = rest
	}
	if label == "" || label[0] != sharedMark {
		_, plain := normalize(label)
		rest.addSharedSegment(bottomk.Hash(plain))
	}
	m.merge(rest, k, depth+1)
}

// trimAll trims a subtree from the top: an evicted child takes its own children along.
func (m merger) trimAll(n *node, depth int) {
	m.trim(n, depth)
	for _, k := range n.children {
		m.trimAll(k, depth+1)
	}
}

// addSharedSegment records one of the segments that share this node.
func (n *node) addSharedSegment(h uint64) {
	n.segmentSample.put(h, 0, maxSegmentSample)
	n.segmentCount.put(h, smallRegisters)
}
