package route

import "github.com/spectap/spectap/infer/sketch"

// Tree holds the facts about the paths of one site. The zero value is not usable; see [New].
type Tree struct {
	fresh  func() Payload
	decode func([]byte) (Payload, error)

	root   node
	size   counter              // distinct prefixes of paths, as labels
	words  [maxSegments]counter // distinct labels, by depth
	bounds bounds               // follow from these
	index  index
	links  thin[string] // paths of URLs in bodies, as labels
	adds   int64

	// See fullTrie and squeezes. Trees that are merged have equal ones.
	full     int64
	squeezes []squeeze

	// Scratch for Add; not facts.
	segs, linkSegs    []segment
	nodes             []*node
	seen              []uint64 // links that were seen lately, by hash
	shapes            []uint64 // hashes of texts seen lately, the lowest bit being whether their shape is strong
	hits              []hit
	answers, requests []looked
	ends              [maxSegments]ending
	path              []byte
}

// hit is one field of an answer that holds a segment.
type hit struct {
	at    int
	field *fieldFacts
}

// New returns an empty tree. newPayload makes an empty payload, decode reads one back.
func New(newPayload func() Payload, decode func([]byte) (Payload, error)) *Tree {
	t := &Tree{fresh: newPayload, decode: decode, index: newIndex(), links: newThin[string](maxLinks),
		full: fullTrie, squeezes: squeezes}
	t.bounds = t.bound()
	return t
}

// Len is the number of exchanges added.
func (t *Tree) Len() int64 { return t.adds }

// Add takes in one exchange. The payload returned is that of the exchange's method and path: the caller folds
// the rest of the exchange into it at once, before it calls any other method of the tree. Add keeps nothing of e.
func (t *Tree) Add(e *Exchange) Payload {
	t.adds++
	var trail bool
	t.segs, trail = splitPath(e.Path, t.segs[:0])
	segs := t.segs
	op := sketch.Pair(t.measure(segs), sketch.Hash(e.Method))
	nodes := t.walk(segs)
	m := nodes[len(nodes)-1].method(e.Method, t.fresh)
	m.count(e.Status, 1)
	if trail {
		m.trail++
	}
	t.answers, t.requests = t.answers[:0], t.requests[:0]
	if e.Status < 400 {
		t.answers = t.look(e.Scalars, 0, op, t.answers)
		t.requests = t.look(e.Request, classRequest, 0, t.requests)
		if e.Location != "" {
			t.link(e.Location, sketch.Hash(e.Location))
		}
	}
	if success(e.Status) {
		if e.HasBody {
			m.bodies++
		}
		if e.List {
			m.lists++
		}
		switch {
		case len(e.Scalars) > 0:
			t.answer(e, e.Scalars, t.answers, segs, nodes)
		case len(e.Request) > 0:
			t.answer(e, e.Request, t.requests, segs, nodes)
		}
	}
	for _, k := range e.Keys {
		t.index.keys.put(lowerHash(k), struct{}{})
	}
	clear(t.segs)
	clear(t.linkSegs)
	return m.payload
}

func success(status int) bool { return status >= 200 && status < 300 }

// walk returns the nodes of a path, the root first. Children that have to make room are folded away before.
func (t *Tree) walk(segs []segment) []*node {
	f, n := t.folder(), &t.root
	t.nodes = append(t.nodes[:0], n)
	for i := range segs {
		s := &segs[i]
		k := n.child(s.label, f.bounds[i])
		f.trim(n, i)
		if !s.exact || k == n.kids[restLabel] {
			k.share(s.hash)
		}
		n = k
		t.nodes = append(t.nodes, n)
	}
	return t.nodes
}

// looked is what is worked out once for each scalar of a body.
type looked struct {
	hash   uint64
	field  *fieldFacts
	strong bool
	skip   bool // too long, or a URL
}

// look puts the scalars of one body into the index, and the URLs among them with the links.
func (t *Tree) look(body []Scalar, extra class, op uint64, into []looked) []looked {
	for i := range body {
		s := &body[i]
		if s.Text == "" || len(s.Text) > maxText {
			into = append(into, looked{skip: true})
			continue
		}
		l := looked{hash: sketch.Hash(s.Text)}
		if extra == 0 && isURL(s.Text) {
			t.link(s.Text, l.hash)
			l.skip = true
		} else {
			l.strong = t.strong(s.Text, l.hash)
			l.field = t.index.field(s, l.hash, l.strong)
			from := op
			if s.Depth != 1 || s.Item {
				from = 0
			}
			t.index.value(l.hash, l.strong, l.field, extra, from)
		}
		into = append(into, l)
	}
	return into
}

// lately is how many links and texts are remembered, 64 KiB each: traffic repeats itself.
const lately = 8192

// strong says whether the shape of a text is strong.
func (t *Tree) strong(text string, h uint64) bool {
	if t.shapes == nil {
		t.shapes = make([]uint64, lately)
	}
	slot := &t.shapes[h%lately]
	if *slot&^1 != h&^1 || *slot == 0 {
		*slot = h &^ 1
		if shapeOf(text).strong() {
			*slot |= 1
		}
	}
	return *slot&1 != 0
}

// answer notes what a successful answer says about the path that was asked for. Where it says nothing, the
// request's body speaks for it.
func (t *Tree) answer(e *Exchange, body []Scalar, seen []looked, segs []segment, nodes []*node) {
	t.hits = t.hits[:0]
	t.tails(segs)
	leaf := nodes[len(nodes)-1]
	var whole, before, pairs uint32
	get := e.Method == "GET" && len(e.Scalars) > 0
	for i := range body {
		s, l := &body[i], &seen[i]
		if get && s.Depth == 1 && !s.Item {
			leaf.tops.put(sketch.Hash(s.Field), 0, maxTops)
		}
		if l.hash == 0 {
			continue
		}
		for j := range segs {
			tail := &t.ends[j]
			if segs[j].hash == l.hash || segs[j].stem == l.hash || len(segs[j].plain) == len(s.Text) && !l.strong && spelledAlike(segs[j].plain, s.Text) {
				t.hit(j, l.field)
			}
			bit := uint32(1) << uint(j)
			if tail.rest == l.hash {
				whole |= bit
			}
			if j == 0 {
				continue
			}
			if tail.before == l.hash {
				before |= bit
			}
			if tail.pair == l.hash && l.field != nil && l.field.class&classBarred == 0 {
				pairs |= bit | bit>>1
			}
		}
		if get && !l.skip && !l.strong && l.field.class&(classID|className|classItem) != 0 {
			leaf.list.put(l.hash, uint32(l.field.class), maxList)
		}
	}
	for i := range segs {
		n := nodes[i+1]
		n.answers++
		n.pairs += int64(pairs >> uint(i) & 1)
		if i > 0 {
			b := restAnswer | restWhole*(whole>>uint(i)&1) | restBefore*(before>>uint(i)&1)
			nodes[i].rests.put(t.ends[i].rest, b|uint32(len(segs)-i)<<restShift, maxRests)
		}
	}
	for _, x := range t.hits {
		nodes[x.at+1].echoed(x.field.name, x.field.class, 1)
	}
}

// hit notes once for each answer that a field holds a segment.
func (t *Tree) hit(at int, f *fieldFacts) {
	if f == nil { // a URL: it is no segment, whatever it looks like
		return
	}
	for _, x := range t.hits {
		if x.at == at && x.field.name == f.name {
			return
		}
	}
	t.hits = append(t.hits, hit{at, f})
}

// Merge adds the facts of another tree, which stays as it was. Both must hold payloads of one kind.
func (t *Tree) Merge(o *Tree) {
	t.adds += o.adds
	t.size.merge(&o.size)
	for i := range t.words {
		t.words[i].merge(&o.words[i])
	}
	t.squeeze()
	t.folder().fold(&t.root, &o.root, 0)
	t.index.merge(&o.index)
	mergeSet(&t.links, &o.links)
}
