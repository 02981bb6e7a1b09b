package yamledit

import (
	"strconv"

	yaml "github.com/oasdiff/yaml3"
)

// Index finds values by key in mappings of any size in constant time. The zero value is ready to
// use. Pairs may be added and removed while it is in use, but keys must not be replaced by others.
// It is not safe for concurrent use.
type Index struct{ mappings map[*yaml.Node]mappingIndex }

// mappingIndex has the indices of the keys of one mapping.
type mappingIndex struct {
	size int            // number of nodes when it was made
	keys map[string]int // the first of each name, as an index in Content
}

// minIndexed is the number of pairs from which a mapping is indexed.
const minIndexed = 16

// pair returns the index of a key in n.Content, -1 if n is no mapping with that key.
func (x *Index) pair(n *yaml.Node, key string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	if len(n.Content) < 2*minIndexed {
		return scan(n, key)
	}
	m, ok := x.mappings[n]
	i, found := m.keys[key]
	if !ok || m.size != len(n.Content) || found && n.Content[i].Value != key {
		m = mappingIndex{len(n.Content), make(map[string]int, len(n.Content)/2)}
		for i := len(n.Content)/2*2 - 2; i >= 0; i -= 2 {
			m.keys[n.Content[i].Value] = i
		}
		if x.mappings == nil {
			x.mappings = map[*yaml.Node]mappingIndex{}
		}
		x.mappings[n] = m
		i, found = m.keys[key]
	}
	if !found {
		return -1
	}
	return i
}

// scan is pair for a small mapping.
func scan(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// Child returns what a token of a JSON pointer (RFC 6901) names in a value or in its anchor, with
// its key, which is the element itself in a sequence. Both are nil if there is nothing.
func (x *Index) Child(n *yaml.Node, token string) (key, value *yaml.Node) {
	n = Resolve(n)
	if i := x.pair(n, token); i >= 0 {
		return n.Content[i], n.Content[i+1]
	}
	items := Items(n)
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(items) {
		return items[i], items[i]
	}
	return nil, nil
}
