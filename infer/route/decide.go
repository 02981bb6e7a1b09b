package route

import (
	"cmp"
	"slices"
	"strings"
)

// decider turns the facts of one tree into templates.
type decider struct {
	t      *Tree
	w      *weights
	p      Policy
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
func (t *Tree) Templates(p Policy) []Template {
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

func (d *decider) survey(n *node) {
	for label, k := range n.kids {
		if label != "" && label[0] != mark || label == "" {
			d.contexts[label]++
			if k.beforeIDs() {
				d.beforeID[label]++
				if isPlural(label) {
					d.nouns[plain(singularName(label))]++
				}
			}
		}
		d.survey(k)
	}
}

// format returns the ending of a data format that most distinct paths have, "" when they have none.
func (t *Tree) format() string {
	paths, with := 0, map[string]int{}
	var walk func(n *node)
	walk = func(n *node) {
		for label, k := range n.kids {
			if len(k.methods) > 0 {
				paths++
				ending := label
				if _, _, suffix, ok := pooled(label); ok {
					ending = "x" + suffix
				}
				with[formatOf(ending)]++
			}
			walk(k)
		}
	}
	walk(&t.root)
	for _, f := range formats {
		if n := with[f]; n >= 4 && 10*n >= 7*paths {
			return f
		}
	}
	return ""
}

// beforeIDs says that what stands below a node are mostly identifiers.
func (n *node) beforeIDs() bool {
	ids := int64(0)
	for s := shapeInt; s < shapes; s++ {
		if k := n.kids[poolLabel(s, "", "")]; k != nil {
			ids += max(1, k.distinct.count())
		}
	}
	return ids > 0 && int64(n.own()) <= 4+2*ids
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
	pool := d.pool(p, all, s)
	for _, group := range d.groups(pool) {
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
		parts: []Part{{Literal: c.text}}, version: c.shape == shapeVersion || numericVersion(c)}
}

// numericVersion says that a literal is a version by its digits.
func numericVersion(c *child) bool {
	return c.own && (c.shape == shapeInt || c.shape == shapeDotted || c.shape == shapeDate)
}

// overflow gives up on what cannot be told apart: the segments that a full node folded together, where the
// place turned out to hold literals.
func (d *decider) overflow(p *place, nodes []*node) {
	up := &place{up: p, depth: p.depth + 1, nodes: nodes, parts: []Part{{Literal: "*"}}}
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

// maxCompared bounds the siblings that a child's paths below are compared with, one by one.
const maxCompared = 48

func (d *decider) siblings(p *place, all []*child) *siblings {
	s := &siblings{all: all, some: all, parents: len(p.nodes)}
	if len(all) > maxCompared {
		s.some = slices.Clone(all)
		slices.SortFunc(s.some, func(a, b *child) int {
			return cmp.Or(cmp.Compare(hash(a.label), hash(b.label)), strings.Compare(a.label, b.label))
		})
		s.some = s.some[:maxCompared]
	}
	for _, c := range all {
		s.deep = s.deep || !c.leaf
		if c.strong() {
			s.strong = true
		} else {
			s.words++
		}
	}
	for _, n := range p.nodes {
		for _, m := range n.methods {
			s.post = s.post || m.method == "POST"
		}
	}
	seen := map[string]bool{}
	for _, l := range p.links {
		for label := range l.kids {
			if strings.HasPrefix(label, "{") {
				s.templated = true
				name := strings.Trim(label, "{+}*")
				if s.called == "" || name < s.called {
					s.called = name
				}
				continue
			}
			seen[label] = true
		}
	}
	for _, c := range all {
		delete(seen, c.label)
	}
	for label := range seen {
		if !p.variable() || shapeOf(label) != shapeWord {
			s.linked++
		}
	}
	return s
}

// pool returns the children that are values.
func (d *decider) pool(p *place, all []*child, s *siblings) []*child {
	open := !p.anyVariable()
	in := map[*child]bool{}
	barred := map[*child]bool{}
	for _, c := range all {
		d.weigh(p, c, s)
		if c.own && c.plain == "" || c.shape == shapeVersion || open && (d.leadsToVersion(c) || d.isVersion(p, c, all)) {
			barred[c] = true
		}
		if o := d.override(p, c); o != nil && (c.own || o.Parameter) {
			c.fixed = true
			barred[c] = o.Literal
			in[c] = o.Parameter
		}
	}
	needs := func(c *child) bool { return c.wordLike() && !c.witness }
	var fixed []*child
	seed := map[*child]bool{}
	for _, c := range all {
		if barred[c] {
			continue
		}
		rest := c.shape == shapeRest && c.prefix == ""
		if in[c] || !c.own && !rest || c.z >= 0.7 && !needs(c) && !rest { // a shared node has no text to be a literal by
			seed[c] = true
			if in[c] || !c.own || c.strong() {
				fixed = append(fixed, c)
			}
		}
	}
	cur := seed
	for round := 0; round < 3; round++ {
		next, m := map[*child]bool{}, gather(all, cur)
		for _, c := range fixed {
			next[c] = true
		}
		for _, c := range all {
			if barred[c] || next[c] || c.fixed && !in[c] {
				continue
			}
			names, strong := m.others(c)
			if names+strong == 0 && !seed[c] {
				continue
			}
			if c.shape == shapeRest && c.prefix == "" {
				if names+strong > 0 || c.manyNames() {
					next[c] = true
				}
				continue
			}
			if c.z+d.affinity(c, m) > 0 && (!needs(c) || names >= 2) {
				next[c] = true
			}
		}
		if same(cur, next) {
			break
		}
		cur = next
	}
	if len(cur) < 4 {
		for c := range d.bootstrap(p, all, barred, len(cur) > 0) {
			cur[c] = true
		}
	}
	var out []*child
	m := gather(all, cur)
	for _, c := range all {
		if names, strong := m.others(c); names+strong > 0 && !c.strong() && !barred[c] {
			c.add("compared with the values beside it", d.affinity(c, m), int64(names+strong))
		}
		if cur[c] {
			out = append(out, c)
		}
	}
	return out
}

// manyNames says that a node of the rest stands for more names than a set of literals has.
func (c *child) manyNames() bool {
	var u counter
	for _, n := range c.nodes {
		u.merge(&n.distinct)
	}
	return u.count() >= maxKids/2
}

func same(a, b map[*child]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for c := range a {
		if !b[c] {
			return false
		}
	}
	return true
}

// bootstrap finds a parameter where no segment, or but a few, stands out by itself but many are alike. Where there
// are more, bodies must say so, too.
func (d *decider) bootstrap(p *place, all []*child, barred map[*child]bool, more bool) map[*child]bool {
	none := map[*child]bool{}
	positive, bodies := 0, false
	u := map[*child]bool{}
	for _, c := range all {
		if c.answers > 0 {
			bodies = true
		}
		for _, e := range c.evidence {
			if e.Weight > 0 && bodyRules[e.Rule] {
				positive++
				break
			}
		}
		if !barred[c] && !c.fixed && c.z > -2.2 {
			u[c] = true
		}
	}
	least := 4
	if itemsWritten(p, all) || positive >= 3 {
		least = 3
	}
	if len(all) < least || (bodies || more) && 3*positive < len(all) {
		return none
	}
	n, m := map[*child]bool{}, gather(all, u)
	for _, c := range all {
		if u[c] && c.z+d.affinity(c, m) > 0.3 {
			n[c] = true
		}
	}
	if len(n) < least {
		return none
	}
	return n
}

// itemsWritten says that below a plural noun everything is written or deleted, as items are.
func itemsWritten(p *place, all []*child) bool {
	if p.variable() || !isPlural(p.label) {
		return false
	}
	for _, c := range all {
		if !c.has("PUT") && !c.has("DELETE") && !c.has("PATCH") {
			return false
		}
	}
	return true
}

var bodyRules = map[string]bool{
	"answers hold it": true, "is the value of an id field": true, "is the value of a name field": true, ruleParentList: true,
	"stands in bodies joined with the segment beside it": true, "bodies link to other names here": true,
}

// leadsToVersion says that a version stands right below.
func (d *decider) leadsToVersion(c *child) bool {
	if c.strong() {
		return false
	}
	for _, n := range c.nodes {
		for label := range n.kids {
			if label != "" && label[0] != mark && shapeOf(label) == shapeVersion {
				return true
			}
		}
	}
	return false
}

// isVersion recognises versions that are bare numbers or dates: the only number at its place, near the root,
// below something that is no collection, with several words below and no answers of its own.
func (d *decider) isVersion(p *place, c *child, all []*child) bool {
	if !numericVersion(c) || len(c.methods) > 0 || p.depth > 0 && (isPlural(p.label) || p.nodesHaveMethods()) {
		return false
	}
	for _, o := range all {
		if o != c && o.strong() && !numericVersion(o) {
			return false
		}
	}
	wordsBelow := map[string]bool{}
	for _, n := range c.nodes {
		for label := range n.kids {
			if label != "" && label[0] != mark && (shapeOf(label) == shapeWord || isCamel(label)) {
				wordsBelow[label] = true
			}
		}
	}
	return len(wordsBelow) >= 2 || len(wordsBelow) == 1 && p.depth == 0
}

// override finds the person's correction for a child: of several the one with the fewest wildcards.
func (d *decider) override(p *place, c *child) *Override {
	var best *Override
	least := 0
	for i := range d.p.Overrides {
		o := &d.p.Overrides[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if len(segs) != p.depth+1 || !o.Literal && !o.Parameter {
			continue
		}
		last := segs[len(segs)-1]
		if !wild(last) && last != c.text || !o.above(p, segs[:len(segs)-1]) {
			continue
		}
		n := 0
		for _, s := range segs {
			if wild(s) {
				n++
			}
		}
		if best == nil || n < least {
			best, least = o, n
		}
	}
	return best
}

func wild(s string) bool { return s == "*" || strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") }

func (o *Override) above(p *place, segs []string) bool {
	for i := len(segs) - 1; i >= 0; i-- {
		if !wild(segs[i]) && (p.variable() || len(p.parts) != 1 || p.parts[0].Literal != segs[i]) {
			return false
		}
		p = p.up
	}
	return true
}
