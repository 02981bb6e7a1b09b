package route

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// Limits for the facts of one node.
const (
	maxEchoFields    = 32  // names of fields that echo the segment
	maxListed        = 192 // values in the lists that responses hold
	maxSegmentSample = 16  // hashes of segments that share a node
	maxTopProperties = 24  // properties of the top-level object of responses
)

// node is a trie node. It holds the facts about one segment, or about all segments that share the
// node.
type node struct {
	children map[string]*node
	methods  []*methodFacts // sorted by method

	// responses counts the responses with values at or below this node. pairs counts those of them
	// that hold this segment joined with the one before or after it, as in owner/repo. echoFields
	// counts, by field, those that hold the segment itself.
	responses, pairs int64
	echoFields       []fieldCount // sorted by name
	listed           bottomK      // values in responses here: hash, field classes
	held             heldSuffixes // suffixes of the path that ends here, held by its responses
	segmentSample    bottomK      // segments that share this node
	topProperties    bottomK      // names of top-level properties of successful responses to GET here
	segmentCount     hyperLogLog  // distinct segments that share this node

	evictNext      string // the child to evict next; not a fact
	evictNextKnown bool   // evictNext is valid
}

// methodFacts holds the facts about one method of a node.
type methodFacts struct {
	method          string
	statuses        []statusCount // sorted
	listResponses   int64         // responses that list things
	bodies          int64         // successful responses with a body
	trailingSlashes int64         // requests with a trailing slash
	payload         Payload
}

// statusCount counts the responses of one status; 0 means no response.
type statusCount struct {
	status int
	count  int64
}

// fieldCount counts the responses in which a field holds a segment.
type fieldCount struct {
	name  string
	class fieldClass
	count int64
}

// heldSuffixes are the suffixes of a path that the bodies of its exchanges held as one value. Bit i
// is the suffix that begins with segment i.
type heldSuffixes struct {
	suffix       uint32 // a body held the suffix
	withPrevious uint32 // a body held it together with the segment before it
	inFileField  uint32 // the property that held it is one for file paths
	answered     bool   // an exchange had values to compare
}

// merge adds the facts of o.
func (s *heldSuffixes) merge(o heldSuffixes) {
	s.suffix |= o.suffix
	s.withPrevious |= o.withPrevious
	s.inFileField |= o.inFileField
	s.answered = s.answered || o.answered
}

// addStatus adds n responses of a status.
func (m *methodFacts) addStatus(status int, n int64) {
	i, ok := slices.BinarySearchFunc(m.statuses, status, func(s statusCount, k int) int { return cmp.Compare(s.status, k) })
	if !ok {
		m.statuses = slices.Insert(m.statuses, i, statusCount{status: status})
	}
	m.statuses[i].count += n
}

// method returns the facts about a method. It creates them if necessary.
func (n *node) method(name string, newPayload func() Payload) *methodFacts {
	i, ok := slices.BinarySearchFunc(n.methods, name, func(m *methodFacts, k string) int { return strings.Compare(m.method, k) })
	if !ok {
		n.methods = slices.Insert(n.methods, i, &methodFacts{method: name, payload: newPayload()})
	}
	return n.methods[i]
}

// addEcho adds by responses in which a field holds the segment. Of more than maxEchoFields fields
// it drops the one with the highest rank.
func (n *node) addEcho(name string, c fieldClass, by int64) {
	i, ok := slices.BinarySearchFunc(n.echoFields, name,
		func(f fieldCount, k string) int { return strings.Compare(f.name, k) })
	if ok {
		n.echoFields[i].count += by
		return
	}
	n.echoFields = slices.Insert(n.echoFields, i, fieldCount{name, c, by})
	if len(n.echoFields) <= maxEchoFields {
		return
	}
	drop, highest := 0, uint64(0)
	for i, f := range n.echoFields {
		if rank := fieldRank(f.name, f.class); i == 0 || rank > highest {
			drop, highest = i, rank
		}
	}
	n.echoFields = slices.Delete(n.echoFields, drop, drop+1)
}

// fieldRank orders fields by how well they identify things, then by hash. Lower ranks are kept.
func fieldRank(name string, c fieldClass) uint64 {
	rank := uint64(4)
	switch {
	case c&classIDField != 0:
		rank = 0
	case c&classNameField != 0:
		rank = 1
	case c&classItem != 0:
		rank = 2
	case c&classOtherField != 0:
		rank = 3
	}
	return rank<<56 | bottomk.Hash(name)>>8
}

// evictionRank orders the children that have nodes of their own: common literals, then words, then
// all others, each by hash. The highest rank is evicted first.
func evictionRank(label string) uint64 {
	r := bottomk.Hash(label) >> 2
	switch {
	case label != "" && label[0] == sharedMark, commonLiterals[label]:
	case shapeOf(label) == shapeWord:
		r |= 1 << 62
	default:
		r |= 1 << 63
	}
	return r
}

// outlives reports whether child b is evicted before child a.
func outlives(a, b string) bool {
	ra, rb := evictionRank(a), evictionRank(b)
	return ra < rb || ra == rb && a < b
}

// isPlainSharedLabel reports whether a label belongs to a shared node without affixes. There are
// few of these, and they are never evicted.
func isPlainSharedLabel(label string) bool { return len(label) == 2 && label[0] == sharedMark }

// child returns the node for a label. It creates the node if necessary. limit bounds the children
// with nodes of their own; beyond it, segments share the overflow node.
func (n *node) child(label string, limit int) *node {
	if k := n.children[label]; k != nil {
		return k
	}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	if !isPlainSharedLabel(label) && n.isFull(limit) {
		if n.findEvictNext(); outlives(n.evictNext, label) {
			return n.child(overflowLabel, limit)
		}
	}
	k := &node{}
	n.children[label] = k
	n.evictNextKnown = false
	return k
}

// ownChildren returns the number of children that count against the limit: all except the plain
// shared nodes.
func (n *node) ownChildren() int {
	c := len(n.children)
	if c == 0 {
		return 0
	}
	for s := shapeOverflow; s < shapes; s++ {
		if n.children[sharedLabel(s, "", "")] != nil {
			c--
		}
	}
	return c
}

// isFull reports whether the children have reached the limit. The first comparison avoids most
// calls of ownChildren.
func (n *node) isFull(limit int) bool { return len(n.children) >= limit && n.ownChildren() >= limit }

// findEvictNext sets evictNext.
func (n *node) findEvictNext() {
	if n.evictNextKnown {
		return
	}
	n.evictNext, n.evictNextKnown = "", true
	first := true
	for l := range n.children {
		if !isPlainSharedLabel(l) && (first || outlives(n.evictNext, l)) {
			n.evictNext, first = l, false
		}
	}
}

// labels returns the labels of the children in order.
func (n *node) labels() []string { return slices.Sorted(maps.Keys(n.children)) }

// appendAll appends the node and all below it, in order.
func (n *node) appendAll(to []*node) []*node {
	to = append(to, n)
	for _, l := range n.labels() {
		to = n.children[l].appendAll(to)
	}
	return to
}
