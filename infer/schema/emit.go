package schema

import (
	"maps"
	"slices"
	"strings"
)

// minPoolNames is the least number of names that are data with which an object that also has
// properties gets additionalProperties.
const minPoolNames = 3

// emitter writes the decided graph as schemas.
type emitter struct {
	graph          *graph
	uses           map[int32]int             // how often a cluster is written; what a shared cluster holds counts once
	recursive      map[int32]bool            // clusters that contain themselves
	tagNames       map[int32]string          // for clusters that are alternatives, the property that distinguishes them
	componentNames map[int32]string          // for clusters that are components
	representative map[int32]int32           // clusters that are written as another one
	isBody         map[int32]bool            // clusters that are complete bodies, or the items of a body
	events         map[int32]map[string]bool // by cluster, the names of the events that it is the body of
	refersToAll    bool                      // write every cluster as a reference, to compare schemas
}

// emit writes the schemas of all bodies and the components.
func (g *graph) emit() Decision {
	e := &emitter{graph: g, tagNames: map[int32]string{}, representative: map[int32]int32{}}
	e.countUses()
	if !g.policy.Inline {
		e.mergeEqualSchemas()
		g.represented = map[int32][]int32{}
		for c, to := range e.representative {
			g.represented[to] = append(g.represented[to], c)
		}
		e.countUses()
	}
	e.chooseComponents()
	d := Decision{Schemas: make([]*Schema, len(g.bodies)), graph: g, componentNames: e.componentNames}
	for i, root := range g.bodyRoots {
		if root >= 0 {
			d.Schemas[g.bodyOrder[i]] = e.positionSchema(root)
		}
	}
	for c, name := range e.componentNames {
		d.Components = append(d.Components, Component{name, e.clusterSchema(c)})
	}
	for c, representative := range e.representative { // for Explain
		if name := e.componentNames[representative]; name != "" {
			e.componentNames[c] = name
		}
	}
	slices.SortFunc(d.Components, func(a, b Component) int { return strings.Compare(a.Name, b.Name) })
	return d
}

// countUses counts how often each cluster is written.
func (e *emitter) countUses() {
	e.uses, e.recursive = map[int32]int{}, map[int32]bool{}
	e.isBody, e.events = map[int32]bool{}, map[int32]map[string]bool{}
	open := map[int32]bool{}
	for i, root := range e.graph.bodyRoots {
		if root < 0 {
			continue
		}
		e.countUsesAt(root, open)
		if rs := e.graph.clustersAt(e.graph.findPosition(root)); e.graph.bodies[i].Event != "" && len(rs) == 1 {
			c := e.representativeOf(rs[0])
			if e.events[c] == nil {
				e.events[c] = map[string]bool{}
			}
			e.events[c][e.graph.bodies[i].Event] = true
		}
		top := e.graph.findPosition(root)
		if it := e.graph.positions[top].items; it >= 0 && len(e.graph.clustersAt(top)) == 0 {
			top = e.graph.findPosition(it)
		}
		if rs := e.graph.clustersAt(top); len(rs) == 1 {
			e.isBody[e.representativeOf(rs[0])] = true
		}
	}
	e.tagEvents()
}

// sentCounts returns, for the members that all requests with a record had, the number of these
// requests. The records that are written as this one count, too, but not those of PATCH, which
// holds what its client changes.
func (e *emitter) sentCounts(c int32) map[int32]int64 {
	g := e.graph
	requests, sent := int64(0), map[int32]int64{}
	for _, d := range append([]int32{c}, g.represented[c]...) {
		if cl := &g.clusters[d]; !isRequestDomain(cl.domain) || cl.isMap || g.policy.NoRequired {
			continue
		}
		exchanges, always := g.exchangeCounts(d)
		requests += int64(exchanges)
		for i, m := range g.clusters[d].members {
			if always[i] == exchanges {
				sent[m.name] += int64(exchanges)
			}
		}
	}
	maps.DeleteFunc(sent, func(_ int32, n int64) bool { return n < requests || n < minAlwaysSent })
	return sent
}

// representativeOf returns the cluster that is written in place of c.
func (e *emitter) representativeOf(c int32) int32 {
	if t, ok := e.representative[c]; ok {
		return t
	}
	return c
}

// countUsesAt counts the clusters written at a position. open holds the clusters around it.
func (e *emitter) countUsesAt(p int32, open map[int32]bool) {
	g := e.graph
	p = g.findPosition(p)
	if g.arbitrary[p] {
		return
	}
	if source := g.positions[p].sameAs; source >= 0 {
		e.countUsesAt(source, open)
		return
	}
	if it := g.positions[p].items; it >= 0 {
		e.countUsesAt(it, open)
	}
	if g.positions[p].isMixed {
		return
	}
	rs := g.clustersAt(p)
	for _, c := range rs {
		if len(rs) > 1 {
			e.tagNames[c] = tagName(g.clusters[c].tags[0])
		}
		c = e.representativeOf(c)
		e.uses[c]++
		if open[c] {
			e.recursive[c] = true
		}
		if e.uses[c] > 1 {
			continue
		}
		open[c] = true
		for _, m := range g.clusters[c].members {
			e.countUsesAt(m.position, open)
		}
		if g.hasVisiblePool(c) {
			e.countUsesAt(g.clusters[c].pool, open)
		}
		delete(open, c)
	}
}

// chooseComponents selects the clusters that become components: tagged alternatives, recursive
// clusters, clusters that are written more than once and are longer than a reference, and complete
// bodies that are large enough. With Policy.Inline only the first two become components.
func (e *emitter) chooseComponents() {
	var cs []int32
	for c, n := range e.uses {
		if e.tagNames[c] != "" || e.recursive[c] ||
			!e.graph.policy.Inline && (n > 1 && e.isWorthComponent(c, n) || e.isModel(c)) {
			cs = append(cs, c)
		}
	}
	slices.Sort(cs)
	e.componentNames = e.graph.componentNames(cs, e.tagNames)
}

// tagEvents makes the tags constants that repeat the names of the events.
func (e *emitter) tagEvents() {
	for c, names := range e.events {
		tags := e.graph.clusters[c].tags
		isOther := func(t string) bool { return tagName(t) != tagName(tags[0]) || !names[tagValue(t)] }
		if len(tags) > 0 && !slices.ContainsFunc(tags, isOther) && e.graph.hasConstantTag(c, e.graph.nameIDs[tagName(tags[0])]) {
			e.tagNames[c] = tagName(tags[0])
		}
	}
}

// minModelProperties is the number of properties that make a complete body a component.
const minModelProperties = 3

// minTotalProperties is the number of properties at all levels that make a complete body a
// component.
const minTotalProperties = 6

// isModel reports whether a cluster is a complete body, or the items of a body, and large enough to
// deserve a name even if it is written once. Forms are written where they are used.
func (e *emitter) isModel(c int32) bool {
	cl := &e.graph.clusters[c]
	if len(e.events[c]) > 0 && !cl.isMap {
		return true
	}
	return e.isBody[c] && cl.domain != domainForm &&
		(len(cl.members) >= minModelProperties || e.totalProperties(c, 0) >= minTotalProperties)
}

// totalProperties returns the number of properties of a cluster and of the clusters that are
// written only inside it.
func (e *emitter) totalProperties(c int32, depth int) int {
	n := 0
	if depth > maxDepth {
		return 0
	}
	for _, m := range e.graph.clusters[c].members {
		n++
		p := e.graph.findPosition(m.position)
		for e.graph.positions[p].items >= 0 {
			p = e.graph.findPosition(e.graph.positions[p].items)
		}
		for _, r := range e.graph.clustersAt(p) {
			if r = e.representativeOf(r); e.uses[r] == 1 {
				n += e.totalProperties(r, depth+1)
			}
		}
	}
	return n
}

// isWorthComponent reports whether a cluster that is written n times is longer than a reference to
// it. A cluster with a single scalar needs three uses.
func (e *emitter) isWorthComponent(c int32, n int) bool {
	cl := &e.graph.clusters[c]
	switch {
	case cl.isMap:
		v := e.graph.findPosition(cl.pool)
		return e.graph.positions[v].items >= 0 || len(e.graph.positions[v].clusters) > 0
	case len(cl.members) == 0:
		return cl.pool >= 0
	case len(cl.members) == 1:
		p := e.graph.findPosition(cl.members[0].position)
		return n > 2 || e.graph.positions[p].items >= 0 || len(e.graph.positions[p].clusters) > 0
	}
	return true
}

// positionSchema writes the schema of a position.
func (e *emitter) positionSchema(id int32) *Schema {
	g := e.graph
	id = g.findPosition(id)
	if g.arbitrary[id] {
		return &Schema{Description: "The value to add, set or compare."}
	}
	if source := g.positions[id].sameAs; source >= 0 {
		s := *e.positionSchema(source)
		s.Nullable = true
		return &s
	}
	if k := g.positions[id].assumedKind; k != 0 {
		return &Schema{Kind: k, Nullable: true}
	}
	f := g.pooledFacts(id)
	var alts []*Schema
	if s := g.scalarSchema(id, f); s != nil && s.AnyOf != nil {
		alts = append(alts, s.AnyOf...)
	} else if s != nil {
		alts = append(alts, s)
	}
	if f.kinds[kindArray] > 0 {
		s := &Schema{Kind: Array, AtMostOne: g.hasAtMostOneItem(id)}
		if it := g.positions[id].items; it >= 0 {
			s.Items = e.positionSchema(it)
			s.Prefix = g.tupleSchemas(id)
		}
		alts = append(alts, s)
	}
	if f.kinds[kindObject] > 0 {
		alts = append(alts, e.objectSchema(id))
	}
	s := &Schema{}
	switch len(alts) {
	case 0:
		if f.kinds[kindNull] > 0 {
			s.Description = "only null was seen"
		}
	case 1:
		s = alts[0]
	default:
		s.AnyOf = alts
	}
	s.Nullable = f.kinds[kindNull] > 0 || f.isNullableText(s)
	return s
}

// isNullableText reports whether a value given as text is a number or boolean that was also sent
// empty. In a form, that means null.
func (n *valueFacts) isNullableText(s *Schema) bool {
	return n.isText && n.strings != nil && n.strings.empty > 0 && s.Kind != 0 && s.Kind&String == 0
}

// objectSchema writes the objects at a position: one record or tagged alternatives.
func (e *emitter) objectSchema(id int32) *Schema {
	if e.graph.positions[id].isMixed {
		return &Schema{Kind: Object, Description: "A record of one of several kinds."}
	}
	rs := e.graph.clustersAt(id)
	switch len(rs) {
	case 0:
		return &Schema{Kind: Object}
	case 1:
		return e.reference(rs[0])
	}
	s := &Schema{Discriminator: &Discriminator{Property: tagName(e.graph.clusters[rs[0]].tags[0])}}
	for _, c := range rs {
		alt := e.reference(c)
		s.OneOf = append(s.OneOf, alt)
		for _, t := range e.graph.clusters[c].tags {
			s.Discriminator.Mapping = append(s.Discriminator.Mapping, Mapping{tagValue(t), alt.Ref})
		}
	}
	slices.SortFunc(s.OneOf, func(a, b *Schema) int { return strings.Compare(a.Ref, b.Ref) })
	slices.SortFunc(s.Discriminator.Mapping, func(a, b Mapping) int { return strings.Compare(a.Value, b.Value) })
	return s
}

// reference writes a reference to a cluster if it is a component, else its schema.
func (e *emitter) reference(c int32) *Schema {
	if e.refersToAll {
		return &Schema{clusterRef: c + 1}
	}
	c = e.representativeOf(c)
	if name := e.componentNames[c]; name != "" {
		return &Schema{Ref: name}
	}
	return e.clusterSchema(c)
}

// hasVisiblePool reports whether the schema has additionalProperties for the names that are data.
func (g *graph) hasVisiblePool(c int32) bool {
	cl := &g.clusters[c]
	return cl.pool >= 0 && (len(cl.members) == 0 || g.distinctNames(c) >= int64(len(cl.members)+minPoolNames))
}

// clusterSchema writes the schema of a cluster.
func (e *emitter) clusterSchema(c int32) *Schema {
	g := e.graph
	cl := &g.clusters[c]
	s := &Schema{Kind: Object}
	required, sent := g.requiredMembers(c), e.sentCounts(c)
	exchanges, always := g.exchangeCounts(c)
	for i, m := range cl.members {
		p := Property{Name: g.names[m.name], Schema: e.positionSchema(m.position), Required: required[i]}
		if !p.Required {
			p.AlwaysSent, p.Absent = sent[m.name], always[i] < exchanges
		}
		if e.tagNames[c] == p.Name {
			p.Required, p.Schema, p.AlwaysSent = true, &Schema{Kind: String}, 0
			for _, t := range cl.tags {
				p.Schema.Enum = append(p.Schema.Enum, tagValue(t))
			}
		}
		s.Properties = append(s.Properties, p)
	}
	if g.hasVisiblePool(c) {
		s.Additional = e.positionSchema(cl.pool)
	}
	if shapes := g.requestShapes(c); shapes != nil {
		union := &Schema{}
		for _, shape := range shapes {
			union.AnyOf = append(union.AnyOf, g.shapeSchema(s, cl.members, shape))
		}
		return union
	}
	return s
}
