package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// traceProducers finds, for each parameter, the operations whose responses contain its values.
func (d *decider) traceProducers(templates []Template, byPattern map[string]int) {
	ops := d.operations(templates, byPattern)
	found := map[*level][]Producer{}
	for i := range templates {
		for _, param := range templates[i].Params() {
			p := d.levelByParam[param]
			s, ok := found[p]
			if !ok {
				s = d.producers(p, ops)
				found[p], param.Hashes = s, p.valueHashes()
			}
			param.Producers = slices.Clone(s)
		}
	}
}

// operationRef is one method of one template.
type operationRef struct{ method, path string }

// operations maps operation hashes in the facts to decided operations.
func (d *decider) operations(templates []Template, byPattern map[string]int) map[uint64]operationRef {
	at := map[*node]uint64{}
	var walk func(n *node, h uint64)
	walk = func(n *node, h uint64) {
		at[n] = h
		for label, k := range n.children {
			walk(k, bottomk.Pair(h, bottomk.Hash(label)))
		}
	}
	walk(&d.tree.root, 0)
	ops := map[uint64]operationRef{}
	for _, x := range d.drafts {
		t := Template{}
		for _, p := range x.path {
			t.add(Segment{Chunks: p.chunks})
		}
		i, ok := byPattern[t.pattern()]
		if x.overflow || !ok {
			continue
		}
		path := templates[i].String()
		for _, n := range x.nodes {
			for _, m := range n.methods {
				ops[bottomk.Pair(at[n], bottomk.Hash(m.method))] = operationRef{m.method, path}
			}
		}
	}
	return ops
}

// producers counts, by operation and property, the values of a parameter in responses.
func (d *decider) producers(p *level, ops map[uint64]operationRef) []Producer {
	counts := map[Producer]int64{}
	for h := range p.valueHashes() {
		seen := map[Producer]bool{}
		for _, s := range []*adaptiveSample[*valueFacts]{&d.tree.index.wordValues, &d.tree.index.idValues} {
			v := s.entries[h]
			if v == nil {
				continue
			}
			for _, s := range v.producers {
				op, ok := ops[s.op]
				field, known := d.nameByRank[s.field]
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
		return cmp.Or(cmp.Compare(b.Values, a.Values), strings.Compare(a.Path, b.Path),
			strings.Compare(a.Method, b.Method), strings.Compare(a.Field, b.Field))
	})
	return out
}
