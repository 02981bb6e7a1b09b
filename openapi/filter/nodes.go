package filter

import (
	"slices"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/yamledit"
)

// get is yamledit.Get for one key, through aliases and merge keys.
func get(n *yaml.Node, key string) *yaml.Node {
	n = yamledit.Resolve(n)
	if v := yamledit.Get(n, key); v != nil || n == nil || n.Kind != yaml.MappingNode || yamledit.Get(n, "<<") == nil {
		return v
	}
	return yamledit.Get(mapping(yamledit.Merged(n)), key)
}

// text returns the text under a key, or "" if there is none.
func text(n *yaml.Node, key string) string { return yamledit.Text(yamledit.Resolve(get(n, key))) }

// items returns the elements of the list under a key.
func items(n *yaml.Node, key string) []*yaml.Node {
	return yamledit.Items(yamledit.Resolve(get(n, key)))
}

func mapping(pairs []*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: slices.Clone(pairs)}
}

// removePairs is yamledit.RemovePairs through aliases and merge keys. If it removes a pair, the
// other ones are written in the place of the alias or the merge key.
func removePairs(n *yaml.Node, drop func(key, value *yaml.Node) bool) {
	if n == nil {
		return
	}
	left := mapping(yamledit.Merged(n))
	before := len(left.Content)
	if yamledit.RemovePairs(left, drop); len(left.Content) < before {
		writeOut(n, left.Content)
	}
}

// writeOut gives a mapping, or an alias of one, these pairs. The anchor's mapping stays.
func writeOut(n *yaml.Node, pairs []*yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n.Kind, n.Tag, n.Style, n.Value, n.Alias = yaml.MappingNode, "!!map", n.Alias.Style, "", nil
	}
	n.Content = pairs
}

// tokens returns the tokens of the JSON pointer (RFC 6901) in a reference within the document, also
// by the document's own URI (3.2). It is nil for another reference.
func (f *filter) tokens(ref string) []string {
	return openapi.ReferenceTokens(strings.TrimPrefix(ref, text(f.root, "$self")))
}

// at returns what a reference within the document leads to, nil if nothing.
func (f *filter) at(ref string) *yaml.Node {
	tokens := f.tokens(ref)
	if tokens == nil {
		return nil
	}
	n := f.root
	for _, token := range tokens {
		_, next := f.index.Child(n, token)
		if next == nil {
			next = get(n, token)
		}
		n = next
	}
	return n
}

// entriesOf returns the components that a reference may lead to or into.
func (f *filter) entriesOf(ref string) []entry {
	switch t := f.tokens(ref); {
	case len(t) > 1 && t[0] != "components":
		return []entry{{jsonvalue.Pointer(t[0]), t[1]}}
	case len(t) > 2:
		return []entry{{jsonvalue.Pointer(t[:2]...), t[2]}}
	}
	return nil
}

// namesIn returns the references to what has a name of its own in a schema (JSON Schema 2020-12,
// section 8.2).
func namesIn(n *yaml.Node) map[string]bool {
	out := map[string]bool{}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for k, v := range yamledit.Pairs(n) {
			switch k.Value {
			case "$id":
				out[v.Value] = true
			case "$anchor", "$dynamicAnchor":
				out["#"+v.Value] = true
			}
		}
		for _, c := range n.Content {
			visit(c)
		}
	}
	visit(n)
	return out
}

// walk visits the objects that OpenAPI defines, and their lists, in the order of the text; schemas
// only on request. It passes through aliases, but visits their anchors once. at has the tokens of
// the pointer; it changes after the visit.
func (f *filter) walk(schemas bool, visit func(n *yaml.Node, kind *openapi.ObjectLayout, at []string)) {
	kind := openapi.DocumentLayout()
	if get(f.root, "swagger") != nil {
		kind = openapi.SwaggerLayout()
	}
	aliased := map[*yaml.Node]bool{}
	var walk func(n *yaml.Node, kind *openapi.ObjectLayout, at []string)
	walk = func(n *yaml.Node, kind *openapi.ObjectLayout, at []string) {
		if n.Kind == yaml.AliasNode {
			if n = n.Alias; aliased[n] {
				return
			}
			aliased[n] = true
		}
		if n.Kind == yaml.ScalarNode || kind.IsUnknown() || kind.Schema && !schemas {
			return
		}
		visit(n, kind, at)
		for i, e := range yamledit.Items(n) {
			walk(e, kind, append(at, strconv.Itoa(i)))
		}
		for k, v := range yamledit.Pairs(n) {
			if yamledit.IsMerge(k) {
				walk(v, kind, at)
			} else {
				walk(v, kind.Child(k.Value), append(at, k.Value))
			}
		}
	}
	walk(f.root, kind, nil)
}

// eachOperation visits the operations of the document, those of callbacks and webhooks included.
func (f *filter) eachOperation(visit func(op *yaml.Node)) {
	f.walk(false, func(n *yaml.Node, kind *openapi.ObjectLayout, _ []string) {
		if kind.Name == "Operation" && n.Kind == yaml.MappingNode {
			visit(n)
		}
	})
}
