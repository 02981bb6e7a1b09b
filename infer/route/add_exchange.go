package route

import (
	"slices"

	"github.com/spectap/spectap/infer/sketch"
)

// Payload is what the caller keeps for one method of one node of the trie. Merging is associative and
// commutative, and leaves its argument as it was.
type Payload interface {
	Merge(Payload)
	// Settle has it call Property.Count with what was put off.
	Settle()
	AppendBinary([]byte) ([]byte, error)
}

// visit is the exchange that is being taken in, between Begin and End. It holds no facts; its memory is used again.
type currentExchange struct {
	segments  []segment
	nodes     []*node // of the path, the root first
	method    *methodFacts
	operation uint64 // hash of the path's labels and the method
	status    int
	isGet     bool

	hasResponseValues, hasRequestValues bool // the bodies had values
	prepared                            bool // what follows is ready
	filter                              bloomFilter
	suffixes                            [maxSegments]suffixHashes
	pathBuffer                          []byte
	// What the values said, a bit for each segment.
	wholeBits, fileBits, previousBits, pairBits uint32
	echoes                                      []echo
}

// hit is one field of an answer that holds a segment.
type echo struct {
	segment int
	field   *fieldFacts
}

// Begin begins to take in an exchange and returns the payload of its method and path, for the caller to fold the
// rest of the exchange into before it calls End; it is good until then. Between the two come the values of the
// answer's body, then those of the request's. Method is in upper case, path percent-encoded as sent, without query;
// status is 0 when there was no answer.
func (t *Tree) Begin(method, path string, status int) Payload {
	t.exchanges++
	t.unsettled = true
	cur := &t.current
	var trailingSlash bool
	cur.segments, trailingSlash = splitPath(path, cur.segments[:0])
	cur.operation = sketch.Pair(t.measure(cur.segments), sketch.Hash(method))
	cur.nodes = t.walk(cur.segments, cur.nodes[:0])
	m := cur.nodes[len(cur.nodes)-1].method(method, t.newPayload)
	m.addStatus(status, 1)
	if trailingSlash {
		m.trailingSlashes++
	}
	cur.method, cur.status, cur.isGet = m, status, method == "GET"
	cur.hasResponseValues, cur.hasRequestValues, cur.prepared = false, false, false
	return m.payload
}

// Operation is the hash of the path's labels and the method. Mostly it follows from the payload; those of paths that
// are not told apart are one.
func (t *Tree) OperationHash() uint64 { return t.current.operation }

// Answer takes in a string or integer of the answer's decoded body. Hash is sketch.Hash of the text, which is not
// kept. The caller bounds how many there are and how long. If it is known now, the same value at the same place of
// answers of this operation and status may be given to Again instead, and counted says that it is to be counted, too.
func (t *Tree) ResponseValue(p *Property, text []byte, hash uint64) (known, counted bool) {
	cur := &t.current
	cur.hasResponseValues = true
	if cur.status >= 400 {
		return false, false
	}
	operation := uint64(0)
	if p.top {
		operation = cur.operation
	}
	v := t.indexValue(p, text, hash, 0, operation)
	if isSuccess(cur.status) {
		t.compareWithPath(p, text, &v, cur.isGet)
	}
	return true, !v.unindexed
}

// MayHold says whether a value of an answer that its place had before, when it was given to Answer, is to be given to
// Again: all that is left is to compare it with this path, and most have nothing in common with it.
func (t *Tree) MayMatch(text []byte, hash uint64) bool {
	cur := &t.current
	cur.hasResponseValues = true
	if !isSuccess(cur.status) || len(text) == 0 || len(text) > maxComparedText {
		return false
	}
	if !cur.prepared {
		cur.prepareFilter()
	}
	return cur.filter.mayContain(text, &bodyValue{hash: hash})
}

// Again takes in such a value.
func (t *Tree) RepeatedValue(p *Property, text []byte, hash uint64) {
	cur, v := &t.current, bodyValue{hash: hash}
	if isURL(text) {
		v.unindexed = true
	} else {
		v.field, v.strong = p.facts, p.lastValue&1 != 0
	}
	if cur.filter.mayContain(text, &v) {
		cur.matchSegments(text, &v)
	}
}

// Request takes in a string or integer of the request's body, JSON or a form. Where the answer said nothing, it
// speaks for it.
func (t *Tree) RequestValue(p *Property, text []byte, hash uint64) {
	cur := &t.current
	cur.hasRequestValues = true
	if cur.status >= 400 {
		return
	}
	v := t.indexValue(p, text, hash, classInRequest, 0)
	if isSuccess(cur.status) && !cur.hasResponseValues {
		t.compareWithPath(p, text, &v, false)
	}
}

// Key takes in the name of a property of an answer's body. Once is enough.
func (t *Tree) PropertyName(name string) {
	h := lowerHash(name)
	if _, ok := t.index.propertyNames.entries[h]; !ok {
		t.index.propertyNames.put(h, struct{}{})
	}
}

// End ends the exchange: the answer's Location header, whether it had a body, and whether that is a list of things
// or wraps one.
func (t *Tree) End(location string, hasBody, list bool) {
	cur := &t.current
	if cur.status < 400 && location != "" {
		t.addLink([]byte(location), sketch.Hash(location))
	}
	if isSuccess(cur.status) {
		if hasBody {
			cur.method.bodies++
		}
		if list {
			cur.method.listResponses++
		}
		if cur.hasResponseValues || cur.hasRequestValues {
			cur.countEchoes()
		}
	}
	clear(cur.segments)
	clear(cur.nodes)
	clear(cur.echoes)
	cur.method, cur.segments, cur.nodes, cur.echoes = nil, cur.segments[:0], cur.nodes[:0], cur.echoes[:0]
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// seal counts what a successful answer said about the path that was asked for.
func (cur *currentExchange) countEchoes() {
	for i := range cur.segments {
		n := cur.nodes[i+1]
		n.responses++
		n.pairs += int64(cur.pairBits >> uint(i) & 1)
		if i > 0 {
			b := suffixHasResponse | suffixWhole*(cur.wholeBits>>uint(i)&1) | suffixInFileField*(cur.fileBits>>uint(i)&1) | suffixWithPrevious*(cur.previousBits>>uint(i)&1)
			cur.nodes[i].suffixes.put(cur.suffixes[i].suffix, b|uint32(len(cur.segments)-i)<<suffixLengthShift, maxSuffixes)
		}
	}
	for _, x := range cur.echoes {
		cur.nodes[x.segment+1].addEcho(x.field.name, x.field.class, 1)
	}
}

// hit notes once for each answer that a field holds a segment.
func (cur *currentExchange) addEcho(at int, f *fieldFacts) {
	if f == nil { // a URL: it is no segment, whatever it looks like
		return
	}
	if !slices.ContainsFunc(cur.echoes, func(x echo) bool { return x.segment == at && x.field.name == f.name }) {
		cur.echoes = append(cur.echoes, echo{at, f})
	}
}
