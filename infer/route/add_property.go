package route

import (
	"strings"

	"github.com/spectap/spectap/infer/sketch"
)

// Property is a place in bodies that holds strings or integers, as a tree knows it: whoever takes in bodies makes one
// for each place, and so names are looked into once. It is of use to one tree alone.
type Property struct {
	facts     *fieldFacts // nil until a value is looked at
	rank      uint64      // of the facts
	lastValue uint64      // what was noted last, as in Tree.noted
	name      uint64      // hash of the field
	topAtLeaf *node       // that has it among its tops already
	top       bool
	item      bool
	names     *[2]string // field and owner, while there are no facts
}

// NewProperty returns the handle on a place. Field is the name of the property that holds the values, or of the one
// that holds their list, "" at the root; owner is the name of the property that holds the object (or its list)
// around it, "" at the root. Item says that the values are elements of a list, top that the field is a property of
// the body's topmost object.
func NewProperty(field, owner string, item, top bool) *Property {
	return &Property{names: &[2]string{field, owner}, item: item, top: top && !item, name: sketch.Hash(field)}
}

// Count counts the value that the place had last n times more.
func (p *Property) Count(n int) {
	p.facts.values += int64(n)
	if p.lastValue&1 != 0 {
		p.facts.idLike += int64(n)
	}
}

// known returns what is known of the field, made if need be. Facts that the index gave up stay given up: they may be
// counted on, unseen.
func (p *Property) fieldFacts(x *index) *fieldFacts {
	if p.facts != nil {
		return p.facts
	}
	at := fieldKey{p.names[0], p.names[1], p.item}
	f := x.fieldCache[at]
	if f == nil {
		f = x.field(fieldName(at.field, at.owner, at.item), at.item)
		if x.fieldCache == nil || len(x.fieldCache) == maxFieldFacts {
			x.fieldCache = map[fieldKey]*fieldFacts{}
		}
		x.fieldCache[at] = f
	}
	p.facts, p.rank, p.names = f, fieldRank(f.name, f.class), nil
	return f
}

// fieldAt is where a field stands, as bodies have it.
type fieldKey struct {
	field, owner string
	item         bool
}

// field returns what is known of a field by its qualified name, made if need be.
func (x *index) field(name string, item bool) *fieldFacts {
	h := sketch.Hash(name)
	f := x.fields.entries[h]
	if f == nil {
		f = &fieldFacts{name: name, class: classOf(fieldTail(strings.TrimSuffix(name, "[]")), item)}
		x.fields.put(h, f)
	}
	return f
}

// fieldName is the name that facts know a field by: with its owner where it says nothing without, and with the mark
// of an item. Keys of maps, such as addresses and identifiers, are no names: "*" stands for them.
func fieldName(field, owner string, item bool) string {
	name := field
	if shapeOf(name).isStrong() {
		name = "*"
	}
	if owner != "" && ownerlessWords[field] && !shapeOf(owner).isStrong() {
		name = owner + "." + name
	}
	if item {
		name += "[]"
	}
	return name
}

// fieldTail takes the owner off a qualified name.
func fieldTail(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}
