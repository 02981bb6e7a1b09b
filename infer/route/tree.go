package route

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
	open   bool // since settle, there were exchanges

	// See fullTrie and squeezes. Trees that are merged have equal ones.
	full     int64
	squeezes []squeeze

	// Scratch; not facts.
	visit    visit
	linkSegs []segment
	linkPath []byte
	linked   lately // links, by hash
	noted    lately // values and where they stood, by hash
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

// settle has payloads count what they put off: facts of fields are not to be read before.
func (t *Tree) settle() {
	if t.open {
		t.root.settle()
		t.open = false
	}
}

func (n *node) settle() {
	for _, m := range n.methods {
		m.payload.Settle()
	}
	for _, k := range n.kids {
		k.settle()
	}
}

// walk appends the nodes of a path, the root first. Children that have to make room are folded away before.
func (t *Tree) walk(segs []segment, into []*node) []*node {
	f, n := t.folder(), &t.root
	into = append(into, n)
	for i := range segs {
		s := &segs[i]
		k := n.child(s.label, f.bounds[i])
		f.trim(n, i)
		if !s.exact || k == n.kids[restLabel] {
			k.share(s.hash)
		}
		n = k
		into = append(into, n)
	}
	return into
}

// Merge adds the facts of another tree, which stays as it was. Both must hold payloads of one kind.
func (t *Tree) Merge(o *Tree) {
	t.settle()
	o.settle()
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
