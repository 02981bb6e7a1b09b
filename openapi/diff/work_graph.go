package diff

import (
	"encoding/binary"
	"maps"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// unroll counts the comparison of a pair within another one. Visited has the pairs of the same
// component that this has compared.
func (w *work) unroll(n int32, visited map[int32]bool) {
	w.look(n)
	switch {
	case w.onPath[n]:
	case w.cut[w.component[n]] == 0 || len(visited) == 0:
		w.walk(n)
	case !visited[n]:
		w.expand(n, visited)
	}
}

// look counts how oasdiff finds out which pairs of the component of n are being compared.
func (w *work) look(n int32) {
	if w.component[n] == 0 {
		w.findComponents(n)
	}
	w.spend(1 + len(w.path)/stackCost + w.cut[w.component[n]])
}

// walk counts a comparison of its own.
func (w *work) walk(n int32) {
	this := walk{n, w.key(n)}
	if w.walked[this] {
		return
	}
	w.spend(walkCost + len(this.key))
	w.expand(n, map[int32]bool{})
	w.walked[this] = true
}

func (w *work) expand(n int32, visited map[int32]bool) {
	w.spend(walkCost)
	w.level(len(w.path))
	visited[n], w.onPath[n] = true, true
	w.path = append(w.path, n)
	w.cut[w.component[n]]++
	for _, child := range w.pairs[n].below {
		w.unroll(child, visited)
	}
	for _, other := range w.pairs[n].matched {
		w.try(other)
	}
	for _, other := range w.pairs[n].replaced {
		w.try(other)
		w.spend(w.tree(w.component[other])) // oasdiff removes what says nothing about values
	}
	w.cut[w.component[n]]--
	w.path = w.path[:len(w.path)-1]
	delete(w.onPath, n)
}

func (w *work) try(n int32) {
	if w.look(n); !w.onPath[n] {
		w.walk(n)
	}
}

// key identifies the pairs of the component of n that are being compared.
func (w *work) key(n int32) string {
	if w.cut[w.component[n]] == 0 {
		return ""
	}
	var cut []int32
	for _, m := range w.path {
		if w.component[m] == w.component[n] {
			cut = append(cut, m)
		}
	}
	slices.Sort(cut)
	var key []byte
	for _, m := range cut {
		key = binary.AppendUvarint(key, uint64(m))
	}
	return string(key)
}

func (n *pairNode) lists() [4][]int32 { return [4][]int32{n.below, n.matched, n.replaced, n.unused} }

// findComponents numbers the strongly connected components of what n reaches (Tarjan).
func (w *work) findComponents(root int32) {
	index, low, onStack := map[int32]int{}, map[int32]int{}, map[int32]bool{}
	var stack []int32
	var visit func(int32)
	visit = func(n int32) {
		index[n] = len(index)
		low[n] = index[n]
		stack, onStack[n] = append(stack, n), true
		for _, list := range w.pairs[n].lists() {
			for _, m := range list {
				if w.component[m] != 0 {
					continue
				}
				if _, has := index[m]; !has {
					visit(m)
					low[n] = min(low[n], low[m])
				} else if onStack[m] {
					low[n] = min(low[n], index[m])
				}
			}
		}
		if low[n] != index[n] {
			return
		}
		first := slices.Index(stack, n)
		for _, m := range stack[first:] {
			w.component[m] = int32(len(w.members))
			onStack[m] = false
		}
		w.members = append(w.members, slices.Clone(stack[first:]))
		stack = stack[:first]
	}
	visit(root)
}

// tree counts the changes below a component of pairs as the tree that oasdiff copies: what two
// schemas refer to counts twice.
func (w *work) tree(component int32) int {
	if n, has := w.trees[component]; has {
		return n
	}
	n, changed := 0, false
	for _, m := range w.members[component] {
		node := &w.pairs[m]
		n++
		changed = changed || !sameBut(node.a, node.b)
		for _, list := range [][]int32{node.below, node.matched, node.replaced} {
			for _, child := range list {
				if c := w.component[child]; c != component {
					below := w.tree(c)
					changed = changed || below > 0
					n = min(n+below, tooMany)
				}
			}
		}
	}
	if !changed {
		n = 0
	}
	w.trees[component] = n
	return n
}

// sameBut reports whether two schemas are the same but for the schemas within them.
func sameBut(a, b *openapi3.Schema) bool {
	return reflect.DeepEqual(without(a), without(b)) && sameRefs(a.OneOf, b.OneOf) && sameRefs(a.AnyOf, b.AnyOf) &&
		sameRefs(a.AllOf, b.AllOf) && sameRefs(a.PrefixItems, b.PrefixItems) && sameRefs(single(a), single(b)) &&
		sameNames(a.Properties, b.Properties) && sameNames(a.PatternProperties, b.PatternProperties) &&
		sameNames(a.DependentSchemas, b.DependentSchemas) && sameNames(a.Defs, b.Defs)
}

// without returns a schema without those within it.
func without(s *openapi3.Schema) openapi3.Schema {
	out := *s
	out.OneOf, out.AnyOf, out.AllOf, out.PrefixItems = nil, nil, nil, nil
	out.Not, out.Items, out.Contains, out.PropertyNames, out.ContentSchema = nil, nil, nil, nil, nil
	out.If, out.Then, out.Else = nil, nil, nil
	out.AdditionalProperties.Schema, out.UnevaluatedItems.Schema, out.UnevaluatedProperties.Schema = nil, nil, nil
	out.Properties, out.PatternProperties, out.DependentSchemas, out.Defs = nil, nil, nil, nil
	out.Extensions, out.Origin = nil, nil
	return out
}

// single returns the schemas of the keywords that have one.
func single(s *openapi3.Schema) openapi3.SchemaRefs {
	return openapi3.SchemaRefs{
		s.Not, s.Items, s.Contains, s.PropertyNames, s.ContentSchema, s.If, s.Then, s.Else,
		s.AdditionalProperties.Schema, s.UnevaluatedItems.Schema, s.UnevaluatedProperties.Schema,
	}
}

// sameRefs reports whether two lists have schemas at the same places, and with the same names.
func sameRefs(a, b openapi3.SchemaRefs) bool {
	return slices.EqualFunc(a, b, func(x, y *openapi3.SchemaRef) bool {
		return (x == nil) == (y == nil) && (x == nil || x.Ref == y.Ref)
	})
}

func sameNames(a, b openapi3.Schemas) bool {
	return maps.EqualFunc(a, b, func(_, _ *openapi3.SchemaRef) bool { return true })
}
