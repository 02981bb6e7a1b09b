package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// child is one segment below a place, over all nodes merged there.
type candidate struct {
	label   string
	encoded string // encoded; "" for shared nodes
	decoded string
	hash    uint64
	shape   shape
	// prefix and suffix are literal parts round a shared identifier.
	prefix, suffix string
	ownNode        bool // has a node of its own: text is known
	nodes          []*node
	linkNodes      []*linkNode

	methods        []methodCount
	requests       int64
	responses      int64
	pairs          int64
	bodies         int64
	listResponses  int64
	echoCounts     map[string]int64
	echoFields     []string // keys of echo, sorted
	suffixes       hashSet  // methods and masked paths below
	maskedSuffixes hashSet  // the same with the first segment masked, too
	nextDepths     hashSet  // methods, first segments and lengths of them
	secondDepths   hashSet  // methods, second segments and lengths of them
	nextLabels     hashSet  // first segments
	topProperties  hashSet  // properties at the top of the answers
	isLeaf         bool
	notFound       bool // nothing but 404 was answered, here and below

	score       float64
	evidence    []Evidence
	parentScore float64 // what the place alone says against a value
	echoShare   float64 // share of the answers that hold it
	witness     bool
	corrected   bool // decided by a person
}

type methodCount struct {
	method           string
	requests, served int64 // requests; those not answered by 404 or 405
}

func (c *candidate) hasMethod(method string) bool {
	return slices.ContainsFunc(c.methods, func(m methodCount) bool { return m.method == method })
}

func (c *candidate) addEvidence(rule string, w float64, n int64) {
	if w == 0 {
		return
	}
	c.score += w
	c.evidence = append(c.evidence, Evidence{rule, w, n})
}

// strong says that the shape alone nearly settles it.
func (c *candidate) isStrong() bool { return c.shape.isStrong() }

// wordLike says that the segment could be a word of the API: it takes more than its company to make it a value.
func (c *candidate) isWordLike() bool {
	if !c.ownNode {
		return false
	}
	return c.shape == shapeWord || c.shape == shapeMixed && isCamel(c.decoded) || c.shape == shapeOdd && c.decoded != "" && strings.IndexByte("$@~!", c.decoded[0]) >= 0 && isName(c.decoded[1:])
}

// isCamel accepts camelCase and PascalCase words.
func isCamel(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) {
			return false
		}
	}
	ws := noun.Words(s)
	for _, w := range ws {
		if len(w) < 2 {
			return false
		}
	}
	return len(ws) > 0
}

// set64 is a set of hashes.
type hashSet map[uint64]struct{}

// children lists what stands below a place, sorted by label.
func (d *decider) candidates(parent *mergedNode) []*candidate {
	by := map[string]*candidate{}
	var labels []string
	for _, n := range parent.nodes {
		for label, k := range n.children {
			c := by[label]
			if c == nil {
				c = d.newCandidate(label)
				by[label] = c
				labels = append(labels, label)
			}
			c.nodes = append(c.nodes, k)
		}
	}
	slices.Sort(labels)
	out := make([]*candidate, len(labels))
	for i, l := range labels {
		c := by[l]
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
	c.hash = sketch.Hash(c.decoded)
	c.shape = shapeOf(c.decoded)
	return c
}

// gather sums the facts of a child's nodes. Nodes come in the order of maps: only sums and unions may be taken.
func (d *decider) sumNodes(c *candidate) {
	by := map[string]int{}
	live := false
	c.isLeaf = true
	c.suffixes, c.maskedSuffixes, c.nextDepths, c.secondDepths, c.nextLabels, c.topProperties = hashSet{}, hashSet{}, hashSet{}, hashSet{}, hashSet{}, hashSet{}
	for _, n := range c.nodes {
		for _, m := range n.methods {
			i, ok := by[m.method]
			if !ok {
				i = len(c.methods)
				by[m.method] = i
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
			c.listResponses += m.listResponses
		}
		c.responses += n.responses
		c.pairs += n.pairs
		for _, h := range n.topProperties.hashes {
			c.topProperties[h] = struct{}{}
		}
		for _, e := range n.echoFields {
			c.echoCounts[e.name] += e.count
		}
		c.isLeaf = c.isLeaf && len(n.children) == 0
		live = live || d.hasServed(n)
		for h := range d.suffixesBelow(n) {
			c.suffixes[h] = struct{}{}
		}
		for label, k := range n.children {
			l := sketch.Hash(label)
			c.nextLabels[l] = struct{}{}
			for h := range d.depthsBelow(k) {
				c.nextDepths[sketch.Pair(l, h)] = struct{}{}
			}
			for h := range d.suffixesBelow(k) {
				c.maskedSuffixes[h] = struct{}{}
			}
			for label, k := range k.children {
				l := sketch.Hash(label)
				for h := range d.depthsBelow(k) {
					c.secondDepths[sketch.Pair(l, h)] = struct{}{}
				}
			}
		}
	}
	c.notFound = !live
	slices.SortFunc(c.methods, func(a, b methodCount) int { return strings.Compare(a.method, b.method) })
	for name := range c.echoCounts {
		c.echoFields = append(c.echoFields, name)
	}
	slices.Sort(c.echoFields)
}
