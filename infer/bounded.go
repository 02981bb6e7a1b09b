package infer

import (
	"maps"
	"slices"

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
type bounded[V monoid[V]] struct {
	limit int
	m     map[string]V
	rest  V // pooled; the zero value when nothing was left out
}

func newBounded[V monoid[V]](limit int) *bounded[V] { return &bounded[V]{limit: limit} }

// add merges v into the facts of name. It may keep v.
func (b *bounded[V]) add(name string, v V) {
	if mine, ok := b.m[name]; ok {
		mine.merge(v)
		return
	}
	if b.m == nil {
		b.m = map[string]V{}
	}
	b.m[name] = v
	if len(b.m) > b.limit {
		b.evict()
	}
}

// fold lets update change the facts of name, new ones when there are none. A name that redaction would touch is
// not kept: its facts are pooled.
func (b *bounded[V]) fold(name string, fresh func() V, update func(V)) {
	if mine, ok := b.m[name]; ok {
		update(mine)
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
	var last string
	var top uint64
	for name := range b.m {
		if h := sketch.Hash(name); h > top || h == top && name > last {
			top, last = h, name
		}
	}
	b.pool(b.m[last])
	delete(b.m, last)
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
	for name, v := range o.m {
		if mine, ok := b.m[name]; ok {
			mine.merge(v)
		} else {
			b.add(name, v.clone())
		}
	}
	if o.overflowed() {
		b.pool(o.rest.clone())
	}
}

// names are sorted.
func (b *bounded[V]) names() []string { return slices.Sorted(maps.Keys(b.m)) }

func (b *bounded[V]) get(name string) V { return b.m[name] }

func (b *bounded[V]) append(out []byte) []byte {
	out = wire.Uint(out, uint64(len(b.m)))
	for _, name := range b.names() {
		out = b.m[name].append(wire.String(out, name))
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
