package route

// Tree holds the facts about the paths of one site. The zero value is not usable; see [New].
type Tree struct {
	newPayload    func() Payload
	decodePayload func([]byte) (Payload, error)

	root        node
	prefixCount hyperLogLog              // distinct prefixes of paths, as labels
	labelCounts [maxSegments]hyperLogLog // distinct labels, by depth
	limits      childLimits              // follow from these
	index       index
	linkPaths   adaptiveSample[string] // paths of URLs in bodies, as labels
	exchanges   int64
	unsettled   bool // since settle, there were exchanges

	// See fullTrie and squeezes. Trees that are merged have equal ones.
	softLimit int64
	levels    []limitLevel

	// Scratch; not facts.
	current      currentExchange
	linkSegments []segment
	linkBuffer   []byte
	recentLinks  hashCache // links, by hash
	recentValues hashCache // values and where they stood, by hash
}

// New returns an empty tree. newPayload makes an empty payload, decode reads one back.
func New(newPayload func() Payload, decode func([]byte) (Payload, error)) *Tree {
	t := &Tree{newPayload: newPayload, decodePayload: decode, index: newIndex(), linkPaths: newAdaptiveSample[string](maxLinkPaths),
		softLimit: trieSoftLimit, levels: limitLevels}
	t.limits = t.computeLimits()
	return t
}

// Len is the number of exchanges added.
func (t *Tree) Len() int64 { return t.exchanges }

// settle has payloads count what they put off: facts of fields are not to be read before.
func (t *Tree) settle() {
	if t.unsettled {
		t.root.settle()
		t.unsettled = false
	}
}

func (n *node) settle() {
	for _, m := range n.methods {
		m.payload.Settle()
	}
	for _, k := range n.children {
		k.settle()
	}
}

// walk appends the nodes of a path, the root first. Children that have to make room are folded away before.
func (t *Tree) walk(segs []segment, into []*node) []*node {
	m, n := t.merger(), &t.root
	into = append(into, n)
	for i := range segs {
		s := &segs[i]
		k := n.child(s.label, m.limits[i])
		m.trim(n, i)
		if !s.ownNode || k == n.children[overflowLabel] {
			k.addSharedSegment(s.hash)
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
	t.exchanges += o.exchanges
	t.prefixCount.merge(&o.prefixCount)
	for i := range t.labelCounts {
		t.labelCounts[i].merge(&o.labelCounts[i])
	}
	t.tightenLimits()
	t.merger().merge(&t.root, &o.root, 0)
	t.index.merge(&o.index)
	mergeSamples(&t.linkPaths, &o.linkPaths)
}
