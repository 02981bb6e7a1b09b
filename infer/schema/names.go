package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// genericNames say little without the name of their owner.
var genericNames = wordSet(`
	data attribute attributes item items config configuration object value values result results
	response entry entries node nodes spec status option options property properties setting
	settings detail details info param params parameter parameters content contents payload body
	link links meta metadata self type target source from to list element record row rows field
	fields param_s args condition conditions summary state context input output request
	definition template extra edge edges child children parent left right next previous prev
	first last relationship relationships embedded included resource resources owner v1`)

// namer gives names to the clusters that are components.
type namer struct {
	graph     *graph
	tagNames  map[int32]string // for alternatives, the property that distinguishes them
	baseNames map[int32]string // cluster names before duplicates are resolved; "" while being computed
	votes     map[int32][]vote
	spellings map[string]string // lower-case name → how the API itself spells it
	subjects  map[string]int32  // family → the cluster that its responses are about
}

// vote is a name and the weight of the positions that suggest it.
type vote struct {
	name  string
	count int
}

func newNamer(g *graph, tag map[int32]string) *namer {
	n := &namer{graph: g, tagNames: tag, baseNames: map[int32]string{}, votes: map[int32][]vote{},
		spellings: map[string]string{}, subjects: map[string]int32{}}
	for i := range g.clusters {
		for _, t := range g.clusters[i].tags {
			if name := tagValue(t); namingTags[tagName(t)] && isCapital(name) && isAlphanumeric(name) {
				if l := strings.ToLower(name); n.spellings[l] == "" || name < n.spellings[l] {
					n.spellings[l] = name
				}
			}
		}
	}
	for i, root := range g.bodyRoots {
		p := &g.bodies[i]
		if root < 0 || p.Role != Response || p.Family == "" {
			continue
		}
		if _, found := n.subjects[p.Family]; found {
			continue
		}
		for _, c := range g.responseRecords(root) {
			if !g.isEnvelope(c) && !g.isWrapper(c) && !g.clusters[c].isMap {
				n.subjects[p.Family] = c
				break
			}
		}
	}
	return n
}

// isAlphanumeric reports whether a text consists of letters and digits.
func isAlphanumeric(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) && charClass[s[i]] != charDigit {
			return false
		}
	}
	return true
}

// typeName returns a name in the style of type names, spelled as the API itself spells it:
// clusterroles hold a ClusterRole.
func (n *namer) typeName(name string) string {
	out := pascalCase(name)
	if own := n.spellings[strings.ToLower(out)]; own != "" {
		return own
	}
	return out
}

// componentNames gives each cluster a unique name. The names depend on the facts alone.
func (g *graph) componentNames(cs []int32, tag map[int32]string) map[int32]string {
	n := newNamer(g, tag)
	order := slices.Clone(cs)
	for _, c := range order {
		n.baseName(c)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch x, y := n.selfName(a) != "", n.selfName(b) != ""; {
		case x && !y:
			return -1
		case y && !x:
			return 1
		// The complete record comes before a summary of it.
		case x && len(g.clusters[a].members) != len(g.clusters[b].members):
			return cmp.Compare(len(g.clusters[b].members), len(g.clusters[a].members))
		}
		x, y := len(g.clusters[a].positions), len(g.clusters[b].positions)
		if x != y {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(a, b)
	})
	taken := map[string]bool{}
	by := map[string]int32{}
	out := map[int32]string{}
	for _, c := range order {
		choices := n.nameChoices(c)
		if first, ok := by[choices[0]]; ok { // the same thing in more or less detail
			suffix := "Detail"
			if len(g.clusters[c].members) < len(g.clusters[first].members) {
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
			base := n.baseName(c)
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
		if name := n.suggestName(c, h); name != "" {
			counts[name] += n.voteWeight(h)
		}
	}
	var vs []vote
	for name, count := range counts {
		vs = append(vs, vote{name, count})
	}
	slices.SortFunc(vs, func(a, b vote) int {
		if x, y := genericNames[a.name] || endsInPreposition(a.name), genericNames[b.name] ||
			endsInPreposition(b.name); x != y && a.count < selfVotes && b.count < selfVotes {
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
		if name = lowerWords(name); !envelopeNames[name] && name != "" && !plain {
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
		if envelopeNames[name] && n.graph.bodies[w.body].Role == Response {
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
			n.graph.sharedCount(n.graph.findCluster(a), c) > 0 {
			if vs := n.nameVotes(n.graph.findCluster(a)); len(vs) > 0 && !genericNames[vs[0].name] {
				return vs[0].name
			}
		}
	}
	thing := lowerWords(p.Nouns[0])
	if w.arrayDepth > 0 && noun.One(thing) == thing && len(p.Nouns) > 1 {
		if before := lowerWords(p.Nouns[1]); noun.One(before) != before { // /users/{}/events/public lists events
			thing = before
		}
	}
	switch {
	case w.arrayDepth > 0 || w.isMapValue:
		return noun.One(thing)
	case n.graph.isEnvelope(c) && p.Role == Response:
		return noun.One(thing) + "_response"
	case p.Item || p.Method != "GET":
		return noun.One(thing)
	case n.graph.isWrapper(c):
		return noun.One(thing) + "_list"
	}
	return thing
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

// baseName returns the name of a cluster before duplicates are resolved. It includes the owner's
// name if its own is generic.
func (n *namer) baseName(c int32) string {
	c = n.graph.findCluster(c)
	if s, ok := n.baseNames[c]; ok {
		return s
	}
	n.baseNames[c] = ""
	vs := n.nameVotes(c)
	name := "object"
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

// isOneOfMany reports whether a record has a different name at each of its positions, all of them
// in one other record: core, search and graphql of limits are each a limit.
func (n *namer) isOneOfMany(c int32, vs []vote) bool {
	if len(vs) < 3 || n.tagNames[c] != "" || vs[0].count > 1 {
		return false
	}
	owner := n.graph.soleOwner(c)
	return owner >= 0 && owner != c
}
