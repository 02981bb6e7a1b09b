package route

import (
	"bytes"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// bodyValue holds the results that are computed once for each value of a body.
type bodyValue struct {
	hash      uint64 // 0 if it is empty or too long
	field     *fieldFacts
	strong    bool
	unindexed bool // not in the index: empty, too long, or a URL
	fromRoot  bool // see Property.fromRoot; hash is that of the rest
}

// indexValue adds a value to the index, or the URL in a response to the links. operation is the
// operation whose response has the value at its top level, or 0.
func (t *Tree) indexValue(p *Property, text []byte, hash uint64, extra fieldClass, operation uint64) bodyValue {
	if len(text) == 0 || len(text) > maxComparedText {
		return bodyValue{unindexed: true}
	}
	if extra == 0 && isURL(text) && !(p.isPath && text[0] == '/') {
		t.addLink(text, hash)
		return bodyValue{hash: hash, unindexed: true}
	}
	f := p.fieldFacts(&t.index)
	if f.class&(classIDField|classNameField) == 0 {
		operation = 0
	}
	isStrong := t.indexInField(p, text, hash, extra, operation)
	f.values++
	if isStrong {
		f.idLike++
	}
	return bodyValue{hash: hash, field: f, strong: isStrong}
}

// indexInField records that a value occurred in a field and reports whether its shape is strong.
// The record depends only on the arguments, so a recent one need not be repeated.
func (t *Tree) indexInField(p *Property, text []byte, hash uint64, extra fieldClass, operation uint64) bool {
	// The lowest bit says whether the shape is strong.
	key := bottomk.Pair(hash^p.rank, operation+uint64(extra)) | 1
	if p.lastValue|1 == key {
		return p.lastValue&1 != 0
	}
	slot, ok := t.recentValues.find(key)
	if !ok {
		isStrong := shapeOf(string(text)).isStrong()
		if !isStrong {
			key &^= 1
		}
		t.recentValues.put(slot, key)
		if p.facts.class&classSecret == 0 {
			t.index.addValue(hash, isStrong, p, extra, operation)
			if p.facts.class&classVocabulary != 0 && bytes.IndexByte(text, '/') > 0 { // see typeNouns
				if lowered := lowerHash(string(text)); lowered != hash {
					t.index.addValue(lowered, isStrong, p, extra, operation)
				}
			}
		}
		p.facts.distinctValues.put(hash, smallRegisters)
	}
	p.lastValue = *slot
	return p.lastValue&1 != 0
}

// compareWithPath records what a value of a successful response reveals about the requested path.
// listed reports whether the response lists what exists there.
func (t *Tree) compareWithPath(p *Property, text []byte, v *bodyValue, listed bool) {
	cur := &t.current
	if !cur.prepared {
		cur.prepareFilter()
	}
	leaf := cur.nodes[len(cur.nodes)-1]
	if listed && p.top && p.topAtLeaf != leaf {
		leaf.topProperties.put(p.name, 0, maxTopProperties)
		p.topAtLeaf = leaf
	}
	if v.hash == 0 { // empty or too long
		return
	}
	if cur.filter.mayContain(text, v) {
		cur.matchSegments(text, v)
	}
	if !listed || v.unindexed || v.strong {
		return
	}
	class := v.field.class
	if n := len(cur.segments); class&(classIDField|classNameField|classItem) == 0 && n > 0 && v.field.isOneOf(cur.segments[n-1].hash) {
		class |= classNameField
	}
	if class&(classIDField|classNameField|classItem) != 0 {
		leaf.listed.put(v.hash, uint32(class), maxListed)
	}
}

// isOneOf reports whether a property is called like one of the things that a noun names, given the
// hash of the noun: "event" in the list of /events, "category" in that of /categories.
func (f *fieldFacts) isOneOf(plural uint64) bool {
	if f.plural == 0 {
		f.plural = bottomk.Hash(noun.Plural(fieldTail(f.name)))
	}
	return f.plural == plural
}
