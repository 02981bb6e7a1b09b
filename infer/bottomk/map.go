// Package bottomk holds facts by name for a bounded number of names: the bottom-k sample of all
// names, which are the k with the smallest hashes.
//
// Which names a [Map] holds, and so every figure in it, depends on the set of names alone. The
// order of additions and the partition of the traffic do not matter: a name among the k smallest of
// the whole is among the k smallest of every part that has it.
//
// Read map.go first; hash.go has the hashes.
package bottomk

import (
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/varint"
)

// Value is a pointer to the facts of one name. Values form a commutative monoid under Merge.
type Value[V any] interface {
	comparable
	// New returns facts of nothing. It ignores the value, which may be nil.
	New() V
	// Merge adds the facts of another value. It keeps nothing of it.
	Merge(V)
	// Code encodes the facts. It decodes into facts of nothing.
	Code(*varint.Coder)
}

// Map holds facts by name, for at most a fixed number of names. The facts of all other names are
// pooled in one value. A Map is not safe for concurrent use. Use [New] to make one.
type Map[V Value[V]] struct {
	limit  int
	list   []entry[V]     // in no order; a short list is faster to search than a map
	index  map[string]int // from a name to its index in list; nil for a list of up to maxLinear
	pooled V              // facts of the names that are not in list, or the zero V
}

// entry is one name and its facts.
type entry[V any] struct {
	name  string
	value V
}

// maxLinear is the length up to which a list is searched name by name.
const maxLinear = 8

// New returns an empty map that holds at most limit names.
func New[V Value[V]](limit int) *Map[V] { return &Map[V]{limit: limit} }

// Ensure returns *m, and sets it to an empty map first if it is nil. Most messages need few of
// their maps.
func Ensure[V Value[V]](m **Map[V], limit int) *Map[V] {
	if *m == nil {
		*m = New[V](limit)
	}
	return *m
}

// find returns the index of a name in list, -1 if it is not there.
func (m *Map[V]) find(name string) int {
	if m.index != nil {
		if i, ok := m.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range m.list {
		if m.list[i].name == name {
			return i
		}
	}
	return -1
}

// add merges v into the facts of name. It may keep v.
func (m *Map[V]) add(name string, v V) {
	if i := m.find(name); i >= 0 {
		m.list[i].value.Merge(v)
		return
	}
	m.list = append(m.list, entry[V]{name, v})
	switch {
	case m.index != nil:
		m.index[name] = len(m.list) - 1
	case len(m.list) > maxLinear:
		m.index = make(map[string]int, 2*maxLinear)
		for i := range m.list {
			m.index[m.list[i].name] = i
		}
	}
	if len(m.list) > m.limit {
		m.evict()
	}
}

// Update calls update with the facts of name. It calls fresh, or New if that is nil, for new facts
// if name has none. A name that redaction would replace is not kept: its facts are pooled.
func (m *Map[V]) Update(name string, fresh func() V, update func(V)) {
	if fresh == nil {
		fresh = m.pooled.New
	}
	if i := m.find(name); i >= 0 {
		update(m.list[i].value)
		return
	}
	if redact.IsSensitive("", name) {
		if !m.Overflowed() {
			m.pooled = fresh()
		}
		update(m.pooled)
		return
	}
	v := fresh()
	update(v) // before add, which may pool v at once
	m.add(name, v)
}

// evict pools the facts of the name with the largest hash.
func (m *Map[V]) evict() {
	worst, largest := 0, uint64(0)
	for i := range m.list {
		name := m.list[i].name
		if h := Hash(name); h > largest || h == largest && name > m.list[worst].name {
			largest, worst = h, i
		}
	}
	evicted, end := m.list[worst], len(m.list)-1
	m.list[worst] = m.list[end]
	m.list = slices.Delete(m.list, end, end+1)
	if m.index != nil {
		delete(m.index, evicted.name)
		if worst < end {
			m.index[m.list[worst].name] = worst
		}
	}
	m.pool(evicted.value)
}

func (m *Map[V]) pool(v V) {
	if m.Overflowed() {
		m.pooled.Merge(v)
	} else {
		m.pooled = v
	}
}

// Overflowed reports whether some names are pooled.
func (m *Map[V]) Overflowed() bool {
	var zero V
	return m.pooled != zero
}

// Pooled returns the facts of the names that the map does not hold, or the zero V.
func (m *Map[V]) Pooled() V { return m.pooled }

// Len returns the number of names that the map holds.
func (m *Map[V]) Len() int { return len(m.list) }

// Merge adds all facts of o. It keeps nothing of o.
func (m *Map[V]) Merge(o *Map[V]) {
	for _, e := range o.list {
		if i := m.find(e.name); i >= 0 {
			m.list[i].value.Merge(e.value)
		} else {
			m.add(e.name, clone(e.value))
		}
	}
	if o.Overflowed() {
		m.pool(clone(o.pooled))
	}
}

// Values yields the facts of each name in no order, then the pooled facts.
func (m *Map[V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, e := range m.list {
			if !yield(e.value) {
				return
			}
		}
		if m.Overflowed() {
			yield(m.pooled)
		}
	}
}

// sorted returns the entries by name.
func (m *Map[V]) sorted() []entry[V] {
	return slices.SortedFunc(slices.Values(m.list), func(x, y entry[V]) int { return strings.Compare(x.name, y.name) })
}

// Names returns the names in order, or nil if there are none.
func (m *Map[V]) Names() (names []string) {
	for _, e := range m.sorted() {
		names = append(names, e.name)
	}
	return names
}

// Get returns the facts of name, the zero V if the map does not hold it.
func (m *Map[V]) Get(name string) (v V) {
	if i := m.find(name); i >= 0 {
		v = m.list[i].value
	}
	return v
}

// clone returns a copy that shares no memory with v.
func clone[V Value[V]](v V) V {
	c := v.New()
	c.Merge(v)
	return c
}

// Code encodes the map: the names in order, each with its facts, then the pooled facts. It decodes
// facts and adds them.
func (m *Map[V]) Code(c *varint.Coder) {
	list := m.sorted()
	for i := range c.List(len(list), math.MaxInt, 1) {
		var e entry[V]
		if c.Reads() {
			e.value = e.value.New()
		} else {
			e = list[i]
		}
		c.String(&e.name)
		if e.value.Code(c); c.Err() != nil {
			return
		}
		if c.Reads() {
			m.add(e.name, e.value)
		}
	}
	v := m.pooled
	if varint.Optional(c, &v); c.Reads() && v != m.pooled {
		m.pool(v)
	}
}
