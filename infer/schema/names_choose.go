package schema

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// baseName returns the name of a cluster before duplicates are resolved. It includes the owner's
// name if its own is generic.
func (n *namer) baseName(c int32) string {
	c = n.graph.findCluster(c)
	if s, ok := n.baseNames[c]; ok {
		return s
	}
	n.baseNames[c] = ""
	vs := n.nameVotes(c)
	name := n.plainName(c)
	if len(vs) > 0 {
		name = vs[0].name
	}
	if v := n.graph.valueTypeName(c); v != "" && n.tagNames[c] == "" {
		n.baseNames[c] = v + n.suffix(c, v)
		return n.baseNames[c]
	}
	out := n.tagTypeName(c, name)
	if n.isOneOfMany(c, vs) {
		o := n.ownerName(c)
		if out = noun.Singular(o); out == o {
			out += "Entry"
		}
		out += n.suffix(c, out)
		n.baseNames[c] = out
		return out
	}
	switch d := n.graph.clusters[c].domain; {
	case d == domainError && n.isTopLevel(c):
		out = "Error"
	case n.tagNames[c] == "" && genericNames[name] && n.selfName(c) == "":
		if o := n.ownerName(c); o != out {
			out = o + out
		}
	}
	out += n.suffix(c, out)
	n.baseNames[c] = out
	return out
}

// plainName names a cluster for which no text has a letter that names may have: 商品 has none.
func (n *namer) plainName(c int32) string {
	w := &n.graph.positions[n.graph.clusters[c].positions[0]].origin
	b := &n.graph.bodies[w.body]
	switch method := strings.ToLower(b.Method); {
	case w.name >= 0:
		return "object"
	case w.arrayDepth > 0 || w.isMapValue:
		return method + "_item"
	case b.Role == Response:
		return method + "_response"
	default:
		return method
	}
}

// isOneOfMany reports whether a record has several names, each as often, all of them in one other
// record: core, search and graphql of limits are each a limit.
func (n *namer) isOneOfMany(c int32, vs []vote) bool {
	if len(vs) < 3 || n.tagNames[c] != "" || vs[0].count > vs[len(vs)-1].count {
		return false
	}
	owner := n.graph.soleOwner(c)
	return owner >= 0 && owner != c
}

// tagTypeName names an alternative after the value of its tag: CircleShape is the shape of type
// circle.
func (n *namer) tagTypeName(c int32, name string) string {
	tag, tags := n.tagNames[c], n.graph.clusters[c].tags
	if tag == "" || len(tags) != 1 {
		return n.typeName(name)
	}
	words := lowerWords(tagValue(tags[0]))
	if strings.HasPrefix(name, words) || pascalCase(words) == "" { // an event, which has the same name
		return n.typeName(name)
	}
	value := n.typeName(noun.One(words))
	if tag != "type" || genericNames[name] ||
		strings.Contains(strings.ToLower(value), strings.ReplaceAll(name, "_", "")) {
		return value
	}
	return value + n.typeName(name)
}

// isTopLevel reports whether a cluster is the complete body at one of its positions.
func (n *namer) isTopLevel(c int32) bool {
	return slices.ContainsFunc(n.graph.clusters[c].positions, func(h int32) bool {
		w := n.graph.positions[h].origin
		return w.name < 0 && w.arrayDepth == 0
	})
}

// suffix returns the ending that distinguishes requests and errors from responses.
func (n *namer) suffix(c int32, name string) string {
	switch n.graph.clusters[c].domain {
	case domainRequest, domainPatch:
		switch {
		case !n.isTopLevel(c):
			return "Input"
		case n.graph.clusters[c].domain == domainPatch:
			return "Update"
		}
		return "Request"
	case domainForm:
		return "Form"
	case domainError:
		if !strings.Contains(name, "Error") {
			return "Error"
		}
	}
	return ""
}

// ownerName returns the name of the record that holds a cluster most often, or a noun of the path
// if it stands at the top.
func (n *namer) ownerName(c int32) string {
	counts := map[string]int{}
	for _, h := range n.graph.clusters[c].positions {
		w := &n.graph.positions[h].origin
		if w.owner < 0 {
			p := &n.graph.bodies[w.body]
			for _, above := range p.Nouns[min(1, len(p.Nouns)):] {
				counts[n.typeName(noun.One(lowerWords(above)))]++
				break
			}
			continue
		}
		if o := n.graph.findCluster(w.owner); o != c {
			if name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(n.baseName(o), "Input"),
				"Form"), "Update"); name != "" && name != "Error" {
				counts[strings.TrimSuffix(name, "Request")]++
			}
		}
	}
	best := ""
	for name, count := range counts {
		if best == "" || count > counts[best] || count == counts[best] && name < best {
			best = name
		}
	}
	if best == "" {
		p := &n.graph.bodies[n.graph.positions[n.graph.clusters[c].positions[0]].origin.body]
		if len(p.Nouns) > 0 {
			best = n.typeName(noun.One(lowerWords(p.Nouns[0])))
		}
	}
	return best
}

// nameChoices returns the possible names of a cluster, the best first.
func (n *namer) nameChoices(c int32) []string {
	base := n.baseName(c)
	out := []string{base}
	if stem, ok := strings.CutSuffix(base, "Request"); ok && stem != "" {
		words := noun.Words(stem)
		if v := n.requestVerb(c); v != "" && !noun.IsVerb(words[len(words)-1]) {
			out = append(out, stem+v+"Request")
		}
	}
	if o := n.ownerName(c); o != "" && !strings.HasPrefix(base, o) {
		out = append(out, o+base)
	}
	for i, v := range n.nameVotes(c) {
		if i > 0 && i < 3 && !genericNames[v.name] {
			name := n.typeName(v.name)
			out = append(out, name+n.suffix(c, name))
		}
	}
	return out
}

// requestVerb returns what all requests with a body of this kind do, or "" if they do different
// things.
func (n *namer) requestVerb(c int32) string {
	verb := ""
	for _, h := range n.graph.clusters[c].positions {
		p := &n.graph.bodies[n.graph.positions[h].origin.body]
		v := map[string]string{"POST": "Create", "PUT": "Replace", "PATCH": "Update", "DELETE": "Delete"}[p.Method]
		if p.Method == "POST" && p.Item {
			v = "Update"
		}
		if v == "" || verb != "" && v != verb {
			return ""
		}
		verb = v
	}
	return verb
}
