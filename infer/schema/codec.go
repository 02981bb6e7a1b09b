package schema

import (
	"errors"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/varint"
)

// codecVersion is the first byte of encoded facts. It changes with the encoding and with the hash
// function.
const codecVersion = 2

// errFacts is the error for data that is not encoded facts.
var errFacts = errors.New("decode facts: not in the encoding of this version")

// AppendBinary appends the encoding of the facts to b. Equal facts have equal encodings. The error
// is always nil.
func (f *Facts) AppendBinary(b []byte) ([]byte, error) {
	c := newWriter(b)
	f.code(c)
	return c.Out(), nil
}

// UnmarshalBinary replaces f by the facts encoded in data, and does not retain data.
func (f *Facts) UnmarshalBinary(data []byte) error {
	var g Facts
	if err := decoded(data, g.code); err != nil {
		return err
	}
	*f = g
	return nil
}

func (f *Facts) code(c *codec) {
	varint.Naturals(c.Coder, &f.exchanges)
	c.value(&f.root, 0)
	if f.partial > 0 || c.Rest() > 0 { // earlier versions have no such counter
		if varint.Naturals(c.Coder, &f.partial); f.partial == 0 {
			c.Fail()
		}
	}
}

// codec encodes facts. It writes repeated names as indices. It fails on limits when it decodes, so
// that no input takes unbounded memory.
type codec struct {
	*varint.Coder
	indices   map[string]uint64 // of names that were written
	names     []string          // that were read
	nameFacts map[string]*nameFacts
}

// newWriter returns a codec that appends to b.
func newWriter(b []byte) *codec {
	return &codec{Coder: varint.NewWriter(append(b, codecVersion)), indices: map[string]uint64{}}
}

// decoded decodes data with a function.
func decoded(data []byte, code func(*codec)) error {
	if len(data) == 0 || data[0] != codecVersion {
		return errFacts
	}
	c := &codec{Coder: varint.NewDecoder(varint.NewReader(data[1:]))}
	if code(c); c.End() != nil {
		return errFacts
	}
	return nil
}

// nameFactsOf returns the facts of a property name. They lack keepsText, which valueFacts encode.
func (c *codec) nameFactsOf(name string) *nameFacts {
	f := c.nameFacts[name]
	if f == nil {
		if c.nameFacts == nil {
			c.nameFacts = map[string]*nameFacts{}
		}
		f = &nameFacts{text: name, hash: bottomk.Hash(name), isSecret: isSecretName(name)}
		c.nameFacts[name] = f
	}
	return f
}

// name encodes a string, or its index from 1 if it was encoded before.
func (c *codec) name(s *string) {
	i, ok := c.indices[*s]
	if !c.Reads() && !ok {
		c.indices[*s] = uint64(len(c.indices)) + 1
	}
	switch varint.Naturals(c.Coder, &i); {
	case i == 0:
		if c.String(s); c.Reads() {
			c.names = append(c.names, *s)
		}
	case !c.Reads():
	case i > uint64(len(c.names)):
		c.Fail()
	default:
		*s = c.names[i-1]
	}
}

// sparse encodes a bit mask of the counters that are not 0, followed by those counters.
func (c *codec) sparse(ns []uint32) {
	var mask uint64
	for i, n := range ns {
		if n > 0 {
			mask |= 1 << i
		}
	}
	if varint.Naturals(c.Coder, &mask); mask>>len(ns) != 0 {
		c.Fail()
	}
	for i := range ns {
		if mask>>i&1 != 0 {
			varint.Naturals(c.Coder, &ns[i])
		}
	}
}

// value encodes the facts of a position and everything below.
func (c *codec) value(n *valueFacts, depth int) {
	if depth > 3*maxDepth {
		c.Fail()
		return
	}
	if !c.Reads() {
		n.settle()
	}
	rs := n.objects()
	hasStrings, hasNumbers, hasArray, hasObjects := n.strings != nil, n.numbers.isSeen(), n.array != nil, len(rs) > 0
	c.Flags(&n.keepsText, &n.isText, &n.isFile, &n.ignoresTags, &hasStrings, &hasNumbers, &hasArray, &hasObjects)
	varint.Naturals(c.Coder, &n.exchanges)
	c.sparse(n.kinds[:])
	if hasStrings {
		s := varint.Ensure(&n.strings)
		varint.Naturals(c.Coder, &s.empty, &s.minLen, &s.maxLen)
		c.sparse(s.formatCounts[:])
		c.sample(&s.values)
	}
	if hasNumbers {
		c.Flags(&n.numbers.hasBig, &n.numbers.hasRange)
		if c.Int(&n.numbers.min, &n.numbers.max); !n.numbers.isSeen() {
			c.Fail()
		}
	}
	if hasArray {
		c.array(varint.Ensure(&n.array), depth)
	}
	if hasObjects {
		c.objects(n, rs, depth)
	}
}

// objects encodes the facts of the objects, which ascend by tag.
func (c *codec) objects(n *valueFacts, rs []*objectFacts, depth int) {
	last := ""
	varint.Elements(c.Coder, &rs, maxTags, 7, func(r **objectFacts) {
		c.object(varint.Ensure(r), depth)
		tag := (*r).tagString()
		if r != &rs[0] && tag <= last {
			c.Fail()
		}
		last = tag
	})
	if n.ignoresTags && len(rs) != 1 {
		c.Fail()
	}
	if c.Reads() {
		n.setObjects(rs)
	}
}

// sample encodes a sample, which ascends by hash.
func (c *codec) sample(v *valueSample) {
	limit := maxValues
	if c.Flags(&v.isOverflowed); v.isOverflowed {
		limit = sketchSize
	}
	last := uint64(0)
	varint.Elements(c.Coder, &v.entries, limit, 10, func(x *sampledValue) {
		c.Word(&x.hash)
		varint.Naturals(c.Coder, &x.count)
		c.String(&x.text)
		if x != &v.entries[0] && x.hash <= last {
			c.Fail()
		}
		last = x.hash
	})
}

// array encodes the facts of arrays.
func (c *codec) array(a *arrayFacts, depth int) {
	varint.Naturals(c.Coder, &a.empty, &a.minLen, &a.maxLen)
	c.Raw(a.prefixKinds[:])
	hasItems := a.items != nil
	if c.Flags(&hasItems); !hasItems {
		return
	}
	if c.Reads() {
		a.items = &a.inlineItems
	}
	c.value(a.items, depth+1)
}

// object encodes the facts of the objects with one tag, whose properties ascend by name.
func (c *codec) object(r *objectFacts, depth int) {
	if !c.Reads() {
		r.settle()
	}
	tag, hasPool := r.tagString(), r.pool != nil
	if c.name(&tag); c.Reads() {
		r.tag, r.keySets = new(tagTable).lookup([]byte(tag)), &valueSample{}
	}
	c.Flags(&hasPool, &r.isCollapsed)
	varint.Naturals(c.Coder, &r.objects, &r.exchanges)
	if r.keySets != nil {
		c.sample(r.keySets)
	} else {
		c.sample(&valueSample{})
	}
	if hasPool {
		p := varint.Ensure(&r.pool)
		c.sample(&p.names)
		c.value(&p.values, depth+1)
	}
	written := r.sortedProperties()
	name, last, slot := "", "", -1
	for i := range c.List(len(written), maxProperties, 6) {
		if !c.Reads() {
			name = written[i].name.text
		}
		if c.name(&name); i > 0 && name <= last {
			c.Fail()
		}
		if c.Err() != nil {
			return
		}
		last = name
		var p *propertyFacts
		if c.Reads() {
			slot = r.addProperty(c.nameFactsOf(name), slot, 0)
			p = r.properties[slot].facts
		} else {
			p = written[i]
		}
		varint.Naturals(c.Coder, &p.present, &p.exchanges)
		c.value(&p.values, depth+1)
	}
}
