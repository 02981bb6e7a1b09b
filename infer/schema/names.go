package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
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

// newNamer returns a namer. tags gives, for clusters that are alternatives, the property that
// distinguishes them.
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
