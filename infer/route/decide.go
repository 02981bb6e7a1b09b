package route

import "slices"

// decider turns the facts of one tree into templates.
type decider struct {
	t      *Tree
	w      *weights
	p      Options
	suffix map[*node]set64
	length map[*node]set64
	alive  map[*node]bool

	contexts map[string]int // by label: nodes that have such a child
	beforeID map[string]int // by label: nodes with that label that have an identifier below
	nouns    map[string]int // what collections hold, made one: nodes of such collections
	ranks    map[uint64]string
	known    *knowledge // of the pass before
	format   string     // the ending that nearly all paths have, as .json
	out      []decided
	placeOf  map[*Param]*place
}

// decided is a template on its way.
type decided struct {
	places []*place // of its segments
	nodes  []*node  // with its methods
	rest   bool     // cannot be told apart
}

// Templates decides. It changes nothing in the tree; the payloads returned are fresh. Templates are sorted, no
// two of them match the same paths with the same literals, and each exchange that was added counts in one.
func (t *Tree) Templates(p Options) []Template {
	t.settle()
	d := &decider{t: t, w: p.weights, p: p, suffix: map[*node]set64{}, length: map[*node]set64{}, alive: map[*node]bool{},
		contexts: map[string]int{}, beforeID: map[string]int{}, nouns: map[string]int{}, ranks: map[uint64]string{}, placeOf: map[*Param]*place{}}
	if d.w == nil {
		d.w = defaultWeights()
	}
	d.survey(&t.root)
	d.format = t.format()
	for _, f := range t.index.fields.m {
		d.ranks[fieldRank(f.name, f.class)] = f.name
	}
	var paths []string
	for _, l := range t.links.m {
		paths = append(paths, l)
	}
	links := []*linkNode{linkTrie(paths)}
	d.decide(&place{nodes: []*node{&t.root}, links: links})
	d.known = d.learn()
	d.out = nil
	d.decide(&place{nodes: []*node{&t.root}, links: links})
	return d.finish()
}

// decide splits a place into literals and at most a few parameters, and goes on below each.
func (d *decider) decide(p *place) {
	if p.nodesHaveMethods() {
		d.out = append(d.out, decided{places: p.chain(), nodes: p.nodes})
	}
	all := d.children(p)
	if len(all) == 0 {
		return
	}
	if ev, ok := d.spansSlashes(p, all); ok {
		d.tail(p, all, ev)
		return
	}
	s := d.siblings(p, all)
	all, endings := d.endings(p, all)
	pool := d.pool(p, all, s)
	for _, group := range append(d.groups(pool), endings...) {
		d.decide(d.variablePlace(p, group, s))
	}
	for _, c := range all {
		switch {
		case slices.Contains(pool, c):
		case c.shape == shapeRest && c.prefix == "":
			d.overflow(p, c.nodes)
		default:
			d.decide(literalPlace(p, c))
		}
	}
}

func (p *place) nodesHaveMethods() bool {
	for _, n := range p.nodes {
		if len(n.methods) > 0 {
			return true
		}
	}
	return false
}

// chain lists the places from the first segment to this one.
func (p *place) chain() []*place {
	var out []*place
	for ; p.up != nil; p = p.up {
		out = append(out, p)
	}
	slices.Reverse(out)
	return out
}

func literalPlace(p *place, c *child) *place {
	return &place{nodes: c.nodes, links: c.links, up: p, depth: p.depth + 1, label: c.plain, evidence: c.evidence,
		parts: []Chunk{{Literal: c.text}}, version: c.shape == shapeVersion || numericVersion(c)}
}

// overflow gives up on what cannot be told apart: the segments that a full node folded together, where the
// place turned out to hold literals.
func (d *decider) overflow(p *place, nodes []*node) {
	up := &place{up: p, depth: p.depth + 1, nodes: nodes, parts: []Chunk{{Literal: "*"}}}
	var all []*node
	var walk func(n *node)
	walk = func(n *node) {
		all = append(all, n)
		for _, l := range n.labels() {
			walk(n.kids[l])
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	d.out = append(d.out, decided{places: up.chain(), nodes: all, rest: true})
}
