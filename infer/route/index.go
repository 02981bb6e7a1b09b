package route

import (
	"slices"

	"github.com/spectap/spectap/infer/sketch"
)

// index says in which fields a value stood, over all bodies. Words and identifiers have one each, so that
// many of these do not push out the few of those.
type index struct {
	words, ids thin[*valueFacts]
	fields     thin[*fieldFacts]
	keys       thin[struct{}] // names of properties, and their singulars

	places map[fieldAt]*fieldFacts // fields that were looked up lately; no fact
}

// valueFacts is what is known of one value.
type valueFacts struct {
	classes   class
	fields    []uint64      // ranks of the fields that hold it, ascending
	producers []producerRef // operations that answer with it at the top of their bodies, ascending
}

// source is a property at the top of an operation's answers.
type producerRef struct {
	op    uint64 // hash of the path's labels and the method
	field uint64 // rank
}

func (s producerRef) before(o producerRef) bool {
	a, b := sketch.Pair(s.op, s.field), sketch.Pair(o.op, o.field)
	return a < b || a == b && (s.op < o.op || s.op == o.op && s.field < o.field)
}

// fieldFacts is what is known of one field.
type fieldFacts struct {
	name     string // qualified
	class    class
	n        int64
	ids      int64 // values that look like identifiers
	distinct counter
}

const (
	maxWords        = 16384
	maxIDValues     = 8192
	maxFieldFacts   = 4096
	maxKeys         = 8192
	maxLinks        = 16384
	fieldsPerValue  = 6
	sourcesPerValue = 4
)

func newIndex() index {
	return index{words: newThin[*valueFacts](maxWords), ids: newThin[*valueFacts](maxIDValues),
		fields: newThin[*fieldFacts](maxFieldFacts), keys: newThin[struct{}](maxKeys)}
}

// lowerHash is the hash of a key without ASCII's case.
func lowerHash(s string) uint64 {
	for i := 0; i < len(s); i++ {
		if isUpper(s[i]) {
			return lowered(s)
		}
	}
	return sketch.Hash(s)
}

func lowered(s string) uint64 {
	var buf [64]byte
	b := append(buf[:0], s...)
	for i, c := range b {
		if isUpper(c) {
			b[i] = c | 0x20
		}
	}
	return sketch.Hash(b)
}

// value notes that a value stood in a field, and at the top of which operation's answer, unless that is 0.
func (x *index) value(h uint64, strong bool, p *Property, extra class, op uint64) {
	t := &x.words
	if strong {
		t = &x.ids
	}
	if !t.holds(h) {
		return
	}
	v := t.m[h]
	if v == nil {
		v = &valueFacts{}
		t.put(h, v)
	}
	v.classes |= p.facts.class | extra
	v.add(p.rank)
	if op != 0 {
		v.from(producerRef{op, p.rank})
	}
}

// from notes a source; of many those smallest by hash are kept.
func (v *valueFacts) from(s producerRef) {
	i := 0
	for i < len(v.producers) && v.producers[i].before(s) {
		i++
	}
	if i < len(v.producers) && v.producers[i] == s || i >= sourcesPerValue {
		return
	}
	if len(v.producers) == sourcesPerValue {
		v.producers = v.producers[:sourcesPerValue-1]
	}
	v.producers = slices.Insert(v.producers, i, s)
}

func (v *valueFacts) add(rank uint64) {
	i, ok := slices.BinarySearch(v.fields, rank)
	if ok || i >= fieldsPerValue {
		return
	}
	if len(v.fields) == fieldsPerValue {
		v.fields = v.fields[:fieldsPerValue-1]
	}
	v.fields = slices.Insert(v.fields, i, rank)
}

func (x *index) merge(o *index) {
	mergeValues(&x.words, &o.words)
	mergeValues(&x.ids, &o.ids)
	x.fields.narrow(o.fields.shift)
	for h, f := range o.fields.m {
		mine := x.fields.m[h]
		if mine == nil {
			mine = &fieldFacts{name: f.name, class: f.class}
			x.fields.put(h, mine)
		}
		mine.n += f.n
		mine.ids += f.ids
		mine.distinct.merge(&f.distinct)
	}
	mergeSet(&x.keys, &o.keys)
}

func mergeValues(x, o *thin[*valueFacts]) {
	x.narrow(o.shift)
	for h, v := range o.m {
		if !x.holds(h) {
			continue
		}
		mine := x.m[h]
		if mine == nil {
			x.m[h] = &valueFacts{v.classes, slices.Clone(v.fields), slices.Clone(v.producers)}
			continue
		}
		mine.classes |= v.classes
		for _, f := range v.fields {
			mine.add(f)
		}
		for _, s := range v.producers {
			mine.from(s)
		}
	}
	x.trim()
}

func mergeSet[V any](x, o *thin[V]) {
	x.narrow(o.shift)
	for h, v := range o.m {
		x.put(h, v)
	}
}
