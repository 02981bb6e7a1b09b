package schema

import (
	"slices"
	"strings"
)

// restNames is how many names that are data it takes, beside properties, to say what all others hold.
const restNames = 3

// emitter writes the decided graph as schemas.
type emitter struct {
	g     *graph
	uses  map[int32]int    // how often a cluster is written, each shared one counted inside once
	loop  map[int32]bool   // clusters that hold themselves
	tag   map[int32]string // of the clusters that are alternatives, the property that tells them apart
	names map[int32]string // of those that are components
	twin  map[int32]int32  // clusters that are written as another is
	body  map[int32]bool   // clusters that are whole bodies, or what a body lists
	part  map[int32]bool   // clusters that are one of several kinds of bodies in one place
	flat  bool             // all records are referred to, for comparing
}

func (g *graph) emit() Decision {
	e := &emitter{g: g, tag: map[int32]string{}, twin: map[int32]int32{}}
	e.count()
	if !g.policy.Inline {
		e.findTwins()
		e.count()
	}
	e.choose()
	d := Decision{Schemas: make([]*Schema, len(g.positions)), g: g, names: e.names}
	for i, root := range g.roots {
		if root >= 0 {
			d.Schemas[g.order[i]] = e.place(root)
		}
	}
	for c, name := range e.names {
		d.Components = append(d.Components, Component{name, e.record(c)})
	}
	for c, lead := range e.twin { // for explaining
		if name := e.names[lead]; name != "" {
			e.names[c] = name
		}
	}
	slices.SortFunc(d.Components, func(a, b Component) int { return strings.Compare(a.Name, b.Name) })
	return d
}

// count finds how often each cluster is written.
func (e *emitter) count() {
	e.uses, e.loop, e.body, e.part = map[int32]int{}, map[int32]bool{}, map[int32]bool{}, map[int32]bool{}
	open := map[int32]bool{}
	for i, root := range e.g.roots {
		if root < 0 {
			continue
		}
		e.countPlace(root, open)
		if rs := e.g.inside(e.g.at(root)); e.g.positions[i].Alternative && len(rs) == 1 {
			e.part[e.lead(rs[0])] = true
		}
		top := e.g.at(root)
		if it := e.g.places[top].items; it >= 0 && len(e.g.inside(top)) == 0 {
			top = e.g.at(it)
		}
		if rs := e.g.inside(top); len(rs) == 1 {
			e.body[e.lead(rs[0])] = true
		}
	}
}

// lead is the cluster that is written for c.
func (e *emitter) lead(c int32) int32 {
	if t, ok := e.twin[c]; ok {
		return t
	}
	return c
}

func (e *emitter) countPlace(p int32, open map[int32]bool) {
	g := e.g
	p = g.at(p)
	if as := g.places[p].as; as >= 0 {
		e.countPlace(as, open)
		return
	}
	if it := g.places[p].items; it >= 0 {
		e.countPlace(it, open)
	}
	rs := g.inside(p)
	for _, c := range rs {
		if len(rs) > 1 {
			e.tag[c] = tagName(g.clusters[c].tags[0])
		}
		c = e.lead(c)
		e.uses[c]++
		if open[c] {
			e.loop[c] = true
		}
		if e.uses[c] > 1 {
			continue
		}
		open[c] = true
		for _, m := range g.clusters[c].props {
			e.countPlace(m.place, open)
		}
		if g.showsRest(c) {
			e.countPlace(g.clusters[c].pool, open)
		}
		delete(open, c)
	}
}

// choose says which clusters become components: what is written more than once, what holds itself, whole bodies.
func (e *emitter) choose() {
	var cs []int32
	for c, n := range e.uses {
		if e.tag[c] != "" || e.loop[c] || !e.g.policy.Inline && (n > 1 && e.worthy(c, n) || e.isModel(c)) {
			cs = append(cs, c)
		}
	}
	slices.Sort(cs)
	e.names = e.g.componentNames(cs, e.tag)
}

// modelProps is how many properties make a body a thing that deserves a name.
const modelProps = 3

// deepModel is how many it may hold in all before it gets one whatever is at its top.
const deepModel = 6

// isModel says that a cluster is a whole body, or what a body lists, and large enough that people would give it a
// name, however often it is written. Forms are told where they are sent.
func (e *emitter) isModel(c int32) bool {
	cl := &e.g.clusters[c]
	if e.part[c] && !cl.isMap {
		return true
	}
	return e.body[c] && cl.domain != inForm && (len(cl.props) >= modelProps || e.inside(c, 0) >= deepModel)
}

// inside counts the properties of a cluster and of what it holds that is written nowhere else.
func (e *emitter) inside(c int32, depth int) int {
	n := 0
	if depth > maxDepth {
		return 0
	}
	for _, m := range e.g.clusters[c].props {
		n++
		p := e.g.at(m.place)
		for e.g.places[p].items >= 0 {
			p = e.g.at(e.g.places[p].items)
		}
		for _, r := range e.g.inside(p) {
			if r = e.lead(r); e.uses[r] == 1 {
				n += e.inside(r, depth+1)
			}
		}
	}
	return n
}

// worthy says that a cluster which is written n times is longer than a reference. One with a single scalar hardly is:
// that takes three.
func (e *emitter) worthy(c int32, n int) bool {
	cl := &e.g.clusters[c]
	switch {
	case cl.isMap:
		v := e.g.at(cl.pool)
		return e.g.places[v].items >= 0 || len(e.g.places[v].recs) > 0
	case len(cl.props) == 0:
		return cl.pool >= 0
	case len(cl.props) == 1:
		p := e.g.at(cl.props[0].place)
		return n > 2 || e.g.places[p].items >= 0 || len(e.g.places[p].recs) > 0
	}
	return true
}

// place writes the schema of a place.
func (e *emitter) place(id int32) *Schema {
	g := e.g
	id = g.at(id)
	if as := g.places[id].as; as >= 0 {
		s := *e.place(as)
		s.Nullable = true
		return &s
	}
	if k := g.places[id].guess; k != 0 {
		return &Schema{Kind: k, Nullable: true}
	}
	f := g.scalars(id)
	var alts []*Schema
	if s := g.scalar(id, f); s != nil && s.AnyOf != nil {
		alts = append(alts, s.AnyOf...)
	} else if s != nil {
		alts = append(alts, s)
	}
	if f.kinds[isArray] > 0 {
		s := &Schema{Kind: Array, AtMostOne: g.atMostOne(id)}
		if it := g.places[id].items; it >= 0 {
			s.Items = e.place(it)
			s.Prefix = g.tuple(id)
		}
		alts = append(alts, s)
	}
	if f.kinds[isObject] > 0 {
		alts = append(alts, e.records(id))
	}
	s := &Schema{}
	switch len(alts) {
	case 0:
		if f.kinds[isNull] > 0 {
			s.Description = "only null was seen"
		}
	case 1:
		s = alts[0]
	default:
		s.AnyOf = alts
	}
	s.Nullable = f.kinds[isNull] > 0 || g.nulls[id] || f.emptied(s)
	return s
}

// emptied says that a value given as text, which is else a number or truth, was sent empty: null, in a form.
func (n *node) emptied(s *Schema) bool {
	return n.typed && n.str != nil && n.str.empty > 0 && s.Kind != 0 && s.Kind&String == 0
}

// records writes what the objects of a place are: one record or tagged alternatives.
func (e *emitter) records(id int32) *Schema {
	rs := e.g.inside(id)
	switch len(rs) {
	case 0:
		return &Schema{Kind: Object}
	case 1:
		return e.refer(rs[0])
	}
	s := &Schema{Discriminator: &Discriminator{Property: tagName(e.g.clusters[rs[0]].tags[0])}}
	for _, c := range rs {
		alt := e.refer(c)
		s.OneOf = append(s.OneOf, alt)
		for _, t := range e.g.clusters[c].tags {
			s.Discriminator.Mapping = append(s.Discriminator.Mapping, Mapping{tagValue(t), alt.Ref})
		}
	}
	slices.SortFunc(s.OneOf, func(a, b *Schema) int { return strings.Compare(a.Ref, b.Ref) })
	slices.SortFunc(s.Discriminator.Mapping, func(a, b Mapping) int { return strings.Compare(a.Value, b.Value) })
	return s
}

func (e *emitter) refer(c int32) *Schema {
	if e.flat {
		return &Schema{cluster: c + 1}
	}
	c = e.lead(c)
	if name := e.names[c]; name != "" {
		return &Schema{Ref: name}
	}
	return e.record(c)
}

// showsRest says that the schema tells what properties hold whose names are data.
func (g *graph) showsRest(c int32) bool {
	cl := &g.clusters[c]
	return cl.pool >= 0 && (len(cl.props) == 0 || g.distinctNames(c) >= int64(len(cl.props)+restNames))
}

// record writes a cluster.
func (e *emitter) record(c int32) *Schema {
	g := e.g
	cl := &g.clusters[c]
	s := &Schema{Kind: Object}
	need := g.required(c)
	for i, m := range cl.props {
		p := Property{Name: g.names[m.key], Schema: e.place(m.place), Required: need[i]}
		if e.tag[c] == p.Name {
			p.Required, p.Schema = true, &Schema{Kind: String}
			for _, t := range cl.tags {
				p.Schema.Enum = append(p.Schema.Enum, tagValue(t))
			}
		}
		s.Properties = append(s.Properties, p)
	}
	if g.showsRest(c) {
		s.Additional = e.place(cl.pool)
	}
	return s
}
