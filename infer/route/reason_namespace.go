package route

import "strings"

// typeName finds a name that qualifies the nouns after it, as Acme.Storage does in
// providers/Acme.Storage/volumes. It is a literal: what follows depends on the name.
func (q *question) typeName() finding {
	n := 0
	if !q.c.isLeaf {
		n = q.typeNouns(q.c)
	}
	return counted(n)
}

// typeNouns counts the segments after a candidate that bodies join with it only to name a type or
// kind: "type": "Acme.Storage/volumes". Case does not matter, as clients of servers that ignore it
// write acme.storage/volumes.
func (d *decider) typeNouns(c *candidate) int {
	n := 0
	for label := range c.nextWords {
		_, next := normalize(label)
		next = strings.TrimSuffix(next, d.extension)
		v := d.tree.index.idValues.entries[hashPair(c.decoded, next)]
		if v == nil {
			v = d.tree.index.idValues.entries[hashPair(strings.ToLower(c.decoded), strings.ToLower(next))]
		}
		if v != nil && v.classes&classVocabulary != 0 {
			n++
		}
	}
	return n
}

// nextWords yields the words and names after a candidate, as labels and in no order.
func (c *candidate) nextWords(yield func(string) bool) {
	seen := map[string]bool{}
	for _, n := range c.nodes {
		for label := range n.children {
			if label == "" || label[0] == sharedMark || seen[label] {
				continue
			}
			if seen[label] = true; !yield(label) {
				return
			}
		}
	}
}

// selfNames finds the nodes whose place in the names of resources shows what they are. In a name
// such as projects/p/locations/l, every second segment is an identifier.
type selfNames struct {
	values, nouns map[*node]bool
}

// findSelfNames finds the names that bodies hold of the paths they answer, or of other paths.
func (d *decider) findSelfNames() *selfNames {
	out := &selfNames{values: map[*node]bool{}, nouns: map[*node]bool{}}
	starts := uint32(0)
	var path []*node
	var labels []string
	var walk func(n *node)
	mark := func(from int) {
		for i := from; i < len(labels); i++ {
			if (i-from)%2 == 1 {
				out.values[path[i]] = true
			} else {
				out.nouns[path[i]] = true
			}
		}
	}
	begins := func(n *node, i int) bool { // at i, with the name of what n answers
		return n.held.suffix>>uint(i)&1 == 1 && len(labels)-i >= 4 && isSelfName(labels[i:])
	}
	walk = func(n *node) {
		for i := range labels {
			if begins(n, i) {
				starts |= 1 << uint(i)
				mark(i)
				break
			}
		}
		for label, k := range n.children {
			path, labels = append(path, k), append(labels, label)
			walk(k)
			path, labels = path[:len(path)-1], labels[:len(labels)-1]
		}
	}
	walk(&d.tree.root)
	if starts == 0 {
		return out
	}
	begins = func(_ *node, i int) bool {
		return starts>>uint(i)&1 == 1 && isSelfName(labels[i:]) && d.isHeld(labels[i:])
	}
	walk(&d.tree.root)
	return out
}

// isSelfName reports whether labels alternate nouns and identifiers, beginning with a noun.
func isSelfName(labels []string) bool {
	return len(labels) >= 2 && alternates(labels, 0)
}

// selfName finds a segment after a noun in the names of resources.
func (q *question) selfName() finding {
	values, nouns := 0, 0
	for _, n := range q.c.nodes {
		values += boolToInt(q.selfNames.values[n])
		nouns += boolToInt(q.selfNames.nouns[n])
	}
	if values <= nouns {
		return finding{}
	}
	return counted(values)
}
