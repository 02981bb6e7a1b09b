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
	named bool // nearly all things are known by their name
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
	above  map[*place]bool       // parameters with another right below
	inner  map[*place]bool       // parameters with another anywhere below
	nouns  map[string]string     // names that bodies gave, by noun
	named  map[uint64][]*place   // by value: parameters that are named by evidence
}

// name gives every parameter its name, unique in its path.
func (d *decider) name() {
	n := &namer{d: d, uses: map[*place][]FieldUse{}, fields: map[string]bool{}, named: map[uint64][]*place{},
		above: map[*place]bool{}, inner: map[*place]bool{}, nouns: map[string]string{}}
	for _, f := range d.t.index.fields.m {
		n.fields[plain(fieldTail(strings.TrimSuffix(f.name, "[]")))] = true
	}
	var all []*place
	done := map[*place]bool{}
	for _, x := range d.out {
		for i, p := range x.places {
			if p.param != nil && slices.ContainsFunc(x.places[i+1:], func(q *place) bool { return q.param != nil }) {
				n.inner[p] = true
			}
			if p.param != nil && i+1 < len(x.places) && x.places[i+1].param != nil && !x.places[i+1].param.Multi {
				n.above[p] = true
			}
			if p.param != nil && !done[p] {
				done[p] = true
				all = append(all, p)
				n.uses[p] = d.holders(p)
			}
		}
	}
	n.readStyle(all)
	// Those whose values bodies hold come first: others with the same values are called like them.
	for _, p := range all {
		if len(p.param.Fields) > 0 {
			n.give(p)
			if noun := p.noun2() + n.kind(p); p.noun2() != "" && !p.up.variable() && (n.nouns[noun] == "" || p.param.Name < n.nouns[noun]) {
				n.nouns[noun] = p.param.Name
			}
			for _, c := range p.members {
				if c.own {
					n.named[c.hash] = append(n.named[c.hash], p)
				}
			}
		}
	}
	for _, p := range all {
		if len(p.param.Fields) == 0 {
			n.give(p)
		}
	}
	n.settle(all)
}

// give names one parameter.
func (n *namer) give(p *place) {
	if p.second != nil {
		p.param.Name, p.second.Name = "base", "head"
		p.param.NameRule, p.second.NameRule = "a range", "a range"
		return
	}
	p.choices = n.candidates(p)
	p.param.Name, p.param.NameRule = p.choices[0].name, p.choices[0].rule
	if o := n.d.renamed(p); o != "" {
		p.choices = []candidate{{o, "corrected"}}
		p.param.Name, p.param.NameRule = o, "corrected"
	}
}

// settle makes names unique in each path: of two that are equal the lower takes its next choice.
func (n *namer) settle(all []*place) {
	for _, p := range all { // a place comes after those above it
		used := map[string]bool{}
		for q := p.up; q != nil; q = q.up {
			if q.param != nil {
				used[plain(q.param.Name)] = true
			}
			if q.second != nil {
				used[plain(q.second.Name)] = true
			}
		}
		for _, c := range p.choices {
			if p.param.Name = c.name; !used[plain(c.name)] {
				p.param.NameRule = c.rule
				break
			}
		}
		p.param.Name = unique(p.param.Name, used)
		if p.second != nil {
			used[plain(p.param.Name)] = true
			p.second.Name = unique(p.second.Name, used)
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
	for h := range p.values() {
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
	named, other := 0, 0
	for _, p := range all {
		switch n.mainField(p) {
		case "":
		case "name":
			named++
		default:
			other++
		}
	}
	n.style.named = named >= 3 && named > 2*other
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
		if q.variable() || q.version || q.label == "" {
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
	if len(p.parts) > 1 && p.parts[0].Param == nil { // Products(1)
		noun = strings.TrimRight(p.parts[0].Literal, "('=")
	}
	l := &nameList{style: n.style, noun: noun, base: words(singularName(noun))}
	field := n.mainField(p)
	switch {
	case n.followed(p): // owner/repo: the noun is that of the last one
		if w := n.ownerWord(p, l.base); w != "" {
			l.put("the property that holds what it names", words(w)...)
		}
		l.like(n, p)
		if n.strong(p) {
			l.one("stands before another of ", "id")
		}
		l.one("stands before one of ", "owner")
	case p.up.variable() && !n.followed(p.up): // packages/{package}/{version}: the noun is taken
		if field != "" && !genericWords[field] {
			l.put("the property that holds it", words(field)...)
		}
		l.like(n, p)
		if f := strings.ToLower(field); genericWords[f] {
			l.one("something of one of ", f)
		}
		l.one("something of one of ", "item")
		return append(l.out, candidate{"id", "a value"})
	}
	if w := n.aboveField(p); w != "" && !n.fields[plain(strings.Join(l.base, ""))+"id"] {
		l.put("a property called like a segment above holds its values", words(w)...)
	}
	if f := strings.ToLower(field); genericWords[f] && classOf(f, false) == classID && f != "login" && f != "slug" && !n.style.bare {
		l.byField(n, p, field)
	}
	if w := n.ownField(p, l.base); w != "" {
		l.put("a property of that name holds its values", words(w)...)
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
	ws := words(field)
	switch {
	case len(ws) == 0:
	case len(l.base) == 0:
		l.put("the property that holds it", ws...)
	case len(ws) > 1 && slices.Contains(ws[:len(ws)-1], l.base[len(l.base)-1]):
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
	case ws[0] == "name":
		l.one("one of ")
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

// like puts the name of another parameter with the same values.
func (l *nameList) like(n *namer, p *place) {
	best, most := "", 0
	counts := map[string]int{}
	for _, c := range p.members {
		if !c.own {
			continue
		}
		for _, q := range n.named[c.hash] {
			if q != p && n.above[q] == n.above[p] {
				counts[q.param.Name]++
			}
		}
	}
	for name, k := range counts {
		if k > most || k == most && name < best {
			best, most = name, k
		}
	}
	if 2*most > len(p.members) {
		l.out = append(l.out, candidate{best, "named as where its values stand elsewhere"})
	}
	if name := n.nouns[l.noun+n.kind(p)]; name != "" && !p.up.variable() && !n.above[p] && len(p.param.Fields) == 0 {
		l.out = append(l.out, candidate{name, "named as below the same noun elsewhere"})
	}
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
	if !n.above[p] || p.nodesHaveMethods() {
		return false
	}
	for _, c := range p.members {
		for _, e := range c.evidence {
			if e.Rule == ruleParentList {
				return false
			}
		}
	}
	return true
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

// kind tells parameters of one noun apart: the teams by number and the teams by name.
func (n *namer) kind(p *place) string {
	if n.strong(p) {
		return "\x00"
	}
	return ""
}

// aboveField finds a property called like a literal farther above, such as linode_id for linode/instances/{…}, that
// holds the values.
func (n *namer) aboveField(p *place) string {
	noun := p.noun2()
	for q := p.up; q != nil && q.up != nil; q = q.up {
		if q.variable() {
			break
		}
		if q.version || q.label == noun {
			continue
		}
		b := plain(singularName(q.label)) + "id"
		for _, u := range n.uses[p] {
			if plain(u.Field) == b {
				return u.Field
			}
		}
	}
	return ""
}

// mainField is the property that holds the segment in most answers to requests with it, of those that tell things apart.
func (n *namer) mainField(p *place) string {
	us := slices.Clone(p.param.Fields)
	slices.SortStableFunc(us, func(a, b FieldUse) int { return cmp.Compare(fieldClassRank(a), fieldClassRank(b)) })
	for _, u := range us {
		if fieldClassRank(u) <= 1 && 2*u.Seen >= us[0].Seen {
			return strings.TrimSuffix(u.Field, "[]")
		}
	}
	for _, u := range p.param.Fields {
		if name := u.name(); u.Seen >= 2 && n.d.tells(p.up, name) && isName(u.Field) {
			return u.Field
		}
	}
	return ""
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

// renamed is the name that a person gave.
func (d *decider) renamed(p *place) string {
	for i := range d.p.Overrides {
		o := &d.p.Overrides[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if o.Name != "" && len(segs) == p.depth && wild(segs[len(segs)-1]) && o.above(p.up, segs[:len(segs)-1]) {
			return o.Name
		}
	}
	return ""
}
