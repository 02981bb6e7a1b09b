package infer

import (
	"iter"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
	"github.com/spectap/spectap/infer/wire"
)

// monoid is what a bounded set keeps under each name.
type monoid[V any] interface {
	comparable
	clone() V
	merge(V)
	append([]byte) []byte
}

// bounded keeps facts by name for at most limit names: those with the smallest hashes. What is known of the
// other names is pooled. Which names are kept, and so every figure, is a function of the set of what was added,
// never of its order: a name among the smallest of the whole was among the smallest of every part.
//
// Mostly there are few: they lie side by side, as to reach them is most of the work.
type bounded[V monoid[V]] struct {
	limit int
	list  []named[V]
	at    map[string]int // where in list, where there are many
	rest  V              // pooled; the zero value when nothing was left out
}

// named is what is known of a name.
type named[V any] struct {
	name string
	v    V
}

// fewNames is how many names are looked for one by one.
const fewNames = 8

func newBounded[V monoid[V]](limit int) *bounded[V] { return &bounded[V]{limit: limit} }

// begun is a set that is made when it is first needed: most messages have no use for it.
func begun[V monoid[V]](b **bounded[V], limit int) *bounded[V] {
	if *b == nil {
		*b = newBounded[V](limit)
	}
	return *b
}

// find returns where a name is, -1 for nowhere.
func (b *bounded[V]) find(name string) int {
	if b.at != nil {
		if i, ok := b.at[name]; ok {
			return i
		}
		return -1
	}
	for i := range b.list {
		if b.list[i].name == name {
			return i
		}
	}
	return -1
}

// add merges v into the facts of name. It may keep v.
func (b *bounded[V]) add(name string, v V) {
	if i := b.find(name); i >= 0 {
		b.list[i].v.merge(v)
		return
	}
	b.list = append(b.list, named[V]{name, v})
	switch {
	case b.at != nil:
		b.at[name] = len(b.list) - 1
	case len(b.list) > fewNames:
		b.at = make(map[string]int, 2*fewNames)
		for i := range b.list {
			b.at[b.list[i].name] = i
		}
	}
	if len(b.list) > b.limit {
		b.evict()
	}
}

// fold lets update change the facts of name, new ones when there are none. A name that redaction would touch is
// not kept: its facts are pooled.
func (b *bounded[V]) fold(name string, fresh func() V, update func(V)) {
	if i := b.find(name); i >= 0 {
		update(b.list[i].v)
		return
	}
	if redact.Sensitive("", name) {
		if !b.overflowed() {
			b.rest = fresh()
		}
		update(b.rest)
		return
	}
	v := fresh()
	update(v) // before add, which may pool it at once
	b.add(name, v)
}

// evict moves the name with the largest hash into the rest.
func (b *bounded[V]) evict() {
	last, top := 0, uint64(0)
	for i := range b.list {
		name := b.list[i].name
		if h := sketch.Hash(name); h > top || h == top && name > b.list[last].name {
			top, last = h, i
		}
	}
	gone, end := b.list[last], len(b.list)-1
	b.list[last] = b.list[end]
	b.list = slices.Delete(b.list, end, end+1)
	if b.at != nil {
		delete(b.at, gone.name)
		if last < end {
			b.at[b.list[last].name] = last
		}
	}
	b.pool(gone.v)
}

func (b *bounded[V]) pool(v V) {
	var none V
	if b.rest == none {
		b.rest = v
	} else {
		b.rest.merge(v)
	}
}

// overflowed says whether names were left out.
func (b *bounded[V]) overflowed() bool {
	var none V
	return b.rest != none
}

func (b *bounded[V]) merge(o *bounded[V]) {
	for _, x := range o.list {
		if i := b.find(x.name); i >= 0 {
			b.list[i].v.merge(x.v)
		} else {
			b.add(x.name, x.v.clone())
		}
	}
	if o.overflowed() {
		b.pool(o.rest.clone())
	}
}

// all are what is known of each name, and of the rest.
func (b *bounded[V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, x := range b.list {
			if !yield(x.v) {
				return
			}
		}
		if b.overflowed() {
			yield(b.rest)
		}
	}
}

// sorted are the names and what is known of them, by name.
func (b *bounded[V]) sorted() []named[V] {
	return slices.SortedFunc(slices.Values(b.list), func(x, y named[V]) int { return strings.Compare(x.name, y.name) })
}

// names are sorted; nil when there are none.
func (b *bounded[V]) names() (names []string) {
	for _, x := range b.sorted() {
		names = append(names, x.name)
	}
	return names
}

// get is the zero value for a name that is not kept.
func (b *bounded[V]) get(name string) (v V) {
	if i := b.find(name); i >= 0 {
		v = b.list[i].v
	}
	return v
}

func (b *bounded[V]) append(out []byte) []byte {
	out = wire.Uint(out, uint64(len(b.list)))
	for _, x := range b.sorted() {
		out = x.v.append(wire.String(out, x.name))
	}
	out = wire.Bool(out, b.overflowed())
	if b.overflowed() {
		out = b.rest.append(out)
	}
	return out
}

func (b *bounded[V]) read(r *wire.Reader, value func(*wire.Reader) V) {
	for n := r.Len(); n > 0; n-- {
		b.add(r.String(), value(r))
	}
	if r.Bool() {
		b.pool(value(r))
	}
}
