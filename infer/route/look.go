package route

import "github.com/spectap/spectap/infer/sketch"

// looked is what is worked out once for each value of a body.
type looked struct {
	hash   uint64 // 0 when it is too long, or empty
	field  *fieldFacts
	strong bool
	skip   bool // not in the index: too long, empty, or a URL
}

// look puts a value into the index, or a URL of an answer with the links. From is the operation whose answer has it
// at the top, or 0.
func (t *Tree) look(p *Property, text []byte, hash uint64, extra class, from uint64) looked {
	if len(text) == 0 || len(text) > maxText {
		return looked{skip: true}
	}
	if extra == 0 && isURL(text) {
		t.link(text, hash)
		return looked{hash: hash, skip: true}
	}
	f := p.known(&t.index)
	if f.class&(classID|className) == 0 {
		from = 0
	}
	strong := t.note(p, text, hash, extra, from)
	f.n++
	if strong {
		f.ids++
	}
	return looked{hash: hash, field: f, strong: strong}
}

// note puts a value that stands in a field into the index, and says whether its shape is strong. What is noted follows
// from its arguments, so once is enough.
func (t *Tree) note(p *Property, text []byte, hash uint64, extra class, from uint64) bool {
	key := sketch.Pair(hash^p.rank, from+uint64(extra)) | 1 // the lowest bit tells whether the shape is strong
	if p.last|1 == key {
		return p.last&1 != 0
	}
	slot, ok := t.noted.find(key)
	if !ok {
		strong := shapeOf(string(text)).strong()
		if !strong {
			key &^= 1
		}
		t.noted.put(slot, key)
		if p.facts.class&classSecret == 0 {
			t.index.value(hash, strong, p, extra, from)
		}
		p.facts.distinct.put(hash, smallRegisters)
	}
	p.last = *slot
	return p.last&1 != 0
}

// marks tell by a few bits which texts may be like a segment of a path, so that most need not be compared.
type marks struct{ hashes, looks [4]uint64 }

func (m *marks) hash(h uint64) { m.hashes[h>>6&3] |= 1 << (h & 63) }

// look marks what texts that are spelled alike have in common: their length and how they begin.
func (m *marks) look(size int, first byte) {
	k := uint(size)*37 + uint(foldByte(first))
	m.looks[k>>6&3] |= 1 << (k & 63)
}

// may says that a text, which is not empty, may be like a segment.
func (m *marks) may(text []byte, l *looked) bool {
	if m.hashes[l.hash>>6&3]>>(l.hash&63)&1 != 0 {
		return true
	}
	k := uint(len(text))*37 + uint(foldByte(text[0]))
	return !l.strong && m.looks[k>>6&3]>>(k&63)&1 != 0
}

// compare notes what a value in a successful answer says about the path that was asked for. Listed says that the
// answer tells what is there.
func (t *Tree) compare(p *Property, text []byte, l *looked, listed bool) {
	v := &t.visit
	if !v.compared {
		v.ready()
	}
	leaf := v.nodes[len(v.nodes)-1]
	if listed && p.top && p.leaf != leaf {
		leaf.tops.put(p.name, 0, maxTops)
		p.leaf = leaf
	}
	if l.hash == 0 { // empty or too long
		return
	}
	if v.marks.may(text, l) {
		v.match(text, l)
	}
	if listed && !l.skip && !l.strong && l.field.class&(classID|className|classItem) != 0 {
		leaf.list.put(l.hash, uint32(l.field.class), maxList)
	}
}

// match compares a value with each segment of the path and what begins there.
func (v *visit) match(text []byte, l *looked) {
	for j := range v.segs {
		s, end := &v.segs[j], &v.ends[j]
		if s.hash == l.hash || s.stem == l.hash || len(s.plain) == len(text) && !l.strong && spelledAlike(s.plain, text) {
			v.hit(j, l.field)
		}
		bit := uint32(1) << uint(j)
		if end.rest == l.hash {
			v.whole |= bit
			if l.field != nil && isFileField(l.field.name) {
				v.file |= bit
			}
		}
		if j == 0 {
			continue
		}
		if end.before == l.hash {
			v.before |= bit
		}
		if end.pair == l.hash && l.field != nil && l.field.class&classBarred == 0 {
			v.pairs |= bit | bit>>1
		}
	}
}

// ready prepares the comparison of values with the path.
func (v *visit) ready() {
	v.tails()
	v.compared, v.marks, v.whole, v.file, v.before, v.pairs = true, marks{}, 0, 0, 0, 0
	for j := range v.segs {
		s, end := &v.segs[j], &v.ends[j]
		if s.plain != "" {
			v.marks.look(len(s.plain), s.plain[0])
		}
		for _, h := range [...]uint64{s.hash, s.stem, end.rest, end.before, end.pair} {
			v.marks.hash(h)
		}
	}
}
