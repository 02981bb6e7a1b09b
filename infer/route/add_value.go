package route

import "github.com/spectap/spectap/infer/sketch"

// looked is what is worked out once for each value of a body.
type bodyValue struct {
	hash      uint64 // 0 when it is too long, or empty
	field     *fieldFacts
	strong    bool
	unindexed bool // not in the index: too long, empty, or a URL
}

// look puts a value into the index, or a URL of an answer with the links. From is the operation whose answer has it
// at the top, or 0.
func (t *Tree) indexValue(p *Property, text []byte, hash uint64, extra fieldClass, operation uint64) bodyValue {
	if len(text) == 0 || len(text) > maxComparedText {
		return bodyValue{unindexed: true}
	}
	if extra == 0 && isURL(text) {
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

// note puts a value that stands in a field into the index, and says whether its shape is strong. What is noted follows
// from its arguments, so once is enough.
func (t *Tree) indexInField(p *Property, text []byte, hash uint64, extra fieldClass, operation uint64) bool {
	key := sketch.Pair(hash^p.rank, operation+uint64(extra)) | 1 // the lowest bit tells whether the shape is strong
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
		}
		p.facts.distinctValues.put(hash, smallRegisters)
	}
	p.lastValue = *slot
	return p.lastValue&1 != 0
}

// compare notes what a value in a successful answer says about the path that was asked for. Listed says that the
// answer tells what is there.
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
	if listed && !v.unindexed && !v.strong && v.field.class&(classIDField|classNameField|classItem) != 0 {
		leaf.listed.put(v.hash, uint32(v.field.class), maxListed)
	}
}
