package check

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
)

// formNode is a form as a tree, which the brackets in its names describe: a leaf, an object or an
// array.
type formNode struct {
	values        []string // of a leaf; several if the name was repeated
	object, array bool
	keys          []string // of the children, in order of appearance
	children      []*formNode
	index         map[string]int // of the children that have a key
	data          any            // of a leaf that was sent as JSON
	isData        bool
}

// put adds a value under a path of keys.
func (n *formNode) put(keys []string, value string) {
	if len(keys) == 0 {
		n.values = append(n.values, value)
		return
	}
	n.child(keys[0], len(keys) > 1).put(keys[1:], value)
}

// child returns the child under a key, and adds one first if necessary. An empty key is a new
// element. If more keys follow, it is the last element: most parsers of forms read
// a[][x]=1&a[][y]=2 as one element.
func (n *formNode) child(key string, more bool) *formNode {
	if key == "" {
		n.array = true
		if k := len(n.children); more && k > 0 && n.keys[k-1] == "" {
			return n.children[k-1]
		}
	} else {
		if _, err := strconv.Atoi(key); err != nil {
			n.object = true
		}
		if i, has := n.index[key]; has {
			return n.children[i]
		}
		if n.index == nil {
			n.index = map[string]int{}
		}
		n.index[key] = len(n.keys)
	}
	c := &formNode{}
	n.keys, n.children = append(n.keys, key), append(n.children, c)
	return c
}

// formData reads a form as the object that the schema describes.
func (w *work) formData(ref *openapi3.SchemaRef, fields []decode.Pair) any {
	v := viewOf(ref)
	top := &formNode{object: true}
	for _, f := range fields {
		keys := openapi.BracketKeys(f.Name)
		if v.props[f.Name] != nil {
			keys = []string{f.Name} // the document declares the name with its brackets
		}
		top.put(keys, f.Value)
	}
	return w.coerce(ref, top)
}

// coerce returns a tree as data of the types that the schema has.
func (w *work) coerce(ref *openapi3.SchemaRef, n *formNode) any {
	v := viewOf(ref)
	switch {
	case n.isData:
		return n.data
	case len(n.children) == 0 && len(n.values) == 1 && !n.array && !n.object:
		s := w.scalar(ref, v, n.values[0])
		if v.types[openapi3.TypeArray] && !w.admits(ref, s) { // a list of one
			return []any{w.element(v, n)}
		}
		return s
	case len(n.children) == 0 && len(n.values) > 0:
		out := []any{}
		for _, x := range n.values {
			out = append(out, w.element(v, &formNode{values: []string{x}}))
		}
		return out
	case n.isList(v):
		return w.list(v, n)
	}
	out := map[string]any{}
	for i, k := range n.keys {
		p := v.props[k]
		if p == nil {
			p = v.more
		}
		out[k] = w.coerce(p, n.children[i])
	}
	return out
}

// isList reports whether a node with children is a list. If the keys do not decide, the schema
// does.
func (n *formNode) isList(v *view) bool {
	if n.object {
		return false
	}
	return n.array || v.types[openapi3.TypeArray] || len(v.types) == 0
}

func (w *work) element(v *view, n *formNode) any { return w.coerce(v.items, n) }

// list returns the elements of a list, numbered ones in the order of their numbers.
func (w *work) list(v *view, n *formNode) any {
	order := make([]int, len(n.children))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, _ := strconv.Atoi(n.keys[a])
		y, _ := strconv.Atoi(n.keys[b])
		return cmp.Compare(x, y)
	})
	out := []any{}
	for _, i := range order {
		out = append(out, w.element(v, n.children[i]))
	}
	return out
}
