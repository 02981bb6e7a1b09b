package route

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// plain is how names are compared: without case and joints.
func plain(s string) string { return string(appendPlain(nil, s)) }

func appendPlain(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_', c == '-', c == '.':
		case isUpper(c):
			b = append(b, c|0x20)
		default:
			b = append(b, c)
		}
	}
	return b
}

// singularName makes the last word of a name one.
func singularName(s string) string {
	ws := words(s)
	if len(ws) == 0 {
		return s
	}
	last := ws[len(ws)-1]
	one := singular(last)
	i := strings.LastIndex(strings.ToLower(s), last)
	if one == last || i < 0 {
		return s
	}
	if strings.HasPrefix(last, one) {
		return s[:i] + s[i:i+len(one)] + s[i+len(last):]
	}
	if isUpper(s[i]) {
		one = strings.ToUpper(one[:1]) + one[1:]
	}
	return s[:i] + one + s[i+len(last):]
}

// style is how an API writes names, read from the properties of its bodies.
type style struct {
	bare  bool // references are called customer, not customer_id
	snake bool // words are joined with _, not humps
}

// write joins words in the API's style.
func (s style) write(ws []string) string {
	if s.snake {
		return strings.Join(ws, "_")
	}
	return camel(ws)
}

func camel(ws []string) string {
	var b strings.Builder
	for i, w := range ws {
		if i > 0 && w != "" {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b.WriteString(w)
	}
	return b.String()
}

// namer names the parameters of all templates.
type namer struct {
	d      *decider
	style  style
	uses   map[*place][]FieldUse // fields that hold a parameter's values in any body
	fields map[string]bool       // plain names of fields with scalars
}

// name gives every parameter its name, unique in its path.
func (d *decider) name() {
	n := &namer{d: d, uses: map[*place][]FieldUse{}, fields: map[string]bool{}}
	for _, f := range d.t.index.fields.m {
		n.fields[plain(fieldTail(strings.TrimSuffix(f.name, "[]")))] = true
	}
	var all []*place
	done := map[*place]bool{}
	for _, x := range d.out {
		for _, p := range x.places {
			if p.param != nil && !done[p] {
				done[p] = true
				all = append(all, p)
				n.uses[p] = d.holders(p)
			}
		}
	}
	n.readStyle(all)
	for _, p := range all { // a place comes after those above it
		used := map[string]bool{}
		for q := p.up; q != nil; q = q.up {
			if q.param != nil {
				used[plain(q.param.Name)] = true
			}
		}
		for _, c := range n.candidates(p) {
			if c.name != "" && !used[plain(c.name)] {
				p.param.Name, p.param.NameRule = c.name, c.rule
				break
			}
		}
		if p.param.Name == "" {
			p.param.Name, p.param.NameRule = unique("id", used), "nothing says more"
		}
		if o := d.override2(p); o != "" {
			p.param.Name, p.param.NameRule = o, "corrected"
		}
	}
}

func unique(name string, used map[string]bool) string {
	for i := 2; used[plain(name)]; i++ {
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
	return name
}

// holders counts, by field, the values of a parameter that stood there in any body. Of identifiers it sees a sample.
func (d *decider) holders(p *place) []FieldUse {
	counts := map[string]int64{}
	tally := func(t *thin[*valueFacts], h uint64) {
		if v := t.m[h]; v != nil {
			for _, r := range v.fields {
				if name, ok := d.ranks[r]; ok {
					counts[name]++
				}
			}
		}
	}
	seen := set64{}
	for _, c := range p.members {
		if c.own {
			seen[c.hash] = struct{}{}
		}
		for _, n := range c.nodes {
			for _, h := range n.ids.hash {
				seen[h] = struct{}{}
			}
		}
	}
	for h := range seen {
		tally(&d.t.index.words, h)
		tally(&d.t.index.ids, h)
	}
	return fieldUses(counts)
}

// readStyle looks at how bodies refer to the things that paths name: by customer or by customer_id.
func (n *namer) readStyle(all []*place) {
	bare, id := map[string]bool{}, map[string]bool{}
	for _, p := range all {
		base := plain(singularName(p.noun2()))
		if base == "" || barredWords[base] {
			continue
		}
		if n.fields[base+"id"] {
			id[base] = true
		}
		for _, u := range n.uses[p] {
			if plain(strings.TrimSuffix(u.Field, "[]")) == base {
				bare[base] = true
			}
		}
	}
	n.style.bare = len(bare) >= 2 && len(bare) > 2*len(id)
	snake, hump := 0, 0
	for _, f := range n.d.t.index.fields.m {
		name := fieldTail(f.name)
		switch ws := words(strings.TrimSuffix(name, "[]")); {
		case len(ws) < 2 || !isName(strings.TrimSuffix(name, "[]")):
		case strings.Contains(name, "_"):
			snake++
		case !strings.Contains(name, "-"):
			hump++
		}
	}
	n.style.snake = snake > hump
}

// noun2 is the noun that a parameter is one of: the nearest literal above, or the plural one above a singular.
func (p *place) noun2() string {
	for q := p.up; q != nil && q.up != nil; q = q.up {
		if q.variable() || q.version {
			continue
		}
		up := q.up
		if !isPlural(q.label) && up.up != nil && !up.variable() && !up.version && isPlural(up.label) {
			return up.label
		}
		return q.label
	}
	return ""
}

type candidate struct{ name, rule string }

// candidates lists names for a parameter, the best first.
func (n *namer) candidates(p *place) []candidate {
	if p.param.Multi {
		return n.multiCandidates(p)
	}
	noun := p.noun2()
	base := words(singularName(noun))
	var out []candidate
	put := func(rule string, ws ...string) {
		if len(ws) > 0 && ws[0] != "" {
			out = append(out, candidate{n.style.write(ws), rule})
		}
	}
	after := func(ws ...string) []string { return append(slices.Clone(base), ws...) }
	if n.followed(p) { // owner/repo: the noun is that of the last one
		if w := n.ownerWord(p, base); w != "" {
			put("the property that holds what it names", words(w)...)
		}
		put("stands before one of "+noun, append(slices.Clone(base), "owner")...)
	}
	if w := n.ownField(p, base); w != "" {
		put("a property of that name holds its values", words(w)...)
	}
	if len(base) > 0 && n.style.bare {
		put("one of "+noun, base...)
	}
	field, owner := n.mainField(p)
	ws := words(field)
	switch {
	case len(base) == 0 || field == "":
	case field == "name" && !p.up.variable():
		put("the property that holds it", "name")
		put("one of "+noun+", by name", after("name")...)
	case len(ws) == 1 && genericWords[ws[0]] && ws[0] != "login" && ws[0] != "name":
		if p.up.variable() {
			put("one of "+noun, base...)
		}
		put("one of "+noun+", by "+field, after(ws[0])...)
	case len(ws) > 1 && classOf(field, false)&classID != 0:
		put("the property that holds it", ws...)
	}
	_ = owner
	if len(base) > 0 {
		if n.strong(p) && !p.up.variable() {
			put("one of "+noun, after("id")...)
		}
		put("one of "+noun, base...)
		put("one of "+noun, after("id")...)
		put("one of "+noun, after("name")...)
	}
	put("a value", "id")
	for i := 2; i < maxSegments+2; i++ {
		put("a value", append(slices.Clone(base), "id"+strconv.Itoa(i))...)
	}
	return out
}

func (n *namer) multiCandidates(p *place) []candidate {
	out := []candidate{}
	for _, u := range n.uses[p] {
		if u.Field == "path" || u.Field == "ref" {
			out = append(out, candidate{u.Field, "the property that holds it"})
		}
	}
	return append(out, candidate{"path", "spans slashes"}, candidate{"rest", "spans slashes"})
}

// followed says that another parameter stands right below, so that the noun above is not this one's.
func (n *namer) followed(p *place) bool {
	if p.up == nil || p.up.variable() && p.up.up == nil {
		return false
	}
	for _, x := range n.d.out {
		for i, q := range x.places {
			if q == p && i+1 < len(x.places) && x.places[i+1].param != nil && !x.places[i+1].param.Multi {
				return true
			}
		}
	}
	return false
}

// ownerWord is the property whose object is named by the values: owner in "owner": {"login": …}.
func (n *namer) ownerWord(p *place, base []string) string {
	for _, u := range p.param.Fields {
		if u.Owner != "" && classOf(u.Field, false)&(classID|className) != 0 && plain(u.Owner) != plain(strings.Join(base, "")) {
			return strings.TrimSuffix(u.Owner, "[]")
		}
	}
	for _, u := range p.param.Fields {
		if f := strings.TrimSuffix(u.Field, "[]"); !genericWords[f] && classOf(f, false)&(classID|className|classOther) != 0 {
			return f
		}
	}
	return ""
}

// ownField finds a property called like the noun, or the noun with id, name, …, that holds the values.
func (n *namer) ownField(p *place, base []string) string {
	if len(base) == 0 {
		return ""
	}
	b := plain(strings.Join(base, ""))
	best, bestRank := "", 99
	for _, us := range [][]FieldUse{p.param.Fields, n.uses[p]} {
		for _, u := range us {
			f := strings.TrimSuffix(u.Field, "[]")
			rest, ok := strings.CutPrefix(plain(f), b)
			if !ok || u.Field != f {
				continue
			}
			rank := slices.Index([]string{"", "id", "number", "slug", "key", "uuid", "sha", "name", "code", "handle", "identifier"}, rest)
			if rank >= 0 && rank < bestRank {
				best, bestRank = f, rank
			}
		}
	}
	return best
}

// mainField is the property that holds the segment in most answers to requests with it.
func (n *namer) mainField(p *place) (field, owner string) {
	us := slices.Clone(p.param.Fields)
	slices.SortStableFunc(us, func(a, b FieldUse) int { return cmp.Compare(fieldClassRank(a), fieldClassRank(b)) })
	for _, u := range us {
		if c := fieldClassRank(u); c <= 1 && 2*u.Seen >= us[0].Seen {
			return u.Field, u.Owner
		}
	}
	return "", ""
}

func fieldClassRank(u FieldUse) int {
	c := classOf(u.Field, strings.HasSuffix(u.Field, "[]"))
	switch {
	case c&classID != 0:
		return 0
	case c&className != 0:
		return 1
	}
	return 2
}

// strong says that most of the values look like identifiers.
func (n *namer) strong(p *place) bool {
	strong, weak := 0, 0
	for _, c := range p.members {
		if c.strong() {
			strong += 2
		} else {
			weak++
		}
	}
	return strong > weak
}

// override2 is the name that a person gave.
func (d *decider) override2(p *place) string {
	for i := range d.p.Overrides {
		o := &d.p.Overrides[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if o.Name != "" && len(segs) == p.depth && wild(segs[len(segs)-1]) && o.above(p.up, segs[:len(segs)-1]) {
			return o.Name
		}
	}
	return ""
}
