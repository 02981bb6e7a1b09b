package schema

import "hash/maphash"

// latest is the value that a place had last. Most values of most places are what was there the time before: those are
// counted here and nowhere else, until another comes or the facts are looked at (see settle). So the line of memory
// that a node begins with is all that is needed of its facts, which weigh more than the caches hold.
type latest struct {
	fingerprint uint64 // of the text as it was written, or of the kind where that is all there is to know; 0 for none
	hash        uint64 // of a string or integer, see sketch.Hash
}

// marks is the seed of marks: they are compared within one process only.
var fingerprintSeed = maphash.MakeSeed()

// markOf is the mark of a scalar's text; no kind is like it.
func fingerprintOf(kind byte, text []byte) uint64 {
	return maphash.Bytes(fingerprintSeed, text) ^ uint64(kind) | 1<<63
}

// isLatest says that the value with this mark is the latest, and counts it.
func (n *valueFacts) countIfLatest(mark uint64) bool {
	if n.latest.fingerprint != mark {
		return false
	}
	n.repeats = sum32(n.repeats, 1)
	return true
}

// settle counts what was put off. Whoever reads or merges facts has to settle them first, node by node.
func (n *valueFacts) settle() {
	if n.repeats == 0 {
		return
	}
	n.kinds[n.latestKind] = sum32(n.kinds[n.latestKind], n.repeats)
	if n.latestKind == kindString && n.strings != nil { // those of files have no text
		n.strings.addRepeats(n.latest.hash, n.latestFormats, n.repeats)
	}
	if n.repeatReport == ReportCounted {
		n.position.Count(int(n.repeats))
	}
	n.repeats = 0
}

// settleAll settles a node and all below.
func (n *valueFacts) settleAll() {
	n.settle()
	if n.array != nil && n.array.items != nil {
		n.array.items.settleAll()
	}
	for _, r := range n.objects() {
		r.settle()
		for _, s := range r.props {
			s.facts.values.settleAll()
		}
		if r.pool != nil {
			r.pool.values.settleAll()
		}
	}
}

// Settle counts what adding put off, and tells places of it. Facts need it for nothing else.
func (f *Facts) Settle() {
	if f.isUnsettled {
		f.root.settleAll()
		f.isUnsettled = false
	}
}

// keySet counts the key set of an object.
func (r *objectFacts) countKeySet(set uint64) {
	if r.latestKeySet == set {
		r.repeats = sum32(r.repeats, 1)
		return
	}
	r.settle()
	r.latestKeySet, r.repeats = set, 1
}

// settle is that of nodes, for key sets.
func (r *objectFacts) settle() {
	if r.repeats > 0 {
		if r.keySets == nil {
			r.keySets = &valueSample{}
		}
		r.keySets.add(r.latestKeySet, r.repeats, nil)
		r.repeats = 0
	}
}
