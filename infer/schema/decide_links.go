package schema

import (
	"slices"
	"strings"
)

// isLinks reports whether a cluster holds links by relation: it stands under the name that HAL
// gives to them or to embedded resources, under a name for links and holds nothing but URIs, or all
// its values are link objects.
func (g *graph) isLinks(c int32) bool {
	w := &g.positions[g.clusters[c].firstPosition].origin
	name := ""
	if w.name >= 0 && w.arrayDepth == 0 {
		name = g.names[w.name]
	}
	if name == "_links" || name == "_embedded" {
		return true
	}
	links, uris := 0, 0
	for _, m := range g.clusters[c].members {
		switch p := g.findPosition(m.position); {
		case g.isLinkObject(p):
			links++
		case g.pooledFacts(p).commonFormat() == "uri":
			uris++
		}
	}
	return links == len(g.clusters[c].members) ||
		links+uris == len(g.clusters[c].members) && strings.HasSuffix(strings.ToLower(name), "links")
}

// isLinkObject reports whether a position holds objects with the address href, or lists of these.
func (g *graph) isLinkObject(p int32) bool {
	if items := g.positions[p].items; items >= 0 {
		p = g.findPosition(items)
	}
	for _, c := range g.clustersAt(p) {
		if slices.ContainsFunc(g.clusters[c].members, func(m member) bool { return g.names[m.name] == "href" }) {
			return true
		}
	}
	return false
}
