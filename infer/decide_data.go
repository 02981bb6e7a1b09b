package infer

import (
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/schema"
)

// findData finds the names that may be data of a person, and leaves out the operations whose paths
// have one.
func (d *decision) findData() {
	var uses schema.Uses
	for _, e := range d.included {
		for _, name := range e.writtenNames() {
			if name == e.variant.Name {
				uses.AddChosen(name, e.facts.seen)
			} else {
				uses.Add(name, e.facts.seen)
			}
		}
		e.facts.addUses(&uses)
		for _, q := range e.template.Params() {
			uses.AddPath(q.Hashes)
		}
	}
	d.doc.Data = uses.Data()
	if len(d.doc.Data) == 0 {
		return
	}
	d.included = slices.DeleteFunc(d.included, func(e *endpoint) bool {
		e.isData = slices.ContainsFunc(e.writtenNames(), func(name string) bool { return d.doc.Data[name] })
		if e.isData {
			d.excluded = append(d.excluded, e)
			d.doc.Exclude(ReasonData, e.facts.flows())
			d.doc.Flows -= e.facts.flows() // Exclude counts them once more
		}
		return e.isData
	})
}

// writtenNames returns the names of traffic in an operation's path.
func (e *endpoint) writtenNames() (names []string) {
	for _, s := range e.segments {
		if s.Literal != "" && !naming.IsVersion(s.Literal) {
			names = append(names, s.Literal)
		}
	}
	if e.variant.Name != "" {
		names = append(names, e.variant.Name)
	}
	return names
}

// addUses adds the names of parameters and of members of bodies.
func (m *methodFacts) addUses(uses *schema.Uses) {
	for _, params := range []*bottomk.Map[*paramFacts]{m.query, m.header, m.cookie} {
		for _, name := range params.Names() {
			q := params.Get(name)
			uses.AddParameter(name, &q.values, q.seen)
			if q.deep != nil {
				uses.Add(name, q.seen)
				uses.AddBody(q.deep)
			}
		}
	}
	uses.AddFlags(slices.DeleteFunc(m.query.Names(), func(name string) bool {
		q := m.query.Get(name)
		return q.nameOnly < q.seen
	}))
	bodies := []*bottomk.Map[*mediaFacts]{m.request}
	for _, r := range m.responses {
		bodies = append(bodies, r.media)
	}
	for _, media := range bodies {
		for f := range media.Values() {
			uses.AddBody(f.body)
			if f.events == nil {
				continue
			}
			for _, name := range f.events.Names() {
				uses.Add(name, int64(f.events.Get(name).Exchanges()))
				uses.AddBody(f.events.Get(name))
			}
		}
	}
}
