package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// weighNamespace looks for names that qualify the nouns after them, as Acme.Storage does in
// providers/Acme.Storage/volumes. They are literals: what follows depends on the name.
func (d *decider) weighNamespace(parent *level, c *candidate, s *siblings) {
	if !c.ownNode || c.isStrong() || c.isLeaf {
		return
	}
	w := d.weights
	if n := d.typeNouns(c); n > 0 {
		c.addEvidence("bodies join it with the noun after it, as a type", w.TypePair, int64(n))
	} else if s.namespaces > 0 && c.echoShare < 0.5 {
		c.addEvidence("is a namespace like its siblings", w.NamespaceToo, int64(s.namespaces))
	}
	switch n := s.ownNouns(c); {
	case n > 0:
		c.addEvidence("the nouns after it follow no other name", w.OwnNouns*logShare(int64(2*n)), int64(n))
	case s.differentNouns > 0 && c.requests == 0 && c.echoShare < 0.5:
		c.addEvidence("names here precede different nouns", w.OwnNouns*2, int64(s.differentNouns))
	}
	if len(s.all) == 1 && s.parentNodes >= 3 && len(c.nodes) >= 3 && parent.hasParameterAbove() {
		c.addEvidence("never varies", w.Constant, int64(len(c.nodes)))
	}
}

// typeNouns counts the segments after a candidate that bodies join with it only to name a type or
// kind: "type": "Acme.Storage/volumes". Case does not matter, as clients of servers that ignore it
// write acme.storage/volumes.
func (d *decider) typeNouns(c *candidate) int {
	n := 0
	for label := range c.nextWords() {
		next := strings.TrimSuffix(label, d.extension)
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

// nextWords yields the words and names after a candidate, in no order.
func (c *candidate) nextWords() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, n := range c.nodes {
			for label := range n.children {
				if label == "" || label[0] == sharedMark || seen[label] {
					continue
				}
				seen[label] = true
				if _, plain := normalize(label); !yield(plain) {
					return
				}
			}
		}
	}
}

// countNamespaces returns the number of candidates that qualify the nouns after them, if they are
// half of those with anything below.
func (d *decider) countNamespaces(all []*candidate) int {
	n, other := 0, 0
	for _, c := range all {
		switch {
		case c.isStrong() || c.isLeaf:
		case c.ownNode && d.typeNouns(c) > 0:
			n++
		default:
			other++
		}
	}
	if n < other || n < 2 {
		return 0
	}
	return n
}

// ownNouns counts the segments after a candidate if no sibling has any of them and the candidate is
// not requested itself. Every item of a collection has the same subresources, so this is rare among
// items that occur below several parents or have several subresources.
func (s *siblings) ownNouns(c *candidate) int {
	if c.requests > 0 || !c.precedesNouns() {
		return 0
	}
	others, repeats := 0, len(c.nextLabels)-1
	for _, o := range s.all {
		if o == c || len(o.nextLabels) == 0 {
			continue
		}
		others++
		for h := range c.nextLabels {
			if _, ok := o.nextLabels[h]; ok {
				return 0
			}
		}
	}
	repeats += len(c.nodes) - 1
	if others < 2 {
		return 0
	}
	return repeats
}

// precedesNouns reports whether words follow, half of them or more in the plural.
func (c *candidate) precedesNouns() bool {
	words, plural := 0, 0
	for label := range c.nextWords() {
		words++
		plural += boolToInt(noun.IsPlural(label))
	}
	return words == len(c.nextLabels) && words > 0 && 2*plural >= words
}

// countDifferentNouns returns the number of nouns after the candidates, if there are many and few
// of them follow more than one candidate. Items of a collection have few subresources.
func countDifferentNouns(all []*candidate) int {
	pairs, nouns := 0, hashSet{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || !c.precedesNouns() {
			continue
		}
		pairs += len(c.nextLabels)
		for h := range c.nextLabels {
			nouns[h] = struct{}{}
		}
	}
	if pairs < 12 || 4*len(nouns) < 3*pairs {
		return 0
	}
	return len(nouns)
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
	walk = func(n *node) {
		for i := range labels {
			if n.held.whole>>uint(i)&1 == 1 && len(labels)-i >= 4 && isSelfName(labels[i:]) {
				starts |= 1 << uint(i)
				mark(i)
				break
			}
		}
		for _, label := range n.labels() {
			path, labels = append(path, n.children[label]), append(labels, label)
			walk(n.children[label])
			path, labels = path[:len(path)-1], labels[:len(labels)-1]
		}
	}
	walk(&d.tree.root)
	if starts == 0 {
		return out
	}
	walk = func(n *node) {
		for i := range labels {
			if starts>>uint(i)&1 == 1 && isSelfName(labels[i:]) && d.isHeld(labels[i:]) {
				mark(i)
				break
			}
		}
		for _, label := range n.labels() {
			path, labels = append(path, n.children[label]), append(labels, label)
			walk(n.children[label])
			path, labels = path[:len(path)-1], labels[:len(labels)-1]
		}
	}
	walk(&d.tree.root)
	return out
}

// isSelfName reports whether labels alternate nouns and identifiers, beginning with a noun.
func isSelfName(labels []string) bool {
	return len(labels) >= 2 && alternates(labels, 0)
}

// weighSelfName adds the evidence from the names of resources.
func (d *decider) weighSelfName(c *candidate) {
	if !c.ownNode || c.isStrong() {
		return
	}
	values, nouns := 0, 0
	for _, n := range c.nodes {
		values += boolToInt(d.selfNames.values[n])
		nouns += boolToInt(d.selfNames.nouns[n])
	}
	switch {
	case values > nouns:
		c.addEvidence("follows a noun in the names of resources", d.weights.SelfName, int64(values))
		c.witness = true
	case nouns > 0:
		c.addEvidence("is a noun in the names of resources", d.weights.SelfNoun, int64(nouns))
	}
}
