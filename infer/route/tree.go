package route

// Tree holds the facts about the paths of one site. Use [New] to make one; the zero value is not
// usable.
type Tree struct {
	newPayload    func() Payload
	decodePayload func([]byte) (Payload, error)

	root        node
	prefixCount hyperLogLog              // distinct path prefixes, as labels
	labelCounts [maxSegments]hyperLogLog // distinct labels, by depth
	limits      childLimits              // computed from prefixCount and labelCounts
	index       index
	linkPaths   adaptiveSample[string] // paths of URLs in bodies, as labels
	exchanges   int64
	unsettled   bool // an exchange was added since settle

	// Normally trieSoftLimit and limitSteps; tests use smaller ones. They must be equal in trees
	// that are merged.
	softLimit  int64
	limitSteps []limitStep

	// Scratch space and caches; not facts.
	current      currentExchange
	linkSegments []segment
	linkBuffer   []byte
	recentLinks  hashCache // hashes of links
	recentValues hashCache // hashes of values with their fields
}

// New returns an empty tree. newPayload returns an empty payload; decode decodes one.
func New(newPayload func() Payload, decode func([]byte) (Payload, error)) *Tree {
	t := &Tree{newPayload: newPayload, decodePayload: decode, index: newIndex(),
		linkPaths: newAdaptiveSample[string](maxLinkPaths),
		softLimit: trieSoftLimit, limitSteps: limitSteps}
	t.limits = t.computeLimits()
	return t
}

// Len returns the number of exchanges added.
func (t *Tree) Len() int64 { return t.exchanges }

// settle makes all payloads count the repeats they have deferred. It must run before facts about
// fields are read.
func (t *Tree) settle() {
	if t.unsettled {
		t.root.settle()
		t.unsettled = false
	}
}

// settle settles all payloads of a subtree.
func (n *node) settle() {
	for _, m := range n.methods {
		m.payload.Settle()
	}
	for _, k := range n.children {
		k.settle()
	}
}

// walk appends the nodes of a path to into, the root first. It creates missing nodes and evicts
// children above the limits.
func (t *Tree) walk(segments []segment, into []*node) []*node {
	m, n := t.merger(), &t.root
	into = append(into, n)
	for i := range segments {
		s := &segments[i]
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

// Merge adds the facts of o, which it does not change. Both trees must hold the same kind of
// payload.
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
