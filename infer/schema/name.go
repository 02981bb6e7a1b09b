package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// vague names say nothing without the name of what they are of.
var vague = map[string]bool{"data": true, "attribute": true, "attributes": true, "item": true, "items": true, "config": true,
	"configuration": true, "object": true, "value": true, "values": true, "result": true, "results": true, "response": true, "entry": true,
	"entries": true, "node": true, "nodes": true, "spec": true, "status": true, "option": true, "options": true, "property": true, "properties": true,
	"setting": true, "settings": true, "detail": true, "details": true, "info": true, "param": true, "params": true, "parameter": true,
	"parameters": true, "content": true, "contents": true, "payload": true, "body": true, "link": true, "links": true, "meta": true,
	"metadata": true, "self": true, "type": true, "target": true, "source": true, "from": true, "to": true, "list": true,
	"element": true, "record": true, "row": true, "rows": true, "field": true, "fields": true, "param_s": true, "args": true,
	"condition": true, "conditions": true, "summary": true, "state": true, "context": true, "input": true, "output": true,
	"request": true, "definition": true, "template": true, "extra": true, "edge": true, "edges": true, "child": true, "children": true,
	"parent": true, "left": true, "right": true, "next": true, "previous": true, "prev": true, "first": true, "last": true,
	"relationship": true, "relationships": true, "embedded": true, "included": true, "resource": true, "resources": true, "owner": true, "v1": true}

// namer gives clusters the names of components.
type namer struct {
	g     *graph
	tag   map[int32]string // of alternatives, the property that tells them apart
	base  map[int32]string // name of a cluster before doubles are told apart; "" while being found
	votes map[int32][]vote
	spelt map[string]string // how the API itself writes the names of its things, by their letters
	about map[string]int32  // family → the record that its answers are about
}

// vote is a name that some places suggest.
type vote struct {
	name  string
	count int
}

func newNamer(g *graph, tag map[int32]string) *namer {
	n := &namer{g: g, tag: tag, base: map[int32]string{}, votes: map[int32][]vote{}, spelt: map[string]string{}, about: map[string]int32{}}
	for i := range g.clusters {
		for _, t := range g.clusters[i].tags {
			if name := tagValue(t); speaking[tagName(t)] && isCapital(name) && wholeName(name) {
				if l := strings.ToLower(name); n.spelt[l] == "" || name < n.spelt[l] {
					n.spelt[l] = name
				}
			}
		}
	}
	for i, root := range g.roots {
		p := &g.positions[i]
		if root < 0 || p.Role != Response || p.Family == "" {
			continue
		}
		if _, known := n.about[p.Family]; known {
			continue
		}
		for _, c := range g.told(root) {
			if !g.isEnvelope(c) && !g.isWrapper(c) && !g.clusters[c].isMap {
				n.about[p.Family] = c
				break
			}
		}
	}
	return n
}

// wholeName says that a text is letters and digits only.
func wholeName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !letter(s[i]) && classOf[s[i]] != inDigit {
			return false
		}
	}
	return true
}

// camel is a name as a type is named, spelt as the API itself spells it: clusterroles hold a ClusterRole.
func (n *namer) camel(name string) string {
	out := camel(name)
	if own := n.spelt[strings.ToLower(out)]; own != "" {
		return own
	}
	return out
}

// names gives each of the clusters its own name. It depends on the facts alone.
func (g *graph) componentNames(cs []int32, tag map[int32]string) map[int32]string {
	n := newNamer(g, tag)
	order := slices.Clone(cs)
	for _, c := range order {
		n.name(c)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch x, y := n.itsOwn(a) != "", n.itsOwn(b) != ""; {
		case x && !y:
			return -1
		case y && !x:
			return 1
		case x && len(g.clusters[a].props) != len(g.clusters[b].props): // the whole thing before what is told of it
			return cmp.Compare(len(g.clusters[b].props), len(g.clusters[a].props))
		}
		x, y := len(g.clusters[a].homes), len(g.clusters[b].homes)
		if x != y {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(a, b)
	})
	taken := map[string]bool{}
	by := map[string]int32{}
	out := map[int32]string{}
	for _, c := range order {
		choices := n.choices(c)
		if first, ok := by[choices[0]]; ok { // the same thing, told at more or less length
			suffix := "Detail"
			if len(g.clusters[c].props) < len(g.clusters[first].props) {
				suffix = "Summary"
			}
			choices = append(choices, choices[0]+suffix)
		} else {
			by[choices[0]] = c
		}
		for _, name := range choices {
			if !taken[strings.ToLower(name)] {
				out[c] = name
				break
			}
		}
		if out[c] == "" {
			base := n.name(c)
			for i := 2; ; i++ {
				if name := base + strconv.Itoa(i); !taken[strings.ToLower(name)] {
					out[c] = name
					break
				}
			}
		}
		taken[strings.ToLower(out[c])] = true
	}
	return out
}

// ballot counts the names that the places of a cluster suggest, the most frequent first, ties by letter.
func (n *namer) ballot(c int32) []vote {
	if v, ok := n.votes[c]; ok {
		return v
	}
	n.votes[c] = nil // a list of itself finds nothing here
	counts := map[string]int{}
	if name := n.itsOwn(c); name != "" {
		counts[name] = ownVotes
	}
	for _, h := range n.g.clusters[c].homes {
		if o := n.g.places[h].where.owner; o >= 0 && n.g.of(o) == c {
			continue // within itself: replies are comments
		}
		if name := n.suggest(c, h); name != "" {
			counts[name] += n.weight(h)
		}
	}
	var vs []vote
	for name, count := range counts {
		vs = append(vs, vote{name, count})
	}
	slices.SortFunc(vs, func(a, b vote) int {
		if x, y := vague[a.name] || dangles(a.name), vague[b.name] || dangles(b.name); x != y && a.count < ownVotes && b.count < ownVotes {
			if x {
				return 1
			}
			return -1
		}
		if a.count != b.count {
			return cmp.Compare(b.count, a.count)
		}
		return strings.Compare(a.name, b.name)
	})
	n.votes[c] = vs
	return vs
}

// dangles says that a name ends in a preposition, so that it says what a thing is for and not what it is: ship_to.
func dangles(name string) bool {
	switch name[strings.LastIndexByte(name, '_')+1:] {
	case "to", "from", "by", "of", "for", "on", "at", "in", "with", "as":
		return strings.Contains(name, "_")
	}
	return false
}

// weight is how much the name that a place suggests counts: one thing of a collection is called so, /accounts/{id}, while
// /accounts/me is but a way to say it.
func (n *namer) weight(h int32) int {
	w := &n.g.places[h].where
	if p := &n.g.positions[w.pos]; w.field < 0 && p.Item {
		return 3
	}
	return 1
}

// ownVotes is more than there are places.
const ownVotes = 1 << 30

// speaking are the tags whose values name the thing itself, where it has one.
var speaking = map[string]bool{"__typename": true, "object": true, "kind": true, "@type": true, "resourceType": true, "objectType": true, "object_type": true}

// itsOwn is the name that a record gives itself by a tag, or a page of a list by what it lists.
func (n *namer) itsOwn(c int32) string {
	cl := &n.g.clusters[c]
	if len(cl.tags) == 1 && speaking[tagName(cl.tags[0])] {
		name := tagValue(cl.tags[0])
		name = name[strings.LastIndexAny(name, "/#")+1:]
		plain := tagName(cl.tags[0]) == "kind" && name == tagValue(cl.tags[0]) && !isCapital(name) // a kind of what it is called
		if name = lower(name); !envelope[name] && name != "" && !plain {
			return name
		}
	}
	if item := n.g.listed(c); item >= 0 && item != c && cl.domain == inResponse {
		if vs := n.ballot(item); len(vs) > 0 && !vague[vs[0].name] {
			return noun.One(vs[0].name) + "_list"
		}
	}
	return ""
}

// listed is the record that a page of a list holds under a name that says nothing; -1 for none.
func (g *graph) listed(c int32) int32 {
	if !g.isWrapper(c) {
		return -1
	}
	for _, m := range g.clusters[c].props {
		if it := g.places[g.at(m.place)].items; it >= 0 && envelope[g.lower[m.key]] {
			if rs := g.inside(g.at(it)); len(rs) == 1 {
				return rs[0]
			}
		}
	}
	return -1
}

// suggest is what a record is called at one of its places, in lower-case words.
func (n *namer) suggest(c, h int32) string {
	w := &n.g.places[h].where
	if n.g.inMap(w) {
		return noun.One(n.suggest(n.g.of(w.owner), n.g.clusters[w.owner].home))
	}
	if w.field >= 0 {
		name := n.g.lower[w.field]
		if envelope[name] && n.g.positions[w.pos].Role == Response {
			if top := n.enveloped(w); top != "" {
				return top
			}
		}
		if w.depth > 0 || w.values {
			name = noun.One(name)
		}
		return name
	}
	p := &n.g.positions[w.pos]
	if len(p.Nouns) == 0 {
		return ""
	}
	if p.Role == Request && w.depth == 0 && !w.values {
		if a, ok := n.about[p.Family]; ok && n.g.of(a) != c && n.g.shared(n.g.of(a), c) > 0 {
			if vs := n.ballot(n.g.of(a)); len(vs) > 0 && !vague[vs[0].name] {
				return vs[0].name
			}
		}
	}
	thing := lower(p.Nouns[0])
	if w.depth > 0 && noun.One(thing) == thing && len(p.Nouns) > 1 {
		if before := lower(p.Nouns[1]); noun.One(before) != before { // /users/{}/events/public lists events
			thing = before
		}
	}
	switch {
	case w.depth > 0 || w.values:
		return noun.One(thing)
	case n.g.isEnvelope(c) && p.Role == Response:
		return noun.One(thing) + "_response"
	case p.Item || p.Method != "GET":
		return noun.One(thing)
	case n.g.isWrapper(c):
		return noun.One(thing) + "_list"
	}
	return thing
}

// envelope names the property of an answer that holds the thing itself.
var envelope = map[string]bool{"data": true, "result": true, "results": true, "item": true, "items": true, "payload": true, "response": true,
	"value": true, "values": true, "records": true, "rows": true, "entries": true, "list": true, "object": true, "content": true, "resource": true, "resources": true}

// enveloped is the name of the thing in an envelope at the top of an answer.
func (n *namer) enveloped(w *where) string {
	if w.owner < 0 {
		return ""
	}
	o := n.g.of(w.owner)
	if !n.g.isWrapper(o) && !n.g.isEnvelope(o) {
		return ""
	}
	for _, h := range n.g.clusters[o].homes {
		if v := &n.g.places[h].where; v.field < 0 && v.depth == 0 && v.pos == w.pos {
			ns := n.g.positions[w.pos].Nouns
			if len(ns) == 0 || n.g.isWrapper(o) && noun.One(lower(ns[0])) == lower(ns[0]) {
				return "" // the items of a cart are no carts
			}
			return noun.One(lower(ns[0]))
		}
	}
	return ""
}

// name is the name of a cluster by its places, with its owner's before it where it says too little.
func (n *namer) name(c int32) string {
	c = n.g.of(c)
	if s, ok := n.base[c]; ok {
		return s
	}
	n.base[c] = ""
	vs := n.ballot(c)
	name := "object"
	if len(vs) > 0 {
		name = vs[0].name
	}
	if v := n.g.valueType(c); v != "" && n.tag[c] == "" {
		n.base[c] = v + n.suffix(c, v)
		return n.base[c]
	}
	out := n.byTag(c, name)
	if n.oneOfMany(c, vs) {
		o := n.owner(c)
		if out = noun.Singular(o); out == o {
			out += "Entry"
		}
		out += n.suffix(c, out)
		n.base[c] = out
		return out
	}
	switch d := n.g.clusters[c].domain; {
	case d == inError && n.atTop(c):
		out = "Error"
	case n.tag[c] == "" && vague[name] && n.itsOwn(c) == "":
		if o := n.owner(c); o != out {
			out = o + out
		}
	}
	out += n.suffix(c, out)
	n.base[c] = out
	return out
}

// oneOfMany says that a record is called otherwise at each of its places, all of them in one other record: core, search
// and graphql of limits are limits.
func (n *namer) oneOfMany(c int32, vs []vote) bool {
	if len(vs) < 3 || n.tag[c] != "" || vs[0].count > 1 {
		return false
	}
	owner := n.g.soleOwner(c)
	return owner >= 0 && owner != c
}
