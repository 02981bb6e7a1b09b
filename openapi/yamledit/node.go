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

// Pairs yields the keys and values of a mapping, nothing for any other node. Pairs that are added
// at the end during the iteration are yielded, too.
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
