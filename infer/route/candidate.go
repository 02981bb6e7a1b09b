package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

type candidate struct{ name, rule string }

// candidates lists names for a parameter, the best first.
func (n *namer) candidates(p *place) []candidate {
	if p.param.MultiSegment {
		return n.multiCandidates(p)
	}
	if len(p.parts) > 1 && strings.HasSuffix(p.parts[0].Literal, ".") {
		return []candidate{{"extension", "the ending of a name"}, {"format", "the ending of a name"}}
	}
	of := p.noun2()
	if len(p.parts) > 1 && p.parts[0].Param == nil { // Products(1)
		of = strings.TrimRight(p.parts[0].Literal, "('=")
	}
	l := &nameList{style: n.style, noun: of, base: noun.Words(noun.Singular(of))}
	field := n.mainField(p)
	switch {
	case n.followed(p): // owner/repo: the noun is that of the last one
		if w := n.ownerWord(p, l.base); w != "" {
			l.put("the property that holds what it names", noun.Words(w)...)
		}
		l.like(n, p)
		l.put("stands before one of "+of, "owner")
		l.one("stands before one of ", "owner")
	case p.up.variable() && !n.followed(p.up): // packages/{package}/{version}: the noun is taken
		if field != "" && !genericWords[field] {
			l.put("the property that holds it", noun.Words(field)...)
		}
		l.like(n, p)
		if f := strings.ToLower(field); genericWords[f] {
			l.one("something of one of ", f)
		}
		if f := p.param.Format; f == "date" || f == "email" || f == "ip" {
			l.put("what it looks like", f)
		}
		l.one("something of one of ", "item")
		return append(l.out, candidate{"id", "a value"})
	}
	if w := n.aboveField(p); w != "" && !n.fields[plain(strings.Join(l.base, ""))+"id"] {
		l.put("a property called like a segment above holds its values", noun.Words(w)...)
	}
	if f := strings.ToLower(field); genericWords[f] && classOf(f, false) == classID && f != "login" && f != "slug" && (!n.style.bare || ownIDWords[f]) {
		l.byField(n, p, field)
	}
	if w := n.ownField(p, l.base); w != "" {
		l.put("a property of that name holds its values", noun.Words(w)...)
	}
	if n.style.bare {
		l.one("one of ")
	}
	l.byField(n, p, field)
	l.like(n, p)
	if n.strong(p) && !p.up.variable() {
		l.one("one of ", "id")
	}
	l.one("one of ")
	l.one("one of ", "id")
	l.one("one of ", "name")
	return append(l.out, candidate{"id", "a value"})
}

// nameList collects candidates.
type nameList struct {
	style style
	noun  string
	base  []string // words of the noun, made one
	out   []candidate
}

func (l *nameList) put(rule string, ws ...string) {
	if len(ws) > 0 && ws[0] != "" {
		l.out = append(l.out, candidate{l.style.write(ws), rule})
	}
}

// one puts the noun with words after it.
func (l *nameList) one(rule string, after ...string) {
	if len(l.base) > 0 {
		l.put(rule+l.noun, append(slices.Clone(l.base), after...)...)
	}
}

// byField names a parameter by the property that holds its values.
func (l *nameList) byField(n *namer, p *place, field string) {
	ws := noun.Words(field)
	switch {
	case len(ws) == 0:
	case len(l.base) == 0:
		l.put("the property that holds it", ws...)
	case len(ws) > 1 && ws[len(ws)-2] == l.base[len(l.base)-1]:
		l.one("the property that holds it, one of ", ws[len(ws)-1])
	case len(ws) > 1 && classOf(field, false)&classID != 0:
		if name := n.nouns[l.noun+n.kind(p)]; name != "" {
			l.out = append(l.out, candidate{name, "named as below the same noun elsewhere"})
		}
		l.put("the property that holds it", ws...)
	case len(ws) > 1 && (len(l.base) > 1 || len(l.base[0]) > 2):
	case p.up.variable():
		l.one("one of ")
	case ws[0] == "name" && n.style.named && !n.inner[p]:
		l.put("the property that holds it, as everywhere", "name")
	case ws[0] == "name" && nameWords[l.base[len(l.base)-1]]: // a branch, a tag: the word is the name
		l.one("one of ")
	case ws[0] == "name":
		l.one("the property that holds it, one of ", "name")
	case len(l.base) == 1 && len(l.base[0]) <= 2: // /r/{…}, /u/{…}
		l.put("the property that holds it", ws...)
	case (ws[0] == "login" || ws[0] == "username") && len(l.base) == 1 && personWords[l.base[0]]:
		l.put("people by login", "username")
	case ws[0] == "login", ws[0] == "username":
	case genericWords[ws[0]]:
		l.one("the property that holds it, one of ", ws[0])
	case !slices.Contains(l.base, ws[0]):
		l.put("the property that holds it", ws...)
	}
}

// like puts the name of another parameter with the same values, or below the same noun.
func (l *nameList) like(n *namer, p *place) {
	if name := n.alike(p); name != "" {
		l.out = append(l.out, candidate{name, "named as where its values stand elsewhere"})
	}
	if name := n.nouns[l.noun+n.kind(p)]; name != "" && !p.up.variable() && n.below[p] == nil && len(p.param.Fields) == 0 {
		l.out = append(l.out, candidate{name, "named as below the same noun elsewhere"})
	}
}

// alike is the name of another parameter that most of the values stand for, too.
func (n *namer) alike(p *place) string {
	best, most := "", 0
	counts := map[string]int{}
	for _, c := range p.members {
		if !c.own || routeWords[c.plain] { // default, latest, …: of anything
			continue
		}
		for _, q := range n.named[c.hash] {
			if q != p && (n.below[q] != nil) == (n.below[p] != nil) {
				counts[q.param.Name]++
			}
		}
	}
	for name, k := range counts {
		if k > most || k == most && name < best {
			best, most = name, k
		}
	}
	if 2*most <= len(p.members) {
		return ""
	}
	return best
}

// multiCandidates names a parameter that spans slashes.
func (n *namer) multiCandidates(p *place) []candidate {
	var out []candidate
	for _, u := range n.uses[p] {
		if u.Field == "path" || u.Field == "ref" {
			out = append(out, candidate{u.Field, "the property that holds it"})
		}
	}
	return append(out, candidate{"path", "spans slashes"}, candidate{"rest", "spans slashes"})
}
