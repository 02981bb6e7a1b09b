package schema

import "hash/maphash"

// latest holds the newest value at a position. Most values of most positions equal the one before;
// such repeats are counted here until another value arrives or the facts are read (see settle).
// Facts do not fit the processor caches, so a repeat touches only the first cache line of
// valueFacts.
type latest struct {
	fingerprint uint64 // hash of the text as written, or of the kind if the text does not matter, or 0
	hash        uint64 // sketch.Hash of a string or integer
}

// fingerprintSeed seeds the fingerprints, which are compared within one process only.
var fingerprintSeed = maphash.MakeSeed()

// fingerprintOf returns the fingerprint of a scalar's text. It never equals the fingerprint of a
// kind.
func fingerprintOf(kind byte, text []byte) uint64 {
	return maphash.Bytes(fingerprintSeed, text) ^ uint64(kind) | 1<<63
}

// countIfLatest counts repeats if the fingerprint is that of the latest value, and reports whether
// it is.
func (n *valueFacts) countIfLatest(fingerprint uint64, repeats uint32) bool {
	if n.latest.fingerprint != fingerprint {
		return false
	}
	n.repeats = sum32(n.repeats, repeats)
	return true
}

// settle adds the repeats of the latest value to the counts. Code that reads or merges valueFacts
// must settle them first.
func (n *valueFacts) settle() {
	if n.repeats == 0 {
		return
	}
	n.kinds[n.latestKind] = sum32(n.kinds[n.latestKind], n.repeats)
	if n.latestKind == kindString && n.strings != nil { // files have no text
		n.strings.addRepeats(n.latest.hash, n.latestFormats, n.repeats)
	}
	if n.repeatReport == ReportCounted {
		n.position.Count(int(n.repeats))
	}
	n.repeats = 0
}

// settleAll settles n and everything below it.
func (n *valueFacts) settleAll() {
	n.settle()
	if n.array != nil && n.array.items != nil {
		n.array.items.settleAll()
	}
	for _, r := range n.objects() {
		r.settle()
		for _, s := range r.properties {
			s.facts.values.settleAll()
		}
		if r.pool != nil {
			r.pool.values.settleAll()
		}
	}
}

// Settle adds all outstanding repeats to the counts and reports them to [Position.Count]. Reading
// facts does not require it; observers do.
func (f *Facts) Settle() {
	if f.isUnsettled {
		f.root.settleAll()
		f.isUnsettled = false
	}
}

// countKeySet counts the key set of n objects.
func (r *objectFacts) countKeySet(set uint64, n uint32) {
	if r.latestKeySet == set {
		r.repeats = sum32(r.repeats, n)
		return
	}
	r.settle()
	r.latestKeySet, r.repeats = set, n
}

// settle adds the repeats of the latest key set to the counts.
func (r *objectFacts) settle() {
	if r.repeats > 0 {
		if r.keySets == nil {
			r.keySets = &valueSample{}
		}
		r.keySets.add(r.latestKeySet, r.repeats)
		r.repeats = 0
	}
}
