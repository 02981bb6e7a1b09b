package schema

import (
	"slices"
	"strings"
)

// graph holds all facts while they are decided: places, which are united where they are one property of one
// thing, and clusters of records, which are united where they are one thing. Both are forests of equals
// (union-find); uniting two clusters unites the places of their properties, and so on down.
//
// Everything is numbered in the order of positions by key and properties by name, and of two equals the
// smaller number leads, so results do not depend on how the facts came together.
type graph struct {
	policy    Policy
	positions []Body   // by key
	order     []int    // index in positions as given
	names     []string // all property names, sorted
	lower     []string // the same as lower-case words
	ids       map[string]int32
	places    []place
	clusters  []cluster
	roots     []int32 // place of each position, -1 for none
	todo      []pair

	absent    [numDomains]hazards
	nulls     map[int32]bool     // places that may be null though none was seen
	tagged1   map[string]bool    // names of tags that are constants wherever they stand
	resources bool               // the types of JSON:API resources are constants
	numbers   map[int32]bool     // places of whole numbers that are numbers all the same
	contexts  []context          // by name of property
	capitals  bool               // names of properties begin with capitals
	dashes    bool               // and have dashes
	mixed     []bool             // names of records that hold more than strings
	enums     map[int32][]string // by place
}

// pair asks for two places, or two clusters, to be united.
type pair struct {
	a, b    int32
	records bool
}

// domain keeps apart what never is one schema.
type domain uint8

const (
	inResponse domain = iota
	inRequest
	inPatch
	inForm
	inError
	numDomains
)

func domainOf(p *Body) domain {
	switch {
	case p.Role == Error:
		return inError
	case p.Role == Response:
		return inResponse
	case p.Form:
		return inForm
	case p.Method == "PATCH":
		return inPatch
	}
	return inRequest
}

// place is a set of nodes that are one.
type place struct {
	lead  int32 // the place it is united with, itself while it leads
	nodes []*node
	sent  []*node // of requests, whose values come back in nodes: what they show, not how often
	kinds uint8   // what tells kinds apart, see classes
	items int32   // -1 for none
	recs  []int32
	as    int32 // place whose schema it takes over, as only null was seen here; -1
	guess Kind  // scalar kind by the last word of the name, as only null was seen here
	where where
}

// where says how a place is reached; of united ones, the first counts.
type where struct {
	pos    int32
	field  int32 // name of the nearest property, -1 at the top
	owner  int32 // cluster that holds it, -1
	depth  int32 // arrays between the property and here
	values bool  // it holds the values of a map
}

// cluster is a set of records that are one.
type cluster struct {
	lead   int32
	recs   []*record
	props  []member // by key
	pool   int32    // place of the values whose names are data, -1
	domain domain
	tags   []string
	homes  []int32 // places that hold it
	home   int32   // the place it was found at
	isMap  bool
	why    string // the rule that makes it a map
}

// member is a property of a cluster.
type member struct {
	key   int32
	place int32
}

// classes of kinds that exclude one another.
const (
	classBool uint8 = 1 << iota
	classNumber
	classString
	classArray
	classObject
)

func newGraph(positions []Body, p Policy) *graph {
	g := &graph{policy: p, positions: slices.Clone(positions), order: make([]int, len(positions)), ids: map[string]int32{}}
	for i := range g.order {
		g.order[i] = i
	}
	slices.SortStableFunc(g.order, func(a, b int) int { return strings.Compare(positions[a].Key, positions[b].Key) })
	for i, o := range g.order {
		g.positions[i] = positions[o]
	}
	for i := range g.positions {
		if f := g.positions[i].Facts; f != nil {
			g.gather(&f.root)
		}
	}
	for n := range g.ids {
		g.names = append(g.names, n)
	}
	slices.Sort(g.names)
	g.lower = make([]string, len(g.names))
	for i, n := range g.names {
		g.ids[n] = int32(i)
		g.lower[i] = lower(n)
	}
	g.roots = make([]int32, len(positions))
	for i := range g.positions {
		g.roots[i] = -1
		if f := g.positions[i].Facts; f != nil && f.exchanges > 0 {
			g.roots[i] = g.place(&f.root, domainOf(&g.positions[i]), where{pos: int32(i), field: -1, owner: -1})
		}
	}
	return g
}

// gather collects the names below a node, and settles what is there.
func (g *graph) gather(n *node) {
	n.settle()
	if n.arr != nil && n.arr.items != nil {
		g.gather(n.arr.items)
	}
	for _, r := range n.records() {
		r.settle()
		for _, s := range r.props {
			g.ids[s.name.text] = 0
			g.gather(&s.p.node)
		}
		if r.pool != nil {
			g.gather(&r.pool.node)
		}
	}
}

func (g *graph) place(n *node, d domain, w where) int32 {
	id := int32(len(g.places))
	g.places = append(g.places, place{lead: id, nodes: []*node{n}, items: -1, as: -1, where: w, kinds: classesOf(n)})
	if n.arr != nil && n.arr.items != nil {
		iw := w
		iw.depth++
		g.places[id].items = g.place(n.arr.items, d, iw)
	}
	whole := slices.ContainsFunc(n.records(), func(r *record) bool { return r.objects > 0 })
	for _, r := range n.records() {
		if whole && r.objects == 0 && r.pool == nil {
			continue // only of cut objects: a tag or what it tells may have been behind the cut
		}
		c := g.record(r, d, id, w)
		g.places[id].recs = append(g.places[id].recs, c)
	}
	return id
}

func (g *graph) record(r *record, d domain, home int32, w where) int32 {
	id := int32(len(g.clusters))
	c := cluster{lead: id, recs: []*record{r}, pool: -1, domain: d, homes: []int32{home}, home: home}
	if r.tag != nil {
		c.tags = []string{*r.tag}
	}
	g.clusters = append(g.clusters, c)
	type named struct {
		key int32
		p   *prop
	}
	props := make([]named, len(r.props))
	for i, s := range r.props {
		props[i] = named{g.ids[s.name.text], s.p}
	}
	slices.SortFunc(props, func(a, b named) int { return int(a.key - b.key) })
	members := make([]member, len(props))
	for i, p := range props {
		members[i] = member{p.key, g.place(&p.p.node, d, where{pos: w.pos, field: p.key, owner: id})}
	}
	g.clusters[id].props = members
	if r.pool != nil {
		vw := w
		vw.values = true
		g.clusters[id].pool = g.place(&r.pool.node, d, vw)
	}
	return id
}

// classesOf tells what is certain of a node's kinds: an empty array, null, or text that may stand for
// anything say nothing.
func classesOf(n *node) (c uint8) {
	if n.kinds[isBoolean] > 0 {
		c |= classBool
	}
	if n.kinds[isInteger]+n.kinds[isNumber] > 0 {
		c |= classNumber
	}
	if n.kinds[isString] > 0 && !n.typed {
		c |= classString
	}
	if n.kinds[isArray] > 0 && (n.arr == nil || n.arr.items != nil) {
		c |= classArray
	}
	if n.kinds[isObject] > 0 {
		c |= classObject
	}
	return c
}

func (g *graph) at(p int32) int32 {
	for g.places[p].lead != p {
		g.places[p].lead = g.places[g.places[p].lead].lead
		p = g.places[p].lead
	}
	return p
}

func (g *graph) of(c int32) int32 {
	for g.clusters[c].lead != c {
		g.clusters[c].lead = g.clusters[g.clusters[c].lead].lead
		c = g.clusters[c].lead
	}
	return c
}

func (g *graph) unitePlaces(a, b int32)   { g.todo = append(g.todo, pair{a, b, false}); g.drain() }
func (g *graph) uniteClusters(a, b int32) { g.todo = append(g.todo, pair{a, b, true}); g.drain() }

// drain unites what is asked for and all that follows from it.
func (g *graph) drain() {
	for len(g.todo) > 0 {
		t := g.todo[len(g.todo)-1]
		g.todo = g.todo[:len(g.todo)-1]
		if t.records {
			g.joinClusters(t.a, t.b)
		} else {
			g.joinPlaces(t.a, t.b)
		}
	}
}

func (g *graph) joinPlaces(a, b int32) {
	a, b = g.at(a), g.at(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	p, q := &g.places[a], &g.places[b]
	q.lead = a
	p.nodes = append(p.nodes, q.nodes...)
	p.sent = append(p.sent, q.sent...)
	p.kinds |= q.kinds
	switch {
	case p.items < 0:
		p.items = q.items
	case q.items >= 0:
		g.todo = append(g.todo, pair{p.items, q.items, false})
	}
	p.recs = append(p.recs, q.recs...)
	q.nodes, q.sent, q.recs = nil, nil, nil
	g.joinInside(a)
}

// joinInside asks for the records of one place to be united where their tags do not tell them apart.
func (g *graph) joinInside(a int32) {
	rs := g.inside(a)
	for i, x := range rs {
		for _, y := range rs[:i] {
			if sameTags(g.clusters[x].tags, g.clusters[y].tags) {
				g.todo = append(g.todo, pair{y, x, true})
				break
			}
		}
	}
}

// inside returns the clusters of a place, ascending, each once.
func (g *graph) inside(a int32) []int32 {
	p := &g.places[a]
	for i, c := range p.recs {
		p.recs[i] = g.of(c)
	}
	slices.Sort(p.recs)
	p.recs = slices.Compact(p.recs)
	return p.recs
}

// sameTags says that two sets of tags are both empty or share one.
func sameTags(a, b []string) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

func (g *graph) joinClusters(a, b int32) {
	a, b = g.of(a), g.of(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	c, d := &g.clusters[a], &g.clusters[b]
	d.lead = a
	c.recs = append(c.recs, d.recs...)
	c.homes = append(c.homes, d.homes...)
	c.isMap = c.isMap || d.isMap
	if c.why == "" {
		c.why = d.why
	}
	c.tags = append(c.tags, d.tags...)
	slices.Sort(c.tags)
	c.tags = slices.Compact(c.tags)
	switch {
	case c.pool < 0:
		c.pool = d.pool
	case d.pool >= 0:
		g.todo = append(g.todo, pair{c.pool, d.pool, false})
	}
	var out []member
	i, j := 0, 0
	for i < len(c.props) && j < len(d.props) {
		switch x, y := c.props[i], d.props[j]; {
		case x.key < y.key:
			out = append(out, x)
			i++
		case x.key > y.key:
			out = append(out, y)
			j++
		default:
			out = append(out, x)
			g.todo = append(g.todo, pair{x.place, y.place, false})
			i, j = i+1, j+1
		}
	}
	out = append(append(out, c.props[i:]...), d.props[j:]...)
	c.props = out
	d.recs, d.props, d.homes = nil, nil, nil
}
