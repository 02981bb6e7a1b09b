package route

import (
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// Property is a handle on a position in bodies that holds strings or integers. Making one handle
// for each position saves looking up names for each value. A handle belongs to one Tree.
type Property struct {
	facts     *fieldFacts // nil until the first value
	rank      uint64      // of facts
	lastValue uint64      // the last key in Tree.recentValues; its lowest bit means: strong shape
	name      uint64      // hash of the field name
	topAtLeaf *node       // the node whose topProperties already have it
	top       bool
	item      bool
	isPath    bool       // see isPathField
	names     *[2]string // field and owner, as long as facts is nil
}

// NewProperty returns a handle on a position. field is the name of the property that holds the
// values or their list, "" at the root. owner is the name of the property that holds the object (or
// its list) around it, "" at the root. item reports whether the values are elements of a list, top
// whether field is a property of the top-level object.
func NewProperty(field, owner string, item, top bool) *Property {
	return &Property{names: &[2]string{field, owner}, item: item, top: top && !item, name: bottomk.Hash(field),
		isPath: isPathField(field)}
}

// Count counts n repeats of the value that the position held last.
func (p *Property) Count(n int) {
	p.facts.values += int64(n)
	if p.lastValue&1 != 0 {
		p.facts.idLike += int64(n)
	}
}

// fieldFacts returns the facts about the field. It creates them if necessary. Facts that the index
// has dropped stay dropped; counting on them has no effect.
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

// fieldKey identifies a field by its name and owner in bodies.
type fieldKey struct {
	field, owner string
	item         bool
}

// field returns the facts about a field by its qualified name. It creates them if necessary.
func (x *index) field(name string, item bool) *fieldFacts {
	h := bottomk.Hash(name)
	f := x.fields.entries[h]
	if f == nil {
		f = &fieldFacts{name: name, class: classOf(fieldTail(strings.TrimSuffix(name, "[]")), item)}
		x.fields.put(h, f)
	}
	return f
}

// fieldName returns the qualified name of a field: with its owner if the name means little without
// it, and with [] for elements of a list. Map keys such as addresses and identifiers are not names;
// "*" replaces them.
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

// fieldTail removes the owner from a qualified name.
func fieldTail(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
