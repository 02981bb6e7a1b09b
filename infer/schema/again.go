package schema

import "hash/maphash"

// latest is the value that a place had last. Most values of most places are what was there the time before: those are
// counted here and nowhere else, until another comes or the facts are looked at (see settle). So the line of memory
// that a node begins with is all that is needed of its facts, which weigh more than the caches hold.
type latest struct {
	mark uint64 // of the text as it was written, or of the kind where that is all there is to know; 0 for none
	hash uint64 // of a string or integer, see sketch.Hash
}

// marks is the seed of marks: they are compared within one process only.
var marks = maphash.MakeSeed()

// markOf is the mark of a scalar's text; no kind is like it.
func markOf(kind byte, text []byte) uint64 {
	return maphash.Bytes(marks, text) ^ uint64(kind) | 1<<63
}

// isLatest says that the value with this mark is the latest, and counts it.
func (n *node) isLatest(mark uint64) bool {
	if n.latest.mark != mark {
		return false
	}
	n.again = sum32(n.again, 1)
	return true
}

// settle counts what was put off. Whoever reads or merges facts has to settle them first, node by node.
func (n *node) settle() {
	if n.again == 0 {
		return
	}
	n.kinds[n.kind] = sum32(n.kinds[n.kind], n.again)
	if n.kind == isString && n.str != nil { // those of files have no text
		n.str.repeat(n.latest.hash, n.shape, n.again)
	}
	if n.telling == ReportCounted {
		n.place.Count(int(n.again))
	}
	n.again = 0
}

// settleAll settles a node and all below.
func (n *node) settleAll() {
	n.settle()
	if n.arr != nil && n.arr.items != nil {
		n.arr.items.settleAll()
	}
	for _, r := range n.records() {
		r.settle()
		for _, s := range r.props {
			s.p.node.settleAll()
		}
		if r.pool != nil {
			r.pool.node.settleAll()
		}
	}
}

// Settle counts what adding put off, and tells places of it. Facts need it for nothing else.
func (f *Facts) Settle() {
	if f.unsettled {
		f.root.settleAll()
		f.unsettled = false
	}
}

// keySet counts the key set of an object.
func (r *record) keySet(set uint64) {
	if r.set == set {
		r.again = sum32(r.again, 1)
		return
	}
	r.settle()
	r.set, r.again = set, 1
}

// settle is that of nodes, for key sets.
func (r *record) settle() {
	if r.again > 0 {
		if r.sets == nil {
			r.sets = &values{}
		}
		r.sets.add(r.set, r.again, nil)
		r.again = 0
	}
}
