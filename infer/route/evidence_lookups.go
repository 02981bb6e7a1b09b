package route

import (
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

const (
	// minLookups is the least number of attributes beside each other by which one record is found.
	minLookups = 2
	// minLookupNames is the least number of names below one of them.
	minLookupNames = 2
)

// findLookups returns the names below an attribute by which records are found. All names end the
// path, and are answered with records of one shape, which hardly any other path has. Two names
// stand below another attribute beside it in the same way, and few below both: region/europe,
// region/asia and currency/euro, currency/peso. The parts of things recur: limits/cpu, usage/cpu.
func (d *decider) findLookups(parent *level, all []*candidate) map[*candidate]bool {
	if parent.parent == nil || parent.isParameter() || parent.parent.isParameter() || d.isPluralWord(parent.literal) {
		return nil
	}
	shape, ok := d.lookupShape(parent.nodes)
	if !ok {
		return nil
	}
	own, attributes, nodes := hashSet{}, 0, 0
	out := map[*candidate]bool{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() {
			continue
		}
		out[c] = true
		own[sketch.Hash(c.label)] = struct{}{}
		nodes += len(c.nodes)
	}
	attributes += boolToInt(len(out) >= minLookupNames)
	for _, n := range parent.parent.nodes {
		for label, k := range n.children {
			if label == parent.literal || label == "" || label[0] == sharedMark || d.isPluralWord(label) {
				continue
			}
			other, ok := d.lookupShape([]*node{k})
			if !ok || other != shape {
				continue
			}
			recurring := 0
			for name := range k.children {
				_, recurs := own[sketch.Hash(name)]
				recurring += boolToInt(recurs)
			}
			if 2*recurring > min(len(own), len(k.children)) {
				return nil
			}
			nodes += len(k.children)
			attributes += boolToInt(len(k.children) >= minLookupNames)
		}
	}
	if attributes < minLookups || 4*nodes < 3*d.shapeUses[shape] {
		return nil
	}
	return out
}

// lookupShape returns the shape of the answers to all segments below nodes, if these end their
// paths, were only read, and are no words of routes.
func (d *decider) lookupShape(nodes []*node) (shape uint64, ok bool) {
	for _, n := range nodes {
		for label, k := range n.children {
			if len(k.children) > 0 || !k.isOnlyRead() || noun.IsVerb(label) || commonLiterals[label] ||
				selectorWords[label] || len(label) == 0 {
				return 0, false
			}
			s := answerShape(k.topProperties.hashes)
			if s == 0 || shape != 0 && s != shape {
				return 0, false
			}
			for _, p := range k.topProperties.hashes {
				if _, isEnvelope := envelopeWords[p]; isEnvelope {
					return 0, false
				}
			}
			shape = s
		}
	}
	return shape, shape != 0
}

// isOnlyRead reports whether a node was requested, and only read.
func (n *node) isOnlyRead() bool {
	for _, m := range n.methods {
		if m.method != "GET" && m.method != "HEAD" {
			return false
		}
	}
	return len(n.methods) > 0
}

// weighLookups adds the evidence from attributes that find one record.
func (d *decider) weighLookups(c *candidate, s *siblings) {
	if s.lookups[c] {
		c.addEvidence("is answered with the records that other attributes beside the one above it find", d.weights.Types, int64(len(s.lookups)))
		c.witness = true
	}
}
