package schema

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// byTag names an alternative by the value of its tag: CircleShape is the shape of type circle.
func (n *namer) byTag(c int32, name string) string {
	tag, tags := n.tag[c], n.g.clusters[c].tags
	if tag == "" || len(tags) != 1 {
		return n.camel(name)
	}
	value := n.camel(noun.One(lower(tagValue(tags[0]))))
	if tag != "type" || vague[name] || strings.Contains(strings.ToLower(value), strings.ReplaceAll(name, "_", "")) {
		return value
	}
	return value + n.camel(name)
}

func (n *namer) atTop(c int32) bool {
	for _, h := range n.g.clusters[c].homes {
		if w := n.g.places[h].where; w.field < 0 && w.depth == 0 {
			return true
		}
	}
	return false
}

// suffix tells requests apart from what is answered.
func (n *namer) suffix(c int32, name string) string {
	switch n.g.clusters[c].domain {
	case inRequest, inPatch:
		switch {
		case !n.atTop(c):
			return "Input"
		case n.g.clusters[c].domain == inPatch:
			return "Update"
		}
		return "Request"
	case inForm:
		return "Form"
	case inError:
		if !strings.Contains(name, "Error") {
			return "Error"
		}
	}
	return ""
}

// owner is the name of the record that holds a cluster most often, or of the path at the top.
func (n *namer) owner(c int32) string {
	counts := map[string]int{}
	for _, h := range n.g.clusters[c].homes {
		w := &n.g.places[h].where
		if w.owner < 0 {
			p := &n.g.positions[w.pos]
			for _, above := range p.Nouns[min(1, len(p.Nouns)):] {
				counts[n.camel(noun.One(lower(above)))]++
				break
			}
			continue
		}
		if o := n.g.of(w.owner); o != c {
			if name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(n.name(o), "Input"), "Form"), "Update"); name != "" && name != "Error" {
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
		p := &n.g.positions[n.g.places[n.g.clusters[c].homes[0]].where.pos]
		if len(p.Nouns) > 0 {
			best = n.camel(noun.One(lower(p.Nouns[0])))
		}
	}
	return best
}

// choices lists the names that would do, the best first.
func (n *namer) choices(c int32) []string {
	base := n.name(c)
	out := []string{base}
	if stem, ok := strings.CutSuffix(base, "Request"); ok && stem != "" {
		if verb := n.verb(c); verb != "" {
			out = append(out, stem+verb+"Request")
		}
	}
	if o := n.owner(c); o != "" && !strings.HasPrefix(base, o) {
		out = append(out, o+base)
	}
	for i, v := range n.ballot(c) {
		if i > 0 && i < 3 && !vague[v.name] {
			name := n.camel(v.name)
			out = append(out, name+n.suffix(c, name))
		}
	}
	return out
}

// verb tells what all requests with a body of this kind ask for; "" when they ask for several things.
func (n *namer) verb(c int32) string {
	verb := ""
	for _, h := range n.g.clusters[c].homes {
		p := &n.g.positions[n.g.places[h].where.pos]
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
