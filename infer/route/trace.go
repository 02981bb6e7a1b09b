package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// trace finds, for each parameter, the operations whose answers give its values.
func (d *decider) trace(ts []Template, by map[string]int) {
	ops := d.operations(ts, by)
	found := map[*place][]Producer{}
	for i := range ts {
		for _, param := range ts[i].Params() {
			p := d.placeOf[param]
			s, ok := found[p]
			if !ok {
				s = d.producers(p, ops)
				found[p] = s
			}
			param.Producers = slices.Clone(s)
		}
	}
}

// operation is one method of one template.
type operation struct{ method, path string }

// operations maps the hashes that facts know operations by to what was decided.
func (d *decider) operations(ts []Template, by map[string]int) map[uint64]operation {
	at := map[*node]uint64{}
	var walk func(n *node, h uint64)
	walk = func(n *node, h uint64) {
		at[n] = h
		for label, k := range n.kids {
			walk(k, sketch.Pair(h, sketch.Hash(label)))
		}
	}
	walk(&d.t.root, 0)
	ops := map[uint64]operation{}
	for _, x := range d.out {
		t := Template{}
		for _, p := range x.places {
			t.Segments = append(t.Segments, Segment{Chunks: p.parts})
		}
		i, ok := by[t.norm()]
		if x.rest || !ok {
			continue
		}
		path := ts[i].String()
		for _, n := range x.nodes {
			for _, m := range n.methods {
				ops[sketch.Pair(at[n], sketch.Hash(m.method))] = operation{m.method, path}
			}
		}
	}
	return ops
}

// sources counts the operations and properties that give a parameter's values.
func (d *decider) producers(p *place, ops map[uint64]operation) []Producer {
	counts := map[Producer]int64{}
	for h := range p.values() {
		seen := map[Producer]bool{}
		for _, t := range []*thin[*valueFacts]{&d.t.index.words, &d.t.index.ids} {
			v := t.m[h]
			if v == nil {
				continue
			}
			for _, s := range v.producers {
				op, ok := ops[s.op]
				field, known := d.ranks[s.field]
				if k := (Producer{Method: op.method, Path: op.path, Field: fieldTail(field)}); ok && known && !seen[k] {
					seen[k] = true
					counts[k]++
				}
			}
		}
	}
	out := make([]Producer, 0, len(counts))
	for s, n := range counts {
		s.Values = n
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Producer) int {
		return cmp.Or(cmp.Compare(b.Values, a.Values), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method), strings.Compare(a.Field, b.Field))
	})
	return out
}

// values are the hashes of a parameter's values, of identifiers a sample.
func (p *place) values() set64 {
	seen := set64{}
	for _, c := range p.members {
		if c.own {
			seen[c.hash] = struct{}{}
		}
		for _, n := range c.nodes {
			for _, h := range n.ids.hash {
				seen[h] = struct{}{}
			}
		}
	}
	return seen
}
