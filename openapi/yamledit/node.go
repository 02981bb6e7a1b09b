package yamledit

import (
	"bytes"
	"encoding/json"
	"iter"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
)

// Get returns the value under a path of keys. It is nil if there is none, or if a node on the way
// is no mapping.
func Get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		i := scan(n, key)
		if i < 0 {
			return nil
		}
		n = n.Content[i+1]
	}
	return n
}

// Text returns the value of a scalar, "" for any other node.
func Text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// Pairs yields the keys and values of a mapping; it yields nothing for other nodes. Pairs that are
// added at the end during the iteration are yielded, too.
func Pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// Resolve returns the anchor of an alias, and any other node itself.
func Resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// RemovePairs removes the pairs of a mapping for which drop returns true.
func RemovePairs(n *yaml.Node, drop func(key, value *yaml.Node) bool) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	var left []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !drop(n.Content[i], n.Content[i+1]) {
			left = append(left, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = left
}

// Items returns the elements of a sequence, nil for any other node.
func Items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// Copy returns a deep copy without positions, which therefore counts as new.
func Copy(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Line, c.Column = 0, 0
	c.Content = nil
	for _, k := range n.Content {
		c.Content = append(c.Content, Copy(k))
	}
	return &c
}

// Data returns a node as JSON data, numbers as json.Number. Nil is null.
func Data(n *yaml.Node) (any, error) {
	if n == nil {
		return nil, nil
	}
	text, err := decode.YAMLNode(n)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err = d.Decode(&v)
	return v, err
}

// IsMerge reports whether a key is the merge key of YAML: the pairs of its value, a mapping or a
// list of them, belong to the mapping that holds it, unless it has pairs of these names.
func IsMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && (key.Tag == "!!merge" || key.Tag == "" && key.Style == 0)
}

// Merged returns the pairs of a mapping, or of one that n is an alias of, merge keys applied: keys
// and values in turn.
func Merged(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	names, seen := map[string]bool{}, map[*yaml.Node]bool{}
	var add func(n *yaml.Node)
	add = func(n *yaml.Node) {
		if n = Resolve(n); n == nil || seen[n] {
			return
		}
		seen[n] = true
		for k, v := range Pairs(n) {
			if !IsMerge(k) && !names[k.Value] {
				names[k.Value] = true
				out = append(out, k, v)
			}
		}
		for k, v := range Pairs(n) {
			if !IsMerge(k) {
				continue
			}
			add(v)
			for _, e := range Items(Resolve(v)) {
				add(e)
			}
		}
	}
	add(n)
	return out
}

// WriteOut replaces the aliases below a mapping by copies of their anchors, and merge keys by the
// pairs that they merge in. It refuses aliases that expand to too much.
func WriteOut(n *yaml.Node) error {
	_, err := decode.YAMLNode(n) // which bounds them
	if err == nil {
		writeOut(n)
	}
	return err
}

func writeOut(n *yaml.Node) {
	for i, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			n.Content[i] = Copy(c.Alias)
		}
	}
	for k := range Pairs(n) {
		if IsMerge(k) {
			n.Content = Copy(&yaml.Node{Content: Merged(n)}).Content
			break
		}
	}
	n.Anchor = ""
	for _, c := range n.Content {
		writeOut(c)
	}
}
