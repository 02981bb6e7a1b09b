package schema

import (
	"slices"
	"strings"
)

// emitter writes the decided graph as schemas.
type emitter struct {
	g     *graph
	uses  map[int32]int    // how often a cluster is written, each shared one counted inside once
	loop  map[int32]bool   // clusters that hold themselves
	names map[int32]string // of those that are components
}

func (g *graph) emit() Decision {
	e := &emitter{g: g, uses: map[int32]int{}, loop: map[int32]bool{}}
	open := map[int32]bool{}
	for _, root := range g.roots {
		if root >= 0 {
			e.countPlace(root, open)
		}
	}
	e.choose()
	d := Decision{Schemas: make([]*Schema, len(g.positions)), g: g}
	for i, root := range g.roots {
		if root >= 0 {
			d.Schemas[g.order[i]] = e.place(root)
		}
	}
	for c, name := range e.names {
		d.Components = append(d.Components, Component{name, e.record(c)})
	}
	slices.SortFunc(d.Components, func(a, b Component) int { return strings.Compare(a.Name, b.Name) })
	return d
}

func (e *emitter) countPlace(p int32, open map[int32]bool) {
	g := e.g
	p = g.at(p)
	if it := g.places[p].items; it >= 0 {
		e.countPlace(it, open)
	}
	for _, c := range g.inside(p) {
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
		if v := g.clusters[c].pool; v >= 0 {
			e.countPlace(v, open)
		}
		delete(open, c)
	}
}

// choose says which clusters become components: what is written more than once, or holds itself. One
// property with a scalar is shorter than a reference to it.
func (e *emitter) choose() {
	var cs []int32
	for c, n := range e.uses {
		if e.loop[c] || n > 1 && !e.g.policy.Inline && e.worthy(c) {
			cs = append(cs, c)
		}
	}
	slices.Sort(cs)
	e.names = e.g.componentNames(cs)
}

func (e *emitter) worthy(c int32) bool {
	cl := &e.g.clusters[c]
	switch {
	case cl.isMap:
		v := e.g.at(cl.pool)
		return e.g.places[v].items >= 0 || len(e.g.places[v].recs) > 0
	case len(cl.props) == 0:
		return cl.pool >= 0
	case len(cl.props) == 1:
		p := e.g.at(cl.props[0].place)
		return e.g.places[p].items >= 0 || len(e.g.places[p].recs) > 0
	}
	return true
}

// place writes the schema of a place.
func (e *emitter) place(id int32) *Schema {
	g := e.g
	id = g.at(id)
	f := g.scalars(id)
	var alts []*Schema
	if s := g.scalar(id, f); s != nil {
		alts = append(alts, s)
	}
	if f.kinds[isArray] > 0 {
		s := &Schema{Kind: Array}
		if it := g.places[id].items; it >= 0 {
			s.Items = e.place(it)
		}
		alts = append(alts, s)
	}
	if f.kinds[isObject] > 0 {
		alts = append(alts, e.records(id)...)
	}
	s := &Schema{}
	switch len(alts) {
	case 0:
	case 1:
		s = alts[0]
	default:
		s.AnyOf = alts
	}
	s.Nullable = f.kinds[isNull] > 0
	return s
}

// records writes the alternatives that the objects of a place are.
func (e *emitter) records(id int32) (out []*Schema) {
	for _, c := range e.g.inside(id) {
		if name := e.names[c]; name != "" {
			out = append(out, &Schema{Ref: name})
		} else {
			out = append(out, e.record(c))
		}
	}
	if out == nil {
		out = append(out, &Schema{Kind: Object})
	}
	return out
}

// record writes a cluster.
func (e *emitter) record(c int32) *Schema {
	g := e.g
	cl := &g.clusters[c]
	s := &Schema{Kind: Object}
	need := g.required(c)
	for i, m := range cl.props {
		s.Properties = append(s.Properties, Property{Name: g.names[m.key], Schema: e.place(m.place), Required: need[i]})
	}
	if cl.pool >= 0 {
		s.Additional = e.place(cl.pool)
	}
	return s
}
