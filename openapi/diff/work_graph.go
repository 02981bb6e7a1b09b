package diff

import "slices"

// walks counts the comparisons of the pairs, once all are known. Oasdiff compares a pair once,
// unless it is part of a ring: then it does so for each way into the ring, and for each order in
// which alternatives within the ring lead back into it.
func (w *work) walks() {
	for n := range w.pairs {
		if w.component[n] == 0 {
			w.findComponents(int32(n))
		}
	}
	ways, orders := make([]int, len(w.members)), make([]int, len(w.members))
	for n := range w.pairs {
		c := w.component[n]
		if w.isRoot[int32(n)] {
			ways[c]++
		}
		for i, list := range w.pairs[n].lists() {
			for _, m := range list {
				isWithin := w.component[m] == c
				if !isWithin && !w.isRoot[m] {
					ways[w.component[m]]++
				} else if isWithin && (i == matched || i == replaced) {
					orders[c]++
				}
				if i == replaced { // oasdiff copies the differences without those of annotations
					w.spend(w.tree(w.component[m]))
				}
			}
		}
	}
	for c, members := range w.members {
		n := walkCost * len(members)
		if len(members) > 1 || orders[c] > 0 {
			n *= max(ways[c], 1)
		}
		for i := 2; i <= orders[c] && n < tooMany; i++ {
			n *= i
		}
		w.spend(n)
	}
}

// The lists of a pairNode.
const (
	matched  = 1
	replaced = 2
)

func (n *pairNode) lists() [4][]int32 { return [4][]int32{n.below, n.matched, n.replaced, n.unused} }

// findComponents numbers the strongly connected components of what n reaches (Tarjan).
func (w *work) findComponents(root int32) {
	index, low := map[int32]int{}, map[int32]int{}
	var stack []int32
	var visit func(int32)
	visit = func(n int32) {
		index[n] = len(index)
		low[n] = index[n]
		stack = append(stack, n)
		for _, list := range w.pairs[n].lists() {
			for _, m := range list {
				if w.component[m] != 0 {
					continue
				}
				if _, has := index[m]; !has {
					visit(m)
					low[n] = min(low[n], low[m])
				} else { // it is on the stack
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
		}
		w.members = append(w.members, slices.Clone(stack[first:]))
		stack = stack[:first]
	}
	visit(root)
}

// tree counts the pairs below a component as the tree that oasdiff copies: what two schemas refer
// to counts twice.
func (w *work) tree(component int32) int {
	if n, has := w.trees[component]; has {
		return n
	}
	n := len(w.members[component])
	for _, m := range w.members[component] {
		for _, list := range [][]int32{w.pairs[m].below, w.pairs[m].matched, w.pairs[m].replaced} {
			for _, child := range list {
				if c := w.component[child]; c != component {
					n = min(n+w.tree(c), tooMany)
				}
			}
		}
	}
	w.trees[component] = n
	return n
}
