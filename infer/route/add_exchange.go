package route

import (
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
)

// Payload is what the caller keeps for one method of one trie node. Merge must be associative and
// commutative and must not change its argument.
type Payload interface {
	Merge(Payload)
	// Settle makes the payload call [Property.Count] for the repeats it has deferred.
	Settle()
	AppendBinary([]byte) ([]byte, error)
}

// currentExchange is the exchange being added, between Begin and End. It holds no facts, and its
// memory is reused.
type currentExchange struct {
	segments  []segment
	nodes     []*node // of the path, the root first
	method    *methodFacts
	operation uint64 // hash of the path's labels and of the method
	status    int
	isGet     bool

	hasResponseValues, hasRequestValues bool // a body had values
	record                              *Repeat
	prepared                            bool // the fields below are valid
	filter                              bloomFilter
	suffixes                            [maxSegments]suffixHashes
	pathBuffer                          []byte
	// Matches of body values; bit i is segment i.
	suffixBits, fileBits, previousBits, pairBits uint32
	echoes                                       []echo
}

// echo is a response field that holds a segment.
type echo struct {
	segment int
	field   *fieldFacts
}

// Begin starts adding an exchange and returns the payload of its method and path. The payload is
// valid until End, and the caller adds the rest of the exchange to it. Between Begin and End the
// caller passes the values of the response body, then those of the request body. method is in upper
// case; path is percent-encoded as sent, without query; status is 0 if there was no response.
func (t *Tree) Begin(method, path string, status int) Payload {
	t.exchanges++
	t.unsettled = true
	cur := &t.current
	var trailingSlash bool
	cur.segments, trailingSlash = splitPath(path, cur.segments[:0])
	cur.operation = bottomk.Pair(t.measure(cur.segments), bottomk.Hash(method))
	cur.nodes = t.walk(cur.segments, cur.nodes[:0])
	m := cur.nodes[len(cur.nodes)-1].method(method, t.newPayload)
	m.addStatus(status, 1)
	if trailingSlash {
		m.trailingSlashes++
	}
	cur.method, cur.status, cur.isGet = m, status, method == "GET"
	cur.hasResponseValues, cur.hasRequestValues, cur.prepared, cur.record = false, false, false, nil
	return m.payload
}

// OperationHash returns the hash of the path's labels and the method. It mostly follows from the
// payload; all paths that exceed a limit have one hash.
func (t *Tree) OperationHash() uint64 { return t.current.operation }

// ResponseValue adds a string or integer of the decoded response body. hash is bottomk.Hash of the
// text; the text is not kept. The caller bounds the number and length of values.
//
// If known is true, the caller may pass the same value at the same position of later responses of
// this operation and status to [Tree.RepeatedValue] instead. counted reports whether it must then
// be counted with [Property.Count], too.
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
	text, v.fromRoot = p.fromRoot(text)
	if v.fromRoot {
		v.hash = bottomk.Hash(text)
	}
	if cur.record != nil && v.hash != 0 {
		cur.record.add(p, text, &v)
	}
	if isSuccess(cur.status) {
		t.compareWithPath(p, text, &v, cur.isGet)
	}
	return !v.fromRoot, !v.unindexed
}

// MayMatch reports whether a repeated value must be passed to [Tree.RepeatedValue]. A repeated
// value is only compared with the path, and most values have nothing in common with it.
func (t *Tree) MayMatch(text []byte, hash uint64) bool {
	cur := &t.current
	cur.hasResponseValues = true
	if !isSuccess(cur.status) || len(text) == 0 || len(text) > maxComparedText {
		return false
	}
	if !cur.prepared {
		cur.prepareFilter()
	}
	return cur.record != nil || cur.filter.mayContain(text, &bodyValue{hash: hash})
}

// RepeatedValue adds a response value that its position held before, when it was passed to
// [Tree.ResponseValue].
func (t *Tree) RepeatedValue(p *Property, text []byte, hash uint64) {
	cur, v := &t.current, bodyValue{hash: hash}
	if isURL(text) {
		v.unindexed = true
	} else {
		v.field, v.strong = p.facts, p.lastValue&1 != 0
	}
	if cur.record != nil {
		cur.record.add(p, text, &v)
	}
	if cur.filter.mayContain(text, &v) {
		cur.matchSegments(text, &v)
	}
}

// RequestValue adds a string or integer of the request body, JSON or form. If the response had no
// values, it is compared with the path instead of them.
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

// PropertyName adds the name of a property of a response body. Adding it once is enough.
func (t *Tree) PropertyName(name string) {
	h := lowerHash(name)
	if _, ok := t.index.propertyNames.entries[h]; !ok {
		t.index.propertyNames.put(h, struct{}{})
	}
}

// End ends the exchange. location is the Location header of the response, hasBody reports whether
// the response had a body, and list whether the body is a list of objects or wraps one.
func (t *Tree) End(location string, hasBody, list bool) {
	cur := &t.current
	if cur.status < 400 && location != "" {
		t.addLink([]byte(location), bottomk.Hash(location))
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

// countEchoes counts what a successful response revealed about the path.
func (cur *currentExchange) countEchoes() {
	for i := range cur.segments {
		n := cur.nodes[i+1]
		n.responses++
		n.pairs += int64(cur.pairBits >> uint(i) & 1)
	}
	cur.nodes[len(cur.nodes)-1].held.merge(heldSuffixes{cur.suffixBits, cur.previousBits, cur.fileBits, true})
	for _, x := range cur.echoes {
		cur.nodes[x.segment+1].addEcho(x.field.name, x.field.class, 1)
	}
}

// addEcho records, once per response, that a field holds a segment.
func (cur *currentExchange) addEcho(at int, f *fieldFacts) {
	if f == nil { // a URL is not a segment, even if the texts are equal
		return
	}
	if !slices.ContainsFunc(cur.echoes, func(x echo) bool { return x.segment == at && x.field.name == f.name }) {
		cur.echoes = append(cur.echoes, echo{at, f})
	}
}
