package route

import (
	"cmp"
	"slices"
	"strings"
)

// finish names the parameters and sums up the methods of the templates, those that match the same paths in one.
func (d *decider) finish() []Template {
	by := map[string]int{}
	var out []Template
	d.name()
	for _, x := range d.out {
		t := Template{Overflow: x.rest}
		for _, p := range x.places {
			t.Segments = append(t.Segments, Segment{Chunks: d.ownParts(p), Evidence: p.evidence})
		}
		key := t.norm()
		if t.Overflow {
			key += "\x00"
		}
		i, ok := by[key]
		if !ok {
			i = len(out)
			by[key] = i
			out = append(out, t)
		}
		d.sum(&out[i], x.nodes)
	}
	for i := range out {
		out[i].settle()
	}
	d.trace(out, by)
	slices.SortFunc(out, func(a, b Template) int {
		return cmp.Or(strings.Compare(a.norm(), b.norm()), cmp.Compare(btoi(a.Overflow), btoi(b.Overflow)))
	})
	return out
}

// ownParts copies the parts of a place, which stands in many templates, for one of them.
func (d *decider) ownParts(p *place) []Chunk {
	parts := slices.Clone(p.parts)
	for i := range parts {
		if q := parts[i].Param; q != nil {
			own := *q
			own.Fields, own.Evidence = slices.Clone(q.Fields), slices.Clone(q.Evidence)
			parts[i].Param = &own
			d.placeOf[&own] = p
		}
	}
	return parts
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *decider) sum(t *Template, nodes []*node) {
	var slashes int64
	for _, n := range nodes {
		for _, m := range n.methods {
			i, ok := slices.BinarySearchFunc(t.Methods, m.method, func(x MethodFacts, k string) int { return strings.Compare(x.Method, k) })
			if !ok {
				t.Methods = slices.Insert(t.Methods, i, MethodFacts{Method: m.method, Payload: d.t.fresh()})
			}
			to := &t.Methods[i]
			to.Payload.Merge(m.payload)
			for _, s := range m.statuses {
				to.count(s.status, s.n)
				t.Seen += s.n
			}
			slashes += m.trail
		}
	}
	t.slashes += slashes
}

func (m *MethodFacts) count(status int, n int64) {
	m.Seen += n
	i, ok := slices.BinarySearchFunc(m.Statuses, status, func(s StatusCount, k int) int { return cmp.Compare(s.Status, k) })
	if !ok {
		m.Statuses = slices.Insert(m.Statuses, i, StatusCount{Status: status})
	}
	m.Statuses[i].Seen += n
}

// settle computes what follows from the sums.
func (t *Template) settle() {
	t.TrailingSlash = len(t.Segments) > 0 && 2*t.slashes > t.Seen
	t.NotFound = true
	for i := range t.Methods {
		m := &t.Methods[i]
		m.NotFound = true
		for _, s := range m.Statuses {
			m.NotFound = m.NotFound && !found(s.Status)
		}
		t.NotFound = t.NotFound && m.NotFound
	}
	for _, p := range t.Params() {
		p.Seen = t.Seen
	}
}
