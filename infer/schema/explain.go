package schema

import (
	"cmp"
	"fmt"
	"strings"
)

// Evidence is one reason for a part of a schema. Its texts hold names, counts and values of enums,
// but no other values.
type Evidence struct {
	// Pointer locates the part of the body: "" is the body, "/items/-/id" the id of each element of
	// items, "/labels/*" each value of the map labels. Names are escaped as in RFC 6901.
	Pointer string
	// Rule is one of "entity", "alternatives", "map", "required", "optional", "nullable", "kind",
	// "format", "enum" and "assumed" (taken from properties of similar names).
	Rule   string
	Result string
	// For and Against count the evidence for and against the result, in the unit that Text names.
	For, Against int64
	Text         string
}

// Explain returns the evidence for the schema of one body, given by its index, from the top down. A
// component is explained where it first occurs. It costs about as much as deciding one body.
func (d *Decision) Explain(body int) []Evidence {
	if d.graph == nil {
		return nil
	}
	for i, o := range d.graph.bodyOrder {
		if o == body && d.graph.bodyRoots[i] >= 0 {
			x := &explainer{graph: d.graph, componentNames: d.componentNames, visited: map[int32]bool{}}
			x.explainPosition(d.graph.bodyRoots[i], "")
			return x.out
		}
	}
	return nil
}

// explainer collects the evidence for one body.
type explainer struct {
	graph          *graph
	componentNames map[int32]string
	visited        map[int32]bool
	out            []Evidence
}

// add adds one piece of evidence.
func (x *explainer) add(at, rule, result string, support, against int64, format string, args ...any) {
	x.out = append(x.out, Evidence{at, rule, result, support, against, fmt.Sprintf(format, args...)})
}

// explainPosition adds the evidence for the position p and everything below.
func (x *explainer) explainPosition(p int32, at string) {
	g := x.graph
	p = g.findPosition(p)
	if source := g.positions[p].sameAs; source >= 0 {
		x.add(at, "assumed", "as elsewhere", 0, 0,
			"only null was seen here; all other properties of this name have one type")
		return
	}
	if k := g.positions[p].assumedKind; k != 0 {
		x.add(at, "assumed", Describe(&Schema{Kind: k}), 0, 0,
			"only null was seen here; properties of this name, or whose names end in the same word, have this type")
		return
	}
	f := g.pooledFacts(p)
	total := int64(0)
	for _, c := range f.kinds {
		total += int64(c)
	}
	if n := int64(f.kinds[kindNull]); n > 0 {
		x.add(at, "nullable", "nullable", n, total-n, "values that are null")
	}
	if s := g.scalarSchema(p, f); s != nil {
		x.explainScalar(p, f, s, at)
	}
	if it := g.positions[p].items; it >= 0 {
		x.explainPosition(it, at+"/-")
	}
	if g.positions[p].isMixed {
		x.add(at, "alternatives", "any record", int64(f.kinds[kindObject]), 0,
			"objects, of which some have the properties of records of one collection and some those of another")
		return
	}
	rs := g.clustersAt(p)
	if len(rs) > 1 {
		x.add(at, "alternatives", fmt.Sprint(len(rs), " kinds of records"), int64(f.kinds[kindObject]), 0,
			"objects, distinguished by %s: each value has its own properties or types",
			tagName(g.clusters[rs[0]].tags[0]))
	}
	for _, c := range rs {
		x.explainCluster(c, at)
	}
}

// explainScalar adds the evidence for the scalar schema s of position p with facts f.
func (x *explainer) explainScalar(p int32, f *valueFacts, s *Schema, at string) {
	count := int64(f.kinds[kindString])
	if f.kinds[kindNumber] > 0 && f.kinds[kindInteger] > 0 {
		x.add(at, "kind", "number", int64(f.kinds[kindNumber]), int64(f.kinds[kindInteger]),
			"numbers with a fraction")
	}
	if x.graph.fractional[p] {
		x.add(at, "kind", "number", 0, int64(f.kinds[kindInteger]),
			"whole numbers, but the name means money, and other numbers of the record have fractions")
	}
	if f.strings == nil {
		return
	}
	if s.AnyOf != nil { // a format or the empty string
		count, s = count-int64(f.strings.empty), s.AnyOf[0]
	}
	if s.Format != "" {
		for i, name := range formatNames {
			if name == s.Format {
				n := int64(f.strings.formatCounts[i])
				x.add(at, "format", name, n, count-n, "strings with this format, about %.0f distinct",
					f.strings.values.distinct())
			}
		}
	}
	seen := fmt.Sprintf("strings in %d exchanges, %d values, %d of them seen once", f.exchanges,
		len(f.strings.values.entries), f.strings.values.countUpTo(1))
	if s.Enum != nil {
		x.add(at, "enum", fmt.Sprint(s.Enum), count, 0, "%s; properties of the same name share their evidence", seen)
	}
}

// explainCluster adds the evidence for cluster c.
func (x *explainer) explainCluster(c int32, at string) {
	g := x.graph
	cl := &g.clusters[c]
	if len(cl.positions) > 1 {
		name := cmp.Or(x.componentNames[c], "one record")
		x.add(at, "entity", name, int64(len(cl.positions)), 0,
			"positions hold the same thing; their facts are pooled")
	}
	if x.visited[c] {
		return
	}
	x.visited[c] = true
	if cl.isMap {
		x.add(at, "map", "map", g.distinctNames(c), 0, "distinct names: %s", cl.mapReason)
	}
	exchanges, always := g.exchangeCounts(c)
	required := g.requiredMembers(c)
	for i, m := range cl.members {
		sub := at + "/" + EscapePointer(g.names[m.name])
		n := int64(always[i])
		rule, text := "optional", "exchanges in which all objects had it"
		switch {
		case required[i]:
			rule = "required"
		case n == int64(exchanges):
			text += ": " + g.optionalReason(c, m.name, int(exchanges))
		}
		x.add(sub, rule, rule, n, int64(exchanges)-n, "%s", text)
		x.explainPosition(m.position, sub)
	}
	if g.hasVisiblePool(c) {
		x.explainPosition(cl.pool, at+"/*")
	}
}

// distinctNames returns how many names the values of a map have.
func (g *graph) distinctNames(c int32) int64 {
	names := map[string]bool{}
	var pooled valueSample
	for _, r := range g.clusters[c].facts {
		if r.pool != nil {
			pooled.merge(&r.pool.names, false)
		}
		for _, s := range r.properties {
			names[s.name.text] = true
		}
	}
	return int64(len(names)) + int64(pooled.distinct())
}

// EscapePointer escapes a name for a JSON Pointer (RFC 6901, section 3).
func EscapePointer(name string) string { return pointerEscaper.Replace(name) }

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// spokenKinds holds the names of kinds in the order in which they are listed.
var spokenKinds = []struct {
	kind Kind
	name string
}{
	{Object, "object"}, {Array, "array"}, {String, "string"}, {Number, "number"},
	{Integer, "integer"}, {Boolean, "boolean"},
}

// Describe returns a schema in a few words.
func Describe(s *Schema) string {
	switch {
	case s == nil:
		return "opaque"
	case s.Ref != "":
		return s.Ref
	case len(s.AnyOf)+len(s.OneOf) > 0:
		return "one of several"
	}
	var kinds []string
	for _, k := range spokenKinds {
		if s.Kind&k.kind != 0 {
			kinds = append(kinds, k.name)
		}
	}
	text := strings.Join(kinds, " or ")
	switch {
	case text == "":
		return "anything"
	case s.Format != "":
		text += " (" + s.Format + ")"
	case len(s.Enum) > 0:
		text += fmt.Sprintf(" (one of %d values)", len(s.Enum))
	}
	if s.Kind == Array && s.Items != nil {
		text += " of " + Describe(s.Items)
	}
	return text
}
