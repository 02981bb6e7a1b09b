package schema

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// nameVotes counts the names that the positions of a cluster suggest, the most frequent first and
// equal ones in alphabetical order.
func (n *namer) nameVotes(c int32) []vote {
	if v, ok := n.votes[c]; ok {
		return v
	}
	n.votes[c] = nil // ends the recursion for a list of itself
	counts := map[string]int{}
	if name := n.selfName(c); name != "" {
		counts[name] = selfVotes
	}
	for _, h := range n.graph.clusters[c].positions {
		if o := n.graph.positions[h].origin.owner; o >= 0 && n.graph.findCluster(o) == c {
			continue // contained in itself: replies are comments
		}
		if name := n.suggestName(c, h); pascalCase(name) != "" {
			counts[name] += n.voteWeight(h)
		}
	}
	var vs []vote
	for name, count := range counts {
		vs = append(vs, vote{name, count})
	}
	slices.SortFunc(vs, func(a, b vote) int {
		if x, y := isVagueName(a.name), isVagueName(b.name); x != y && a.count < selfVotes && b.count < selfVotes {
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

// isVagueName reports whether a name is generic or states a purpose.
func isVagueName(name string) bool { return genericNames[name] || endsInPreposition(name) }

// endsInPreposition reports whether a name of several words ends in a preposition, so that it
// states a purpose (ship_to).
func endsInPreposition(name string) bool {
	switch name[strings.LastIndexByte(name, '_')+1:] {
	case "to", "from", "by", "of", "for", "on", "at", "in", "with", "as":
		return strings.Contains(name, "_")
	}
	return false
}

// voteWeight returns the weight of the name that a position suggests. One item of a collection
// (/accounts/{id}) outweighs a singleton (/accounts/me).
func (n *namer) voteWeight(h int32) int {
	w := &n.graph.positions[h].origin
	if p := &n.graph.bodies[w.body]; w.name < 0 && p.Item {
		return 3
	}
	return 1
}

// selfVotes outweighs all positions.
const selfVotes = 1 << 30

// namingTags are the tags whose values can name the record itself.
var namingTags = wordSet(`__typename object kind @type resourceType objectType object_type`)

// selfName returns the name that a record states in a tag, or the name of a list wrapper after its
// items.
func (n *namer) selfName(c int32) string {
	cl := &n.graph.clusters[c]
	if len(cl.tags) == 1 && namingTags[tagName(cl.tags[0])] {
		name := tagValue(cl.tags[0])
		name = name[strings.LastIndexAny(name, "/#")+1:]
		// a lower-case kind, which classifies the record and does not name it
		plain := tagName(cl.tags[0]) == "kind" && name == tagValue(cl.tags[0]) && !isCapital(name)
		isShared := noun.IsEnglish(name) || len(cl.facts) > 1 || cl.facts[0].exchanges > 1 // else it may be data of a person
		if name = lowerWords(name); !envelopeNames[name] && pascalCase(name) != "" && !plain && isShared {
			return name
		}
	}
	if item := n.graph.listedCluster(c); item >= 0 && item != c && cl.domain == domainResponse {
		if vs := n.nameVotes(item); len(vs) > 0 && !genericNames[vs[0].name] {
			return noun.One(vs[0].name) + "_list"
		}
	}
	return ""
}

// listedCluster returns the cluster that a list wrapper lists under a generic name, or -1.
func (g *graph) listedCluster(c int32) int32 {
	if !g.isWrapper(c) {
		return -1
	}
	for _, m := range g.clusters[c].members {
		if it := g.positions[g.findPosition(m.position)].items; it >= 0 && envelopeNames[g.lowerNames[m.name]] {
			if rs := g.clustersAt(g.findPosition(it)); len(rs) == 1 {
				return rs[0]
			}
		}
	}
	return -1
}

// suggestName returns the name of a record at one of its positions, in lower-case words.
func (n *namer) suggestName(c, h int32) string {
	w := &n.graph.positions[h].origin
	if n.graph.isMapValue(w) {
		return noun.One(n.suggestName(n.graph.findCluster(w.owner), n.graph.clusters[w.owner].firstPosition))
	}
	if w.name >= 0 {
		name := n.graph.lowerNames[w.name]
		if b := &n.graph.bodies[w.body]; envelopeNames[name] && b.Role == Response && b.Event == "" {
			if top := n.envelopedName(w); top != "" {
				return top
			}
		}
		if w.arrayDepth > 0 || w.isMapValue {
			name = noun.One(name)
		}
		return name
	}
	p := &n.graph.bodies[w.body]
	if len(p.Nouns) == 0 {
		return ""
	}
	if p.Role == Request && w.arrayDepth == 0 && !w.isMapValue {
		if a, ok := n.subjects[p.Family]; ok && n.graph.findCluster(a) != c &&
			n.graph.areOneKind(n.graph.clusters[n.graph.findCluster(a)].members, n.graph.clusters[c].members) {
			if vs := n.nameVotes(n.graph.findCluster(a)); len(vs) > 0 && !genericNames[vs[0].name] {
				return vs[0].name
			}
		}
	}
	word := lowerWords(p.Nouns[0])
	if p.Action != "" {
		if action := n.actionOf(c); action != "" {
			return noun.One(word) + "_" + action
		}
	}
	if pascalCase(word) == "" {
		return ""
	}
	if w.arrayDepth > 0 && noun.One(word) == word && len(p.Nouns) > 1 && !p.Owned {
		if before := lowerWords(p.Nouns[1]); noun.One(before) != before { // /users/{}/events/public lists events
			word = before
		}
	}
	switch {
	case w.arrayDepth > 0 || w.isMapValue:
		return noun.One(word)
	case p.Event != "":
		return word
	case n.graph.isEnvelope(c) && p.Role == Response:
		return noun.One(word) + "_response"
	case p.Item || p.Method != "GET":
		return noun.One(word)
	case n.graph.isWrapper(c):
		return noun.One(word) + "_list"
	}
	return word
}

// actionOf returns the words that begin the names of all actions whose bodies a record is, "" if it
// is something else, too: what is answered to auth-refresh and auth-with-password is an auth.
func (n *namer) actionOf(c int32) string {
	var common []string
	for k, h := range n.graph.clusters[c].positions {
		w := &n.graph.positions[h].origin
		b := &n.graph.bodies[w.body]
		if w.name >= 0 || w.arrayDepth > 0 || len(b.Nouns) == 0 {
			return ""
		}
		words := noun.Words(cmp.Or(b.Action, b.Nouns[0]))
		if k == 0 {
			common = words
		}
		for i := range common {
			if i == len(words) || words[i] != common[i] {
				common = common[:i]
				break
			}
		}
	}
	return strings.Join(common, "_")
}

// envelopeNames are generic properties of a response that hold the thing itself.
var envelopeNames = wordSet(`
	data result results item items payload response value values records rows entries list
	object content resource resources`)

// envelopedName returns the name of the thing in an envelope at the top of a response.
func (n *namer) envelopedName(w *origin) string {
	if w.owner < 0 {
		return ""
	}
	o := n.graph.findCluster(w.owner)
	if !n.graph.isWrapper(o) && !n.graph.isEnvelope(o) {
		return ""
	}
	for _, h := range n.graph.clusters[o].positions {
		if v := &n.graph.positions[h].origin; v.name < 0 && v.arrayDepth == 0 && v.body == w.body {
			ns := n.graph.bodies[w.body].Nouns
			if len(ns) == 0 || n.graph.isWrapper(o) && noun.One(lowerWords(ns[0])) == lowerWords(ns[0]) {
				return "" // the items of a cart are not carts
			}
			return noun.One(lowerWords(ns[0]))
		}
	}
	return ""
}
