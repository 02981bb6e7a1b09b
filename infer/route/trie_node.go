package route

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// Bounds of one node's facts.
const (
	maxEchoFields    = 32  // names of fields that echo the segment
	maxListed        = 192 // values that the answers here list
	maxSuffixes      = 24  // rests of paths below
	maxSegmentSample = 16  // hashes of the segments that share a node
	maxTopProperties = 24  // properties at the top of the answers
)

// node holds the facts about one segment at one place of the trie, or about all that share that place.
type node struct {
	children map[string]*node
	methods  []*methodFacts // sorted by method

	// answers counts the answers with values at or below this node; echo says, by field, in how many of them
	// the segment itself stood. pairs counts the answers that hold it with the segment before or after it, as owner/repo.
	responses, pairs int64
	echoFields       []fieldCount // sorted by name
	listed           bottomK      // values in the answers here: hash, classes
	suffixes         bottomK      // rests of paths below: hash, length and restBits
	segmentSample    bottomK      // segments that share this node
	topProperties    bottomK      // names of the properties at the top of successful answers to GET here
	segmentCount     hyperLogLog  // the same, counted

	evictNext      string // the child that goes first when there are too many; not a fact
	evictNextKnown bool   // worst is known
}

// methodFacts is one method of one node.
type methodFacts struct {
	method          string
	statuses        []statusCount // sorted
	listResponses   int64         // answers that list things
	bodies          int64         // successful answers with a body
	trailingSlashes int64         // requests with a trailing slash
	payload         Payload
}

type statusCount struct {
	status int
	count  int64
}

type fieldCount struct {
	name  string
	class fieldClass
	count int64
}

// The bits of a rest, above them its length in segments.
const (
	suffixWhole        = 1 << iota // stood in a body as it is
	suffixWithPrevious             // stood there with the segment before it
	suffixHasResponse              // its answer had values
	suffixInFileField              // stood in a property that holds paths of files
	suffixLengthShift  = 8
)

func (m *methodFacts) addStatus(status int, n int64) {
	i := 0
	for i < len(m.statuses) && m.statuses[i].status < status {
		i++
	}
	if i == len(m.statuses) || m.statuses[i].status != status {
		m.statuses = slices.Insert(m.statuses, i, statusCount{status: status})
	}
	m.statuses[i].count += n
}

// method returns the facts about a method, made if need be.
func (n *node) method(name string, fresh func() Payload) *methodFacts {
	i := 0
	for i < len(n.methods) && n.methods[i].method < name {
		i++
	}
	if i == len(n.methods) || n.methods[i].method != name {
		n.methods = slices.Insert(n.methods, i, &methodFacts{method: name, payload: fresh()})
	}
	return n.methods[i]
}

// echoes is in how many answers a field holds the segment.
func (n *node) echoCount(name string) int64 {
	i, ok := slices.BinarySearchFunc(n.echoFields, name, func(f fieldCount, k string) int { return strings.Compare(f.name, k) })
	if !ok {
		return 0
	}
	return n.echoFields[i].count
}

func (n *node) addEcho(name string, c fieldClass, by int64) {
	i, ok := slices.BinarySearchFunc(n.echoFields, name, func(f fieldCount, k string) int { return strings.Compare(f.name, k) })
	if ok {
		n.echoFields[i].count += by
		return
	}
	n.echoFields = slices.Insert(n.echoFields, i, fieldCount{name, c, by})
	if len(n.echoFields) <= maxEchoFields {
		return
	}
	drop := 0
	for i := range n.echoFields {
		if fieldRank(n.echoFields[i].name, n.echoFields[i].class) > fieldRank(n.echoFields[drop].name, n.echoFields[drop].class) {
			drop = i
		}
	}
	n.echoFields = slices.Delete(n.echoFields, drop, drop+1)
}

// fieldRank orders fields by how much they say, then by hash: the smallest are kept.
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
	return rank<<56 | sketch.Hash(name)>>8
}

// kidRank orders children with nodes of their own: common words of routes first, then words, then the rest, each by
// hash. The largest go first.
func evictionRank(label string) uint64 {
	r := sketch.Hash(label) >> 2
	switch {
	case label != "" && label[0] == sharedMark, commonLiterals[label]:
	case shapeOf(label) == shapeWord:
		r |= 1 << 62
	default:
		r |= 1 << 63
	}
	return r
}

// before says that child a is kept longer than child b.
func outlives(a, b string) bool {
	ra, rb := evictionRank(a), evictionRank(b)
	return ra < rb || ra == rb && a < b
}

// plainPool says that a label is a shared node without affixes: there are few of them, and they never go.
func isPlainSharedLabel(label string) bool { return len(label) == 2 && label[0] == sharedMark }

// child returns the node that a segment belongs to, made if need be. limit bounds the children that have a
// node of their own; beyond it the segments share the node of the rest.
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

func (n *node) isFull(limit int) bool { return len(n.children) >= limit && n.ownChildren() >= limit }

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

// labels returns the labels of the children, sorted.
func (n *node) labels() []string { return slices.Sorted(maps.Keys(n.children)) }
