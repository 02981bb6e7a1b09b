package route

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// Bounds of one node's facts.
const (
	maxFields = 32  // names of fields that echo the segment
	maxList   = 192 // values that the answers here list
	maxRests  = 24  // rests of paths below
	maxIDs    = 16  // hashes of the segments that share a node
	maxTops   = 24  // properties at the top of the answers
)

// node holds the facts about one segment at one place of the trie, or about all that share that place.
type node struct {
	kids    map[string]*node
	methods []*methodFacts // sorted by method

	// answers counts the answers with values at or below this node; echo says, by field, in how many of them
	// the segment itself stood. pairs counts the answers that hold it with the segment before or after it, as owner/repo.
	answers, pairs int64
	echo           []fieldCount // sorted by name
	list           sample       // values in the answers here: hash, classes
	rests          sample       // rests of paths below: hash, length and restBits
	ids            sample       // segments that share this node
	tops           sample       // names of the properties at the top of successful answers to GET here
	distinct       counter      // the same, counted

	worst  string // the child that goes first when there are too many; not a fact
	sorted bool   // worst is known
}

// methodFacts is one method of one node.
type methodFacts struct {
	method   string
	statuses []statusCount // sorted
	lists    int64         // answers that list things
	bodies   int64         // successful answers with a body
	trail    int64         // requests with a trailing slash
	payload  Payload
}

type statusCount struct {
	status int
	n      int64
}

type fieldCount struct {
	name  string
	class class
	n     int64
}

// The bits of a rest, above them its length in segments.
const (
	restWhole  = 1 << iota // stood in a body as it is
	restBefore             // stood there with the segment before it
	restAnswer             // its answer had values
	restFile               // stood in a property that holds paths of files
	restShift  = 8
)

func (m *methodFacts) count(status int, n int64) {
	i := 0
	for i < len(m.statuses) && m.statuses[i].status < status {
		i++
	}
	if i == len(m.statuses) || m.statuses[i].status != status {
		m.statuses = slices.Insert(m.statuses, i, statusCount{status: status})
	}
	m.statuses[i].n += n
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
func (n *node) echoes(name string) int64 {
	i, ok := slices.BinarySearchFunc(n.echo, name, func(f fieldCount, k string) int { return strings.Compare(f.name, k) })
	if !ok {
		return 0
	}
	return n.echo[i].n
}

func (n *node) echoed(name string, c class, by int64) {
	i, ok := slices.BinarySearchFunc(n.echo, name, func(f fieldCount, k string) int { return strings.Compare(f.name, k) })
	if ok {
		n.echo[i].n += by
		return
	}
	n.echo = slices.Insert(n.echo, i, fieldCount{name, c, by})
	if len(n.echo) <= maxFields {
		return
	}
	drop := 0
	for i := range n.echo {
		if fieldRank(n.echo[i].name, n.echo[i].class) > fieldRank(n.echo[drop].name, n.echo[drop].class) {
			drop = i
		}
	}
	n.echo = slices.Delete(n.echo, drop, drop+1)
}

// fieldRank orders fields by how much they say, then by hash: the smallest are kept.
func fieldRank(name string, c class) uint64 {
	rank := uint64(4)
	switch {
	case c&classID != 0:
		rank = 0
	case c&className != 0:
		rank = 1
	case c&classItem != 0:
		rank = 2
	case c&classOther != 0:
		rank = 3
	}
	return rank<<56 | sketch.Hash(name)>>8
}

// kidRank orders children with nodes of their own: common words of routes first, then words, then the rest, each by
// hash. The largest go first.
func kidRank(label string) uint64 {
	r := sketch.Hash(label) >> 2
	switch {
	case label != "" && label[0] == mark, routeWords[label]:
	case shapeOf(label) == shapeWord:
		r |= 1 << 62
	default:
		r |= 1 << 63
	}
	return r
}

// before says that child a is kept longer than child b.
func before(a, b string) bool {
	ra, rb := kidRank(a), kidRank(b)
	return ra < rb || ra == rb && a < b
}

// plainPool says that a label is a shared node without affixes: there are few of them, and they never go.
func plainPool(label string) bool { return len(label) == 2 && label[0] == mark }

// child returns the node that a segment belongs to, made if need be. limit bounds the children that have a
// node of their own; beyond it the segments share the node of the rest.
func (n *node) child(label string, limit int) *node {
	if k := n.kids[label]; k != nil {
		return k
	}
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	if !plainPool(label) && n.full(limit) {
		if n.findWorst(); before(n.worst, label) {
			return n.child(restLabel, limit)
		}
	}
	k := &node{}
	n.kids[label] = k
	n.sorted = false
	return k
}

func (n *node) own() int {
	c := len(n.kids)
	if c == 0 {
		return 0
	}
	for s := shapeRest; s < shapes; s++ {
		if n.kids[poolLabel(s, "", "")] != nil {
			c--
		}
	}
	return c
}

func (n *node) full(limit int) bool { return len(n.kids) >= limit && n.own() >= limit }

func (n *node) findWorst() {
	if n.sorted {
		return
	}
	n.worst, n.sorted = "", true
	first := true
	for l := range n.kids {
		if !plainPool(l) && (first || before(n.worst, l)) {
			n.worst, first = l, false
		}
	}
}

// labels returns the labels of the children, sorted.
func (n *node) labels() []string { return slices.Sorted(maps.Keys(n.kids)) }
