package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// place is a position of a template: all nodes of the trie that were merged under one prefix.
type place struct {
	nodes []*node
	links []*linkNode
	up    *place
	depth int // segments above and here; 0 for the root

	// What stands here, from the place above.
	parts    []Chunk // of the segment; nil for the root
	evidence []Evidence
	param    *Param // the whole segment, when it is one parameter
	second   *Param // of a...b
	choices  []candidate
	members  []*child
	label    string // when literal
	version  bool
}

// variable says that the segment here is a value.
func (p *place) variable() bool { return p.members != nil }

// anyVariable says that a value stands here or above.
func (p *place) anyVariable() bool {
	for ; p != nil; p = p.up {
		if p.variable() {
			return true
		}
	}
	return false
}

// child is one segment below a place, over all nodes merged there.
type child struct {
	label string
	text  string // encoded; "" for shared nodes
	plain string
	hash  uint64
	shape shape
	// prefix and suffix are literal parts round a shared identifier.
	prefix, suffix string
	own            bool // has a node of its own: text is known
	nodes          []*node
	links          []*linkNode

	methods  []methodCount
	visits   int64
	answers  int64
	pairs    int64
	bodies   int64
	lists    int64
	echo     map[string]int64
	echoName []string // keys of echo, sorted
	below    set64    // methods and masked paths below
	skipped  set64    // the same with the first segment masked, too
	loose    set64    // methods, first segments and lengths of them
	looser   set64    // methods, second segments and lengths of them
	heads    set64    // first segments
	tops     set64    // properties at the top of the answers
	leaf     bool
	notFound bool // nothing but 404 was answered, here and below

	z        float64
	evidence []Evidence
	prior    float64 // what the place alone says against a value
	echoed   float64 // share of the answers that hold it
	witness  bool
	fixed    bool // decided by a person
}

type methodCount struct {
	method   string
	n, found int64 // requests; those not answered by 404 or 405
}

func (c *child) has(method string) bool {
	return slices.ContainsFunc(c.methods, func(m methodCount) bool { return m.method == method })
}

func (c *child) add(rule string, w float64, n int64) {
	if w == 0 {
		return
	}
	c.z += w
	c.evidence = append(c.evidence, Evidence{rule, w, n})
}

// strong says that the shape alone nearly settles it.
func (c *child) strong() bool { return c.shape.strong() }

// wordLike says that the segment could be a word of the API: it takes more than its company to make it a value.
func (c *child) wordLike() bool {
	if !c.own {
		return false
	}
	return c.shape == shapeWord || c.shape == shapeMixed && isCamel(c.plain) || c.shape == shapeOdd && c.plain != "" && strings.IndexByte("$@~!", c.plain[0]) >= 0 && isName(c.plain[1:])
}

// isCamel accepts camelCase and PascalCase words.
func isCamel(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) {
			return false
		}
	}
	ws := noun.Words(s)
	for _, w := range ws {
		if len(w) < 2 {
			return false
		}
	}
	return len(ws) > 0
}

// set64 is a set of hashes.
type set64 map[uint64]struct{}

// children lists what stands below a place, sorted by label.
func (d *decider) children(p *place) []*child {
	by := map[string]*child{}
	var labels []string
	for _, n := range p.nodes {
		for label, k := range n.kids {
			c := by[label]
			if c == nil {
				c = d.newChild(label)
				by[label] = c
				labels = append(labels, label)
			}
			c.nodes = append(c.nodes, k)
		}
	}
	slices.Sort(labels)
	out := make([]*child, len(labels))
	for i, l := range labels {
		c := by[l]
		d.gather(c)
		for _, ln := range p.links {
			if k := ln.kids[l]; k != nil {
				c.links = append(c.links, k)
			}
		}
		out[i] = c
	}
	return out
}

func (d *decider) newChild(label string) *child {
	c := &child{label: label, echo: map[string]int64{}}
	if s, prefix, suffix, ok := pooled(label); ok {
		c.shape, c.prefix, c.suffix = s, prefix, suffix
		return c
	}
	c.own = true
	c.text, c.plain = normal(label)
	if d.format != "" && strings.HasSuffix(c.plain, d.format) && len(c.plain) > len(d.format) {
		c.plain, c.suffix = c.plain[:len(c.plain)-len(d.format)], d.format
	}
	c.hash = sketch.Hash(c.plain)
	c.shape = shapeOf(c.plain)
	return c
}

// gather sums the facts of a child's nodes. Nodes come in the order of maps: only sums and unions may be taken.
func (d *decider) gather(c *child) {
	by := map[string]int{}
	live := false
	c.leaf = true
	c.below, c.skipped, c.loose, c.looser, c.heads, c.tops = set64{}, set64{}, set64{}, set64{}, set64{}, set64{}
	for _, n := range c.nodes {
		for _, m := range n.methods {
			i, ok := by[m.method]
			if !ok {
				i = len(c.methods)
				by[m.method] = i
				c.methods = append(c.methods, methodCount{method: m.method})
			}
			for _, s := range m.statuses {
				c.methods[i].n += s.n
				c.visits += s.n
				if found(s.status) {
					c.methods[i].found += s.n
				}
			}
			c.bodies += m.bodies
			c.lists += m.lists
		}
		c.answers += n.answers
		c.pairs += n.pairs
		for _, h := range n.tops.hash {
			c.tops[h] = struct{}{}
		}
		for _, e := range n.echo {
			c.echo[e.name] += e.n
		}
		c.leaf = c.leaf && len(n.kids) == 0
		live = live || d.live(n)
		for h := range d.suffixes(n) {
			c.below[h] = struct{}{}
		}
		for label, k := range n.kids {
			l := sketch.Hash(label)
			c.heads[l] = struct{}{}
			for h := range d.lengths(k) {
				c.loose[sketch.Pair(l, h)] = struct{}{}
			}
			for h := range d.suffixes(k) {
				c.skipped[h] = struct{}{}
			}
			for label, k := range k.kids {
				l := sketch.Hash(label)
				for h := range d.lengths(k) {
					c.looser[sketch.Pair(l, h)] = struct{}{}
				}
			}
		}
	}
	c.notFound = !live
	slices.SortFunc(c.methods, func(a, b methodCount) int { return strings.Compare(a.method, b.method) })
	for name := range c.echo {
		c.echoName = append(c.echoName, name)
	}
	slices.Sort(c.echoName)
}

// suffixes returns the methods and masked paths below a node, the node's own methods aside.
func (d *decider) suffixes(n *node) set64 {
	if s, ok := d.suffix[n]; ok {
		return s
	}
	s := set64{}
	for label, k := range n.kids {
		l := sketch.Hash(label)
		for _, m := range k.methods {
			s[sketch.Pair(l, sketch.Hash(m.method))] = struct{}{}
		}
		for h := range d.suffixes(k) {
			s[sketch.Pair(l, h)] = struct{}{}
		}
	}
	d.suffix[n] = s
	return s
}

// lengths returns the methods at and below a node, with how far below they are.
func (d *decider) lengths(n *node) set64 {
	if s, ok := d.length[n]; ok {
		return s
	}
	s := set64{}
	for _, m := range n.methods {
		s[sketch.Hash(m.method)] = struct{}{}
	}
	for _, k := range n.kids {
		for h := range d.lengths(k) {
			s[sketch.Int(h+1)] = struct{}{}
		}
	}
	d.length[n] = s
	return s
}

// found says that an answer is evidence of an operation: 404 and 405 are not, nor is no answer at all.
func found(status int) bool { return status != 404 && status != 405 && status != 0 }

// live says that something at or below a node was found.
func (d *decider) live(n *node) bool {
	if l, ok := d.alive[n]; ok {
		return l
	}
	l := false
	for _, m := range n.methods {
		for _, s := range m.statuses {
			l = l || found(s.status)
		}
	}
	for _, k := range n.kids {
		l = d.live(k) || l
	}
	d.alive[n] = l
	return l
}

// linkNode is a trie of the URLs that bodies held.
type linkNode struct {
	kids map[string]*linkNode
}

func linkTrie(paths []string) *linkNode {
	root := &linkNode{}
	for _, p := range paths {
		n := root
		for _, s := range strings.Split(strings.TrimPrefix(p, "/"), "/") {
			if n.kids == nil {
				n.kids = map[string]*linkNode{}
			}
			k := n.kids[s]
			if k == nil {
				k = &linkNode{}
				n.kids[s] = k
			}
			n = k
		}
	}
	return root
}
