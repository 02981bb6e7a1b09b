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
type visit struct {
	segs   []segment
	nodes  []*node // of the path, the root first
	method *methodFacts
	op     uint64 // hash of the path's labels and the method
	status int
	get    bool

	answered, asked bool // the bodies had values
	compared        bool // what follows is ready
	marks           marks
	ends            [maxSegments]ending
	path            []byte
	// What the values said, a bit for each segment.
	whole, file, before, pairs uint32
	hits                       []hit
}

// hit is one field of an answer that holds a segment.
type hit struct {
	at    int
	field *fieldFacts
}

// Begin begins to take in an exchange and returns the payload of its method and path, for the caller to fold the
// rest of the exchange into before it calls End; it is good until then. Between the two come the values of the
// answer's body, then those of the request's. Method is in upper case, path percent-encoded as sent, without query;
// status is 0 when there was no answer.
func (t *Tree) Begin(method, path string, status int) Payload {
	t.adds++
	t.open = true
	v := &t.visit
	var trail bool
	v.segs, trail = splitPath(path, v.segs[:0])
	v.op = sketch.Pair(t.measure(v.segs), sketch.Hash(method))
	v.nodes = t.walk(v.segs, v.nodes[:0])
	m := v.nodes[len(v.nodes)-1].method(method, t.fresh)
	m.count(status, 1)
	if trail {
		m.trail++
	}
	v.method, v.status, v.get = m, status, method == "GET"
	v.answered, v.asked, v.compared = false, false, false
	return m.payload
}

// Operation is the hash of the path's labels and the method. Mostly it follows from the payload; those of paths that
// are not told apart are one.
func (t *Tree) OperationHash() uint64 { return t.visit.op }

// Answer takes in a string or integer of the answer's decoded body. Hash is sketch.Hash of the text, which is not
// kept. The caller bounds how many there are and how long. If it is known now, the same value at the same place of
// answers of this operation and status may be given to Again instead, and counted says that it is to be counted, too.
func (t *Tree) ResponseValue(p *Property, text []byte, hash uint64) (known, counted bool) {
	v := &t.visit
	v.answered = true
	if v.status >= 400 {
		return false, false
	}
	from := uint64(0)
	if p.top {
		from = v.op
	}
	l := t.look(p, text, hash, 0, from)
	if success(v.status) {
		t.compare(p, text, &l, v.get)
	}
	return true, !l.skip
}

// MayHold says whether a value of an answer that its place had before, when it was given to Answer, is to be given to
// Again: all that is left is to compare it with this path, and most have nothing in common with it.
func (t *Tree) MayMatch(text []byte, hash uint64) bool {
	v := &t.visit
	v.answered = true
	if !success(v.status) || len(text) == 0 || len(text) > maxText {
		return false
	}
	if !v.compared {
		v.ready()
	}
	return v.marks.may(text, &looked{hash: hash})
}

// Again takes in such a value.
func (t *Tree) RepeatedValue(p *Property, text []byte, hash uint64) {
	v, l := &t.visit, looked{hash: hash}
	if isURL(text) {
		l.skip = true
	} else {
		l.field, l.strong = p.facts, p.last&1 != 0
	}
	if v.marks.may(text, &l) {
		v.match(text, &l)
	}
}

// Request takes in a string or integer of the request's body, JSON or a form. Where the answer said nothing, it
// speaks for it.
func (t *Tree) RequestValue(p *Property, text []byte, hash uint64) {
	v := &t.visit
	v.asked = true
	if v.status >= 400 {
		return
	}
	l := t.look(p, text, hash, classRequest, 0)
	if success(v.status) && !v.answered {
		t.compare(p, text, &l, false)
	}
}

// Key takes in the name of a property of an answer's body. Once is enough.
func (t *Tree) PropertyName(name string) {
	h := lowerHash(name)
	if _, ok := t.index.keys.m[h]; !ok {
		t.index.keys.put(h, struct{}{})
	}
}

// End ends the exchange: the answer's Location header, whether it had a body, and whether that is a list of things
// or wraps one.
func (t *Tree) End(location string, hasBody, list bool) {
	v := &t.visit
	if v.status < 400 && location != "" {
		t.link([]byte(location), sketch.Hash(location))
	}
	if success(v.status) {
		if hasBody {
			v.method.bodies++
		}
		if list {
			v.method.lists++
		}
		if v.answered || v.asked {
			v.seal()
		}
	}
	clear(v.segs)
	clear(v.nodes)
	clear(v.hits)
	v.method, v.segs, v.nodes, v.hits = nil, v.segs[:0], v.nodes[:0], v.hits[:0]
}

func success(status int) bool { return status >= 200 && status < 300 }

// seal counts what a successful answer said about the path that was asked for.
func (v *visit) seal() {
	for i := range v.segs {
		n := v.nodes[i+1]
		n.answers++
		n.pairs += int64(v.pairs >> uint(i) & 1)
		if i > 0 {
			b := restAnswer | restWhole*(v.whole>>uint(i)&1) | restFile*(v.file>>uint(i)&1) | restBefore*(v.before>>uint(i)&1)
			v.nodes[i].rests.put(v.ends[i].rest, b|uint32(len(v.segs)-i)<<restShift, maxRests)
		}
	}
	for _, x := range v.hits {
		v.nodes[x.at+1].echoed(x.field.name, x.field.class, 1)
	}
}

// hit notes once for each answer that a field holds a segment.
func (v *visit) hit(at int, f *fieldFacts) {
	if f == nil { // a URL: it is no segment, whatever it looks like
		return
	}
	if !slices.ContainsFunc(v.hits, func(x hit) bool { return x.at == at && x.field.name == f.name }) {
		v.hits = append(v.hits, hit{at, f})
	}
}
