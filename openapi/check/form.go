package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// formNode is a form, or what brackets make of its names, as a tree: a leaf, an object or an array.
type formNode struct {
	values        []string // of a leaf; several where the name was repeated
	object, array bool
	keys          []string // of the children, in the order of appearance
	children      []*formNode
	data          any // of a leaf that came as data, not as text
	isData        bool
}

// maxBrackets bounds how deep names nest.
const maxBrackets = 16

// splitBrackets takes the parts of a name: "a[b][]" is a, b, "". A name whose brackets do not close is one part.
func splitBrackets(name string) []string {
	head, rest, found := strings.Cut(name, "[")
	if !found || head == "" || !strings.HasSuffix(rest, "]") {
		return []string{name}
	}
	parts := append([]string{head}, strings.Split(strings.TrimSuffix(rest, "]"), "][")...)
	if len(parts) > maxBrackets {
		return []string{name}
	}
	for _, p := range parts[1:] {
		if strings.ContainsAny(p, "[]") {
			return []string{name}
		}
	}
	return parts
}

func (n *formNode) put(parts []string, value string) {
	if len(parts) == 0 {
		n.values = append(n.values, value)
		return
	}
	n.child(parts[0], len(parts) > 1).put(parts[1:], value)
}

// child finds or makes the child that a part of a name means. [] is a new element, or the last while more of the
// name follows: a[][x]=1&a[][y]=2 is one element in most readers of forms.
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
		if i := slices.Index(n.keys, key); i >= 0 {
			return n.children[i]
		}
	}
	c := &formNode{}
	n.keys, n.children = append(n.keys, key), append(n.children, c)
	return c
}

// formData reads a form as the object that the schema speaks of.
func (j *judgement) formData(ref *openapi3.SchemaRef, fields []pair) any {
	v := viewOf(ref)
	top := &formNode{object: true}
	for _, f := range fields {
		parts := splitBrackets(f.name)
		if v.props[f.name] != nil {
			parts = []string{f.name} // the document knows the name as it is, brackets and all
		}
		top.put(parts, f.value)
	}
	return j.coerce(ref, top)
}

// coerce turns a tree into data of the types that the schema asks for.
func (j *judgement) coerce(ref *openapi3.SchemaRef, n *formNode) any {
	v := viewOf(ref)
	switch {
	case n.isData:
		return n.data
	case len(n.children) == 0 && len(n.values) == 1 && !n.array && !n.object:
		s := j.scalar(ref, v, n.values[0])
		if v.types[openapi3.TypeArray] && !j.admits(ref, s) { // one of what may be several
			return []any{j.element(v, n)}
		}
		return s
	case len(n.children) == 0 && len(n.values) > 0:
		out := []any{}
		for _, x := range n.values {
			out = append(out, j.element(v, &formNode{values: []string{x}}))
		}
		return out
	case !n.object && (n.array || v.types[openapi3.TypeArray] || len(v.types) == 0) && !(v.types[openapi3.TypeObject] && !n.array && !v.types[openapi3.TypeArray]):
		return j.list(v, n)
	}
	out := map[string]any{}
	for i, k := range n.keys {
		p := v.props[k]
		if p == nil {
			p = v.more
		}
		out[k] = j.coerce(p, n.children[i])
	}
	return out
}

func (j *judgement) element(v *view, n *formNode) any { return j.coerce(v.items, n) }

// list reads numbered elements in the order of their numbers, the others as they came.
func (j *judgement) list(v *view, n *formNode) any {
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
		out = append(out, j.element(v, n.children[i]))
	}
	return out
}
