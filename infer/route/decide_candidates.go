package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// candidate is one segment that may become a parameter, with the facts of all trie nodes merged
// there.
type candidate struct {
	label   string
	encoded string // "" for shared nodes
	decoded string
	hash    uint64
	shape   shape
	// prefix and suffix are the literal affixes of a shared identifier. prefix may also be the sign
	// before a name, and suffix the custom verb after one, which verbStems names have.
	prefix, suffix string
	verbStems      int
	ownNode        bool // has a trie node of its own, so its text is known
	nodes          []*node
	linkNodes      []*linkNode

	methods        []methodCount
	requests       int64
	responses      int64
	pairs          int64
	bodies         int64
	getBodies      int64 // of bodies: answers to GET
	listResponses  int64
	echoCounts     map[string]int64
	echoFields     []string // keys of echoCounts, sorted
	suffixes       hashSet  // methods and path suffixes below
	maskedSuffixes hashSet  // the same without the next segment
	nextDepths     hashSet  // methods below, with the next segment and the depth
	secondDepths   hashSet  // methods below, with the segment after next and the depth
	nextLabels     hashSet  // labels of the next segments
	topProperties  hashSet  // top-level properties of responses
	isLeaf         bool
	notFound       bool // here and below, every response was 404 or 405
	refused        bool // here and below, every response was a refusal

	score        float64
	evidence     []Evidence
	weights      []float64 // by reason: its part of score
	inBodies     bool      // a body supports that it is a value
	witness      bool
	refusedValue bool // see isRefusedValue
	corrected    bool // decided by a correction
}

type methodCount struct {
	method           string
	requests, served int64 // served: not answered by 404 or 405
}

// hasMethod reports whether the segment was requested with a method.
func (c *candidate) hasMethod(method string) bool {
	return slices.ContainsFunc(c.methods, func(m methodCount) bool { return m.method == method })
}

// addEvidence adds evidence with weight w that rests on n segments or responses.
func (c *candidate) addEvidence(rule string, w float64, n int64) {
	if w == 0 {
		return
	}
	c.score += w
	c.evidence = append(c.evidence, Evidence{rule, w, n})
}

// isStrong reports whether the shape alone nearly settles that the segment is a value.
func (c *candidate) isStrong() bool { return c.shape.isStrong() }

// isWordLike reports whether the segment could be a word of the API. Such a segment needs more than
// similar siblings to become a value.
func (c *candidate) isWordLike() bool {
	if !c.ownNode {
		return false
	}
	return c.shape == shapeWord || c.shape == shapeMixed && isCamel(c.decoded) ||
		c.shape == shapeOdd && isDottedWords(c.decoded) ||
		c.shape == shapeOdd && c.hasSign()
}

// hasSign reports whether the segment is a name after a sign.
func (c *candidate) hasSign() bool {
	_, name, ok := cutSign(c.prefix + c.decoded)
	return ok && isName(name)
}

// isDottedWords accepts capitalized words joined by dots, as in Acme.Storage. Hosts and files are
// seldom written so.
func isDottedWords(s string) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || !isUpper(word[0]) || !isCamel(word) {
			return false
		}
	}
	return true
}

// isCamel accepts camelCase and PascalCase words.
func isCamel(s string) bool {
	words := noun.Words(s)
	isSign := func(r rune) bool { return r < 0x80 && !isLetter(byte(r)) }
	return len(words) > 0 && !strings.ContainsFunc(s, isSign) && !slices.ContainsFunc(words, func(w string) bool { return len(w) < 2 })
}

// hashSet is a set of hashes.
type hashSet map[uint64]struct{}

// candidates lists the candidates of a level, sorted by label.
func (d *decider) candidates(parent *level) []*candidate {
	byLabel := map[string]*candidate{}
	var labels []string
	for _, n := range parent.nodes {
		for label, k := range n.children {
			c := byLabel[label]
			if c == nil {
				c = d.newCandidate(label)
				byLabel[label] = c
				labels = append(labels, label)
			}
			c.nodes = append(c.nodes, k)
			d.parents[k] = n
		}
	}
	slices.Sort(labels)
	out := make([]*candidate, len(labels))
	for i, l := range labels {
		c := byLabel[l]
		d.sumNodes(c)
		for _, ln := range parent.linkNodes {
			if k := ln.children[l]; k != nil {
				c.linkNodes = append(c.linkNodes, k)
			}
		}
		out[i] = c
	}
	return out
}

// newCandidate makes a candidate without facts.
func (d *decider) newCandidate(label string) *candidate {
	c := &candidate{label: label, echoCounts: map[string]int64{}}
	if s, prefix, suffix, ok := parseSharedLabel(label); ok {
		c.shape, c.prefix, c.suffix = s, prefix, suffix
		return c
	}
	c.ownNode = true
	c.encoded, c.decoded = normalize(label)
	if d.extension != "" && strings.HasSuffix(c.decoded, d.extension) && len(c.decoded) > len(d.extension) {
		c.decoded, c.suffix = c.decoded[:len(c.decoded)-len(d.extension)], d.extension
	}
	c.hash = bottomk.Hash(c.decoded)
	c.shape = shapeOf(c.decoded)
	return c
}

// sumNodes adds up the facts of a candidate's nodes. The order of the nodes is not defined, so only
// sums and unions are allowed.
func (d *decider) sumNodes(c *candidate) {
	c.isLeaf, c.notFound, c.refused = true, true, true
	c.suffixes, c.maskedSuffixes = hashSet{}, hashSet{}
	c.nextDepths, c.secondDepths = hashSet{}, hashSet{}
	c.nextLabels, c.topProperties = hashSet{}, hashSet{}
	indexes := map[string]int{} // in c.methods
	for _, n := range c.nodes {
		c.addMethods(n, indexes)
		c.responses += n.responses
		c.pairs += n.pairs
		for _, h := range n.topProperties.hashes {
			c.topProperties[h] = struct{}{}
		}
		for _, e := range n.echoFields {
			c.echoCounts[e.name] += e.count
		}
		c.isLeaf = c.isLeaf && len(n.children) == 0
		c.notFound = c.notFound && !d.hasServed(n)
		c.refused = c.refused && !d.hasAccepted(n)
		d.addBelow(c, n)
	}
	slices.SortFunc(c.methods, func(a, b methodCount) int { return strings.Compare(a.method, b.method) })
	for name := range c.echoCounts {
		c.echoFields = append(c.echoFields, name)
	}
	slices.Sort(c.echoFields)
}

// addMethods adds the methods of a node. indexes holds the index of each method in c.methods.
func (c *candidate) addMethods(n *node, indexes map[string]int) {
	for _, m := range n.methods {
		i, ok := indexes[m.method]
		if !ok {
			i = len(c.methods)
			indexes[m.method] = i
			c.methods = append(c.methods, methodCount{method: m.method})
		}
		for _, s := range m.statuses {
			c.methods[i].requests += s.count
			c.requests += s.count
			if isServed(s.status) {
				c.methods[i].served += s.count
			}
		}
		c.bodies += m.bodies
		if m.method == "GET" {
			c.getBodies += m.bodies
		}
		c.listResponses += m.listResponses
	}
}

// addBelow adds the hashes of the paths below a node.
func (d *decider) addBelow(c *candidate, n *node) {
	for h := range d.suffixesBelow(n) {
		c.suffixes[h] = struct{}{}
	}
	for label, next := range n.children {
		l := bottomk.Hash(label)
		c.nextLabels[l] = struct{}{}
		for h := range d.depthsBelow(next) {
			c.nextDepths[bottomk.Pair(l, h)] = struct{}{}
		}
		for h := range d.suffixesBelow(next) {
			c.maskedSuffixes[h] = struct{}{}
		}
		for label, second := range next.children {
			l := bottomk.Hash(label)
			for h := range d.depthsBelow(second) {
				c.secondDepths[bottomk.Pair(l, h)] = struct{}{}
			}
		}
	}
}

// countCommon counts the elements that two sets have in common.
func countCommon(a, b hashSet) int {
	n := 0
	for h := range a {
		if _, ok := b[h]; ok {
			n++
		}
	}
	return n
}

// isWritten reports whether a segment was replaced, changed or deleted.
func (c *candidate) isWritten() bool {
	return c.hasMethod("PUT") || c.hasMethod("PATCH") || c.hasMethod("DELETE")
}
