package schema

import (
	"maps"
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
	bodyRoots     []int32 // top position of each body, or -1
	pendingUnions []pendingUnion
	mixtures      map[*valueFacts]bool // see findMixtures

	demanded        map[int32]map[int32]bool // members that refusals demanded, by cluster
	absence         [numDomains]absenceStats
	constantTags    map[string]bool    // names of tags that are constant wherever they occur
	variedTags      map[string]bool    // names of tags of which a position has several values
	fractional      map[int32]bool     // positions of whole numbers that are likely fractional
	holdsNonStrings []bool             // by property name: records under this name hold more than strings
	enums           map[int32][]string // by position
	arbitrary       map[int32]bool     // positions of what a patch sets, which may be anything
	repeats         map[int32]bool     // positions with arrays of several elements in clusters that are written as theirs
	represented     map[int32][]int32  // the clusters that are written as another one
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

// domainOf returns the domain of a body.
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
	items       int32 // position of the items, or -1
	clusters    []int32
	isMixed     bool  // see findMixtures
	sameAs      int32 // the position whose schema applies here, because only null was seen, or -1
	assumedKind Kind  // the scalar kind assumed from the last word of the name, because only null was seen
	origin      origin
}

// origin says where a position was found. Of united positions, the first counts.
type origin struct {
	body       int32
	name       int32 // nearest property name, -1 at the top
	owner      int32 // cluster that holds that property, or -1
	arrayDepth int32 // number of arrays between the property and the position
	isMapValue bool  // the position holds the values of a map
}

// cluster is a set of united records: objects that are the same thing.
type cluster struct {
	parent        int32
	facts         []*objectFacts
	members       []member // ascending by name
	pool          int32    // position of the values whose names are data, or -1
	domain        domain
	tags          []string
	positions     []int32 // positions that hold the cluster
	firstPosition int32   // where the cluster was found
	isWhole       bool    // see isWholeRecord
	isMap         bool
	mapReason     string // why the cluster is a map
}

// member is one property of a cluster.
type member struct {
	name     int32
	position int32
}

// memberIndex returns the index of the member with this name, or where it would be inserted, and
// reports whether it exists.
func memberIndex(members []member, name int32) (int, bool) {
	return slices.BinarySearchFunc(members, name, func(m member, n int32) int { return int(m.name - n) })
}

// Types that exclude one another.
const (
	typeBoolean uint8 = 1 << iota
	typeNumber
	typeString
	typeArray
	typeObject
)

// newGraph returns the graph of the bodies, in which nothing is united yet.
func newGraph(bodies []Body, p Policy) *graph {
	g := &graph{policy: p, bodies: slices.Clone(bodies), bodyOrder: make([]int, len(bodies)),
		nameIDs: map[string]int32{}, repeats: map[int32]bool{}}
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
	g.names = slices.Sorted(maps.Keys(g.nameIDs))
	g.lowerNames = make([]string, len(g.names))
	for i, n := range g.names {
		g.nameIDs[n] = int32(i)
		g.lowerNames[i] = lowerWords(n)
	}
	g.mixtures = findMixtures(g.bodies)
	g.bodyRoots = make([]int32, len(bodies))
	for i := range g.bodies {
		g.bodyRoots[i] = -1
		if f := g.bodies[i].Facts; f != nil && f.exchanges > 0 {
			g.bodyRoots[i] = g.addPosition(&f.root, domainOf(&g.bodies[i]),
				origin{body: int32(i), name: -1, owner: -1})
		}
	}
	g.processUnions()
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
		for _, s := range r.properties {
			g.nameIDs[s.name.text] = 0
			g.collectNames(&s.facts.values)
		}
		if r.pool != nil {
			g.collectNames(&r.pool.values)
		}
	}
}

// addPosition adds the position of n, found at w, and everything below. It returns its index.
func (g *graph) addPosition(n *valueFacts, d domain, w origin) int32 {
	id := int32(len(g.positions))
	g.positions = append(g.positions, position{parent: id, facts: []*valueFacts{n}, items: -1, sameAs: -1,
		origin: w, types: typesOf(n)})
	if n.array != nil && n.array.items != nil {
		iw := w
		iw.arrayDepth++
		g.positions[id].items = g.addPosition(n.array.items, d, iw)
	}
	if g.mixtures[n] {
		g.positions[id].isMixed = true
		return id
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

// addCluster adds the cluster of r, held by a position, and everything below. It returns its index.
func (g *graph) addCluster(r *objectFacts, d domain, holder int32, w origin) int32 {
	id := int32(len(g.clusters))
	c := cluster{parent: id, facts: []*objectFacts{r}, pool: -1, domain: d, positions: []int32{holder},
		firstPosition: holder}
	if r.tag != nil {
		c.tags = []string{*r.tag}
	}
	g.clusters = append(g.clusters, c)
	type named struct {
		key int32
		p   *propertyFacts
	}
	props := make([]named, len(r.properties))
	for i, s := range r.properties {
		props[i] = named{g.nameIDs[s.name.text], s.facts}
	}
	slices.SortFunc(props, func(a, b named) int { return int(a.key - b.key) })
	var members []member
	pool, vw := int32(-1), w
	vw.isMapValue = true
	for _, p := range props {
		if !g.policy.NoMaps && g.policy.Data[g.names[p.key]] {
			v := g.addPosition(&p.p.values, d, vw)
			if pool < 0 {
				pool = v
			}
			g.pendingUnions = append(g.pendingUnions, pendingUnion{pool, v, false})
			continue
		}
		members = append(members, member{p.key, g.addPosition(&p.p.values, d, origin{body: w.body, name: p.key, owner: id})})
	}
	if r.pool != nil {
		v := g.addPosition(&r.pool.values, d, vw)
		if pool < 0 {
			pool = v
		}
		g.pendingUnions = append(g.pendingUnions, pendingUnion{pool, v, false})
	}
	g.clusters[id].members, g.clusters[id].pool = members, pool
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
