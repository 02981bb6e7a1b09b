package schema

import (
	"slices"
	"strings"
)

// graph holds the facts of all bodies while they are decided. Positions that hold the same property
// of the same thing are united, and so are clusters of objects that are the same thing. Both are
// disjoint-set forests (union-find). Uniting two clusters unites the positions of their common
// members, and so on downwards.
//
// Positions and clusters are numbered in the order of bodies by key and of members by name, and the
// smaller number becomes the root of a union. The result therefore does not depend on how the facts
// were merged.
type graph struct {
	policy        Policy
	bodies        []Body   // sorted by key
	bodyOrder     []int    // index of each of bodies in the argument of Decide
	names         []string // all property names, sorted
	lowerNames    []string // names as lower-case words
	nameIDs       map[string]int32
	positions     []position
	clusters      []cluster
	bodyRoots     []int32 // top position of each body, -1 for none
	pendingUnions []pendingUnion

	absence          [numDomains]absenceStats
	nullable         map[int32]bool     // positions that may be null although no null was seen
	constantTags     map[string]bool    // names of tags that are constant wherever they occur
	hasConstantTypes bool               // the types of JSON:API resources are constant
	fractional       map[int32]bool     // positions of whole numbers that are likely fractional
	nameUsages       []nameUsage        // by property name
	usesCapitals     bool               // many records have names that begin with capitals
	usesDashes       bool               // many records have names with dashes
	holdsNonStrings  []bool             // by property name: records under this name hold more than strings
	enums            map[int32][]string // by position
}

// pendingUnion is a request to unite two positions or two clusters.
type pendingUnion struct {
	a, b        int32
	areClusters bool
}

// domain divides bodies that never share a schema.
type domain uint8

const (
	domainResponse domain = iota
	domainRequest
	domainPatch
	domainForm
	domainError
	numDomains
)

func domainOf(p *Body) domain {
	switch {
	case p.Role == Error:
		return domainError
	case p.Role == Response:
		return domainResponse
	case p.Form:
		return domainForm
	case p.Method == "PATCH":
		return domainPatch
	}
	return domainRequest
}

// position is a set of united positions in bodies, with their facts.
type position struct {
	parent int32 // parent in the disjoint-set forest; the position itself if it is a root
	facts  []*valueFacts
	// mirrored are facts of requests whose values recur in responses. They show kinds and formats,
	// but are no independent evidence.
	mirrored    []*valueFacts
	types       uint8 // see typesOf
	items       int32 // position of the items, -1 for none
	clusters    []int32
	sameAs      int32 // the position whose schema applies here, because only null was seen; -1 for none
	assumedKind Kind  // the scalar kind assumed from the last word of the name, because only null was seen
	origin      origin
}

// origin says where a position was found. Of united positions, the first counts.
type origin struct {
	body       int32
	name       int32 // nearest property name, -1 at the top
	owner      int32 // cluster that holds that property, -1 for none
	arrayDepth int32 // number of arrays between the property and the position
	isMapValue bool  // the position holds the values of a map
}

// cluster is a set of united records: objects that are the same thing.
type cluster struct {
	parent        int32
	facts         []*objectFacts
	members       []member // ascending by name
	pool          int32    // position of the values whose names are data, -1 for none
	domain        domain
	tags          []string
	positions     []int32 // positions that hold the cluster
	firstPosition int32   // where the cluster was found
	isMap         bool
	mapReason     string // why the cluster is a map
}

// member is one property of a cluster.
type member struct {
	name     int32
	position int32
}

// Types that exclude one another.
const (
	typeBoolean uint8 = 1 << iota
	typeNumber
	typeString
	typeArray
	typeObject
)

func newGraph(bodies []Body, p Policy) *graph {
	g := &graph{policy: p, bodies: slices.Clone(bodies), bodyOrder: make([]int, len(bodies)),
		nameIDs: map[string]int32{}}
	for i := range g.bodyOrder {
		g.bodyOrder[i] = i
	}
	slices.SortStableFunc(g.bodyOrder, func(a, b int) int { return strings.Compare(bodies[a].Key, bodies[b].Key) })
	for i, o := range g.bodyOrder {
		g.bodies[i] = bodies[o]
	}
	for i := range g.bodies {
		if f := g.bodies[i].Facts; f != nil {
			g.collectNames(&f.root)
		}
	}
	for n := range g.nameIDs {
		g.names = append(g.names, n)
	}
	slices.Sort(g.names)
	g.lowerNames = make([]string, len(g.names))
	for i, n := range g.names {
		g.nameIDs[n] = int32(i)
		g.lowerNames[i] = lowerWords(n)
	}
	g.bodyRoots = make([]int32, len(bodies))
	for i := range g.bodies {
		g.bodyRoots[i] = -1
		if f := g.bodies[i].Facts; f != nil && f.exchanges > 0 {
			g.bodyRoots[i] = g.addPosition(&f.root, domainOf(&g.bodies[i]),
				origin{body: int32(i), name: -1, owner: -1})
		}
	}
	return g
}

// collectNames collects the property names in n and below, and settles the facts there.
func (g *graph) collectNames(n *valueFacts) {
	n.settle()
	if n.array != nil && n.array.items != nil {
		g.collectNames(n.array.items)
	}
	for _, r := range n.objects() {
		r.settle()
		for _, s := range r.props {
			g.nameIDs[s.name.text] = 0
			g.collectNames(&s.facts.values)
		}
		if r.pool != nil {
			g.collectNames(&r.pool.values)
		}
	}
}

func (g *graph) addPosition(n *valueFacts, d domain, w origin) int32 {
	id := int32(len(g.positions))
	g.positions = append(g.positions, position{parent: id, facts: []*valueFacts{n}, items: -1, sameAs: -1,
		origin: w, types: typesOf(n)})
	if n.array != nil && n.array.items != nil {
		iw := w
		iw.arrayDepth++
		g.positions[id].items = g.addPosition(n.array.items, d, iw)
	}
	hasComplete := slices.ContainsFunc(n.objects(), func(r *objectFacts) bool { return r.objects > 0 })
	for _, r := range n.objects() {
		if hasComplete && r.objects == 0 && r.pool == nil {
			continue // seen only in truncated objects: the tag may be behind the truncation
		}
		c := g.addCluster(r, d, id, w)
		g.positions[id].clusters = append(g.positions[id].clusters, c)
	}
	return id
}

func (g *graph) addCluster(r *objectFacts, d domain, home int32, w origin) int32 {
	id := int32(len(g.clusters))
	c := cluster{parent: id, facts: []*objectFacts{r}, pool: -1, domain: d, positions: []int32{home},
		firstPosition: home}
	if r.tag != nil {
		c.tags = []string{*r.tag}
	}
	g.clusters = append(g.clusters, c)
	type named struct {
		key int32
		p   *propertyFacts
	}
	props := make([]named, len(r.props))
	for i, s := range r.props {
		props[i] = named{g.nameIDs[s.name.text], s.facts}
	}
	slices.SortFunc(props, func(a, b named) int { return int(a.key - b.key) })
	members := make([]member, len(props))
	for i, p := range props {
		members[i] = member{p.key, g.addPosition(&p.p.values, d, origin{body: w.body, name: p.key, owner: id})}
	}
	g.clusters[id].members = members
	if r.pool != nil {
		vw := w
		vw.isMapValue = true
		g.clusters[id].pool = g.addPosition(&r.pool.values, d, vw)
	}
	return id
}

// typesOf returns the types that n certainly has. Empty arrays, null and text of unknown type do
// not count.
func typesOf(n *valueFacts) (c uint8) {
	if n.kinds[kindBoolean] > 0 {
		c |= typeBoolean
	}
	if n.kinds[kindInteger]+n.kinds[kindNumber] > 0 {
		c |= typeNumber
	}
	if n.kinds[kindString] > 0 && !n.isText {
		c |= typeString
	}
	if n.kinds[kindArray] > 0 && (n.array == nil || n.array.items != nil) {
		c |= typeArray
	}
	if n.kinds[kindObject] > 0 {
		c |= typeObject
	}
	return c
}

func (g *graph) findPosition(p int32) int32 {
	for g.positions[p].parent != p {
		g.positions[p].parent = g.positions[g.positions[p].parent].parent
		p = g.positions[p].parent
	}
	return p
}

func (g *graph) findCluster(c int32) int32 {
	for g.clusters[c].parent != c {
		g.clusters[c].parent = g.clusters[g.clusters[c].parent].parent
		c = g.clusters[c].parent
	}
	return c
}

func (g *graph) unitePositions(a, b int32) {
	g.pendingUnions = append(g.pendingUnions, pendingUnion{a, b, false})
	g.processUnions()
}
func (g *graph) uniteClusters(a, b int32) {
	g.pendingUnions = append(g.pendingUnions, pendingUnion{a, b, true})
	g.processUnions()
}

// processUnions performs the pending unions and those that follow from them.
func (g *graph) processUnions() {
	for len(g.pendingUnions) > 0 {
		t := g.pendingUnions[len(g.pendingUnions)-1]
		g.pendingUnions = g.pendingUnions[:len(g.pendingUnions)-1]
		if t.areClusters {
			g.mergeClusters(t.a, t.b)
		} else {
			g.mergePositions(t.a, t.b)
		}
	}
}

func (g *graph) mergePositions(a, b int32) {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	p, q := &g.positions[a], &g.positions[b]
	q.parent = a
	p.facts = append(p.facts, q.facts...)
	p.mirrored = append(p.mirrored, q.mirrored...)
	p.types |= q.types
	switch {
	case p.items < 0:
		p.items = q.items
	case q.items >= 0:
		g.pendingUnions = append(g.pendingUnions, pendingUnion{p.items, q.items, false})
	}
	p.clusters = append(p.clusters, q.clusters...)
	q.facts, q.mirrored, q.clusters = nil, nil, nil
	g.uniteSameTags(a)
}

// uniteSameTags requests the union of the clusters at a position that have no tags or share one.
func (g *graph) uniteSameTags(a int32) {
	rs := g.clustersAt(a)
	for i, x := range rs {
		for _, y := range rs[:i] {
			if haveCommonTag(g.clusters[x].tags, g.clusters[y].tags) {
				g.pendingUnions = append(g.pendingUnions, pendingUnion{y, x, true})
				break
			}
		}
	}
}

// clustersAt returns the clusters at a position, ascending and without duplicates.
func (g *graph) clustersAt(a int32) []int32 {
	p := &g.positions[a]
	for i, c := range p.clusters {
		p.clusters[i] = g.findCluster(c)
	}
	slices.Sort(p.clusters)
	p.clusters = slices.Compact(p.clusters)
	return p.clusters
}

// sameTags reports whether both sets are empty or share a tag.
func haveCommonTag(a, b []string) bool {
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

func (g *graph) mergeClusters(a, b int32) {
	a, b = g.findCluster(a), g.findCluster(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	c, d := &g.clusters[a], &g.clusters[b]
	d.parent = a
	c.facts = append(c.facts, d.facts...)
	c.positions = append(c.positions, d.positions...)
	c.isMap = c.isMap || d.isMap
	if c.mapReason == "" {
		c.mapReason = d.mapReason
	}
	c.tags = append(c.tags, d.tags...)
	slices.Sort(c.tags)
	c.tags = slices.Compact(c.tags)
	switch {
	case c.pool < 0:
		c.pool = d.pool
	case d.pool >= 0:
		g.pendingUnions = append(g.pendingUnions, pendingUnion{c.pool, d.pool, false})
	}
	var out []member
	i, j := 0, 0
	for i < len(c.members) && j < len(d.members) {
		switch x, y := c.members[i], d.members[j]; {
		case x.name < y.name:
			out = append(out, x)
			i++
		case x.name > y.name:
			out = append(out, y)
			j++
		default:
			out = append(out, x)
			g.pendingUnions = append(g.pendingUnions, pendingUnion{x.position, y.position, false})
			i, j = i+1, j+1
		}
	}
	out = append(append(out, c.members[i:]...), d.members[j:]...)
	c.members = out
	d.facts, d.members, d.positions = nil, nil, nil
}
