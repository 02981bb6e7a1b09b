package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// unknownKey is what two positions must have in common for one to show the schema of the other.
type unknownKey struct {
	field  int32
	noun   string // at the top of responses, instead of name
	depth  int32
	domain domain
	lists  bool // among positions that are lists only, else among all
}

// unknownKeyOf returns the key of a position, or false if other positions show nothing about it.
func (g *graph) unknownKeyOf(p int32) (unknownKey, bool) {
	w := &g.positions[p].origin
	if w.isMapValue || g.isMapValue(w) {
		return unknownKey{}, false
	}
	k := unknownKey{field: w.name, depth: w.arrayDepth, domain: domainOf(&g.bodies[w.body])}
	if w.name < 0 {
		ns := g.bodies[w.body].Nouns
		if len(ns) == 0 || k.domain != domainResponse {
			return unknownKey{}, false
		}
		k.noun = ns[0]
	}
	return k, true
}

// fillUnknown takes what a position does not show from positions of the same name: the items of
// lists that were always empty, the schema or kind of values that were always null. All positions
// of the name must agree.
func (g *graph) fillUnknown() {
	known := map[unknownKey]*namesakes{}
	var unknown []int32
	for i := range g.positions {
		p := int32(i)
		if g.positions[p].parent != p {
			continue
		}
		k, ok := g.unknownKeyOf(p)
		if !ok {
			continue
		}
		if g.isUnknown(p) {
			unknown = append(unknown, p)
			continue
		}
		for _, lists := range []bool{false, true} {
			k.lists = lists
			if lists && g.positions[p].types != typeArray {
				continue
			}
			if known[k] == nil {
				known[k] = &namesakes{owners: map[int32]bool{}}
			}
			g.addNamesake(known[k], p)
		}
	}
	for _, p := range unknown {
		k, _ := g.unknownKeyOf(p)
		k.lists = slices.ContainsFunc(g.positions[p].facts, func(n *valueFacts) bool { return n.kinds[kindArray] > 0 }) // empty ones
		same := known[k]
		switch {
		case same == nil || same.differ:
		case k.lists:
			g.positions[p].items = g.positions[same.positions[0]].items
		case k.field < 0:
		case g.isSameProperty(p, same):
			g.positions[p].sameAs = same.positions[0]
		case same.null:
			g.positions[p].assumedKind = kindOfTypes(g.positions[same.positions[0]].types)
		}
	}
}

const (
	maxNamesakes       = 64 // positions of one name whose records are compared
	minOwnerSimilarity = .5 // Jaccard similarity of two records, for their properties to be the same
)

// namesakes are the positions of one name whose schema is known.
type namesakes struct {
	positions []int32        // the first ones
	owners    map[int32]bool // the records that hold these
	differ    bool           // their schemas differ
	null      bool           // null was seen at one of them
}

// addNamesake adds a position.
func (g *graph) addNamesake(same *namesakes, p int32) {
	if len(same.positions) > 0 && !same.differ {
		same.differ = !g.haveSameSchema(same.positions[0], p, 0)
	}
	if len(same.positions) < maxNamesakes {
		same.positions = append(same.positions, p)
		if owner := g.positions[p].origin.owner; owner >= 0 {
			same.owners[g.findCluster(owner)] = true
		}
	}
	pos := &g.positions[p]
	for _, facts := range [][]*valueFacts{pos.facts, pos.mirrored} {
		same.null = same.null || slices.ContainsFunc(facts, func(f *valueFacts) bool { return f.kinds[kindNull] > 0 })
	}
}

// isSameProperty reports whether a property that was only ever null has the schema of others with
// its name. Objects and lists are known by the name that they share, and a name of several words
// has one meaning. A scalar with a common name (type) must be in a record that is like one of
// theirs.
func (g *graph) isSameProperty(p int32, same *namesakes) bool {
	const scalars = typeBoolean | typeNumber | typeString
	if g.positions[same.positions[0]].types&scalars == 0 || len(noun.Words(g.names[g.positions[p].origin.name])) > 1 {
		return true
	}
	owner := g.positions[p].origin.owner
	if owner < 0 {
		return false
	}
	for other := range same.owners {
		if g.jaccard(g.findCluster(owner), other) >= minOwnerSimilarity {
			return true
		}
	}
	return false
}

// kindOfTypes returns the scalar kind of one type, or 0.
func kindOfTypes(types uint8) Kind {
	switch types {
	case typeBoolean:
		return Boolean
	case typeNumber:
		return Number
	case typeString:
		return String
	}
	return 0
}

// isUnknown reports whether a position only ever held null or empty lists, in mirrored requests
// too.
func (g *graph) isUnknown(p int32) bool {
	pos := &g.positions[p]
	isText := func(n *valueFacts) bool { return n.isText }
	return pos.types == 0 && len(pos.clusters) == 0 && pos.items < 0 &&
		!slices.ContainsFunc(pos.facts, isText) && !slices.ContainsFunc(pos.mirrored, isText)
}

// haveSameSchema reports whether two positions have the same types and clusters.
func (g *graph) haveSameSchema(a, b int32, depth int) bool {
	a, b = g.findPosition(a), g.findPosition(b)
	if a == b {
		return true
	}
	p, q := &g.positions[a], &g.positions[b]
	if p.types != q.types || depth > 4 || (p.items < 0) != (q.items < 0) ||
		!slices.Equal(g.clustersAt(a), g.clustersAt(b)) {
		return false
	}
	return p.items < 0 || g.haveSameSchema(p.items, q.items, depth+1)
}
