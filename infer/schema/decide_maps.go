package schema

import (
	"math"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// mapNames are what APIs call free-form maps of strings. Each counts only in an API where it never holds
// anything else: elsewhere metadata is a record.
var mapNames = map[string]bool{"labels": true, "annotations": true, "headers": true, "env": true, "environment": true, "tags": true,
	"metadata": true, "variables": true, "translations": true, "match_labels": true, "selector": true, "node_selector": true,
	"custom_fields": true, "extra": true, "binary_data": true, "string_data": true, "cookies": true,
	"dimensions": true, "user_data": true, "custom_attributes": true, "locales": true, "env_vars": true, "environment_variables": true}

// findMaps marks the clusters whose properties are data and unites the places of their values.
func (g *graph) findMaps() {
	if g.policy.NoMaps {
		return
	}
	g.collectVocabulary()
	records := map[int32]bool{}
	for i, root := range g.bodyRoots {
		if root >= 0 && g.bodies[i].NeverMap {
			for _, c := range g.clustersAt(root) {
				records[c] = true
			}
		}
	}
	for i := range g.clusters {
		c := int32(i)
		if cl := &g.clusters[i]; records[c] || cl.parent != c || len(cl.members) == 0 && cl.pool < 0 || cl.isMap && len(cl.members) == 0 {
			continue
		}
		if g.clusters[i].isMap {
			g.makeMap(c)
		} else if why := g.mapReason(c); why != "" {
			g.clusters[i].mapReason = why
			g.makeMap(c)
		}
	}
}

// restoreMaps makes maps of maps again that were united with records since, and reports whether there were
// any: the values of a map are in one place, or not at all.
func (g *graph) restoreMaps() (found bool) {
	for i := range g.clusters {
		if cl := &g.clusters[i]; cl.parent == int32(i) && cl.isMap && len(cl.members) > 0 {
			g.makeMap(int32(i))
			found = true
		}
	}
	return found
}

func (g *graph) makeMap(c int32) {
	cl := &g.clusters[c]
	cl.isMap = true
	ps, v := cl.members, cl.pool
	cl.members = nil
	for _, m := range ps {
		if v < 0 {
			v = m.position
			continue
		}
		g.unitePositions(v, m.position)
	}
	g.clusters[c].pool = v
}

// keys are the counts that tell a map from a record.
type keyStats struct {
	objects   float64
	total     float64 // occurrences of properties
	entropy   float64 // sum of -p ln p over the shares of objects that have a property
	maxShare  float64 // share of objects with the most frequent property
	seenOnce  float64 // properties in one object only
	idLike    int
	always    int // properties that all objects have
	strict    int // of these, by shape alone
	distinct  int
	keySets   float64
	phrases   float64 // properties of several words, written as code writes them
	foreign   float64 // properties written unlike those of the rest of the API
	shared    float64 // properties that records under other names have
	allDigits bool
}

func (g *graph) keyStatsOf(c int32) keyStats {
	cl := &g.clusters[c]
	k := keyStats{allDigits: true}
	var sets, pooled valueSample
	present := make(map[int32]uint32, len(cl.members))
	for _, r := range cl.facts {
		k.objects += float64(r.objects)
		if r.keySets != nil {
			sets.merge(r.keySets, false)
		}
		if r.pool != nil {
			pooled.merge(&r.pool.names, false)
		}
		for _, s := range r.props {
			present[g.nameIDs[s.name.text]] += s.facts.present
		}
	}
	k.keySets = sets.distinct()
	for _, m := range cl.members {
		n := float64(present[m.name])
		name := g.names[m.name]
		k.distinct++
		k.total += n
		if n >= k.objects {
			k.always++
		}
		if n <= 1 {
			k.seenOnce++
		}
		if k.objects > 0 {
			p := min(1, n/k.objects)
			k.maxShare = max(k.maxShare, p)
			if p > 0 {
				k.entropy -= p * math.Log(p)
			}
		}
		if g.hasForeignSpelling(name) {
			k.foreign++
		}
		if isPhrase(name) {
			k.phrases++
		}
		if g.isUsedElsewhere(c, m.name) {
			k.shared++
		}
		if looksLikeID(name) {
			k.idLike++
		}
		if parseDigits([]byte(name)) < 0 {
			k.allDigits = false
		}
	}
	n := int(pooled.distinct())
	k.distinct += n
	k.idLike += n
	k.strict = n
	if n > 0 {
		k.allDigits = false
	}
	return k
}

// mapReason says why the properties of a cluster are data; "" when they are not.
func (g *graph) mapReason(c int32) string {
	cl := &g.clusters[c]
	k := g.keyStatsOf(c)
	if k.distinct == 0 {
		return ""
	}
	wide := false
	for _, r := range cl.facts {
		wide = wide || r.isCollapsed
	}
	oneKind, alike, texts := g.compareValues(c)
	switch {
	case len(cl.members) == 0 || wide:
		return "names of properties are data"
	case k.idLike == k.distinct && oneKind && (k.distinct >= 2 || !k.allDigits):
		return "names of properties are ids"
	case alike && k.distinct >= 3 && float64(k.idLike) >= .3*float64(k.distinct):
		return "many names of properties are ids, values are alike"
	case texts && g.hasMapName(c):
		return "strings under a name that maps have"
	case alike && k.keySets >= 4 && k.distinct >= 4 && k.always*2 < k.distinct && g.isHALLinks(c):
		return "links by relation, which differ from object to object"
	case !alike || k.shared > .5*float64(k.distinct) || k.phrases > .5*float64(k.distinct):
		return ""
	case k.foreign >= .5*float64(k.distinct) && k.distinct >= 3 && k.keySets >= 2 && (k.maxShare < 1 || int(k.foreign) == k.distinct):
		return "names are not written as this API writes names, values are alike"
	case k.entropy > 1.5 && k.maxShare < .9 && k.total > 0 && k.seenOnce/k.total >= .2:
		return "new names keep coming, values are alike"
	case texts && k.keySets >= 5 && k.distinct >= 4 && k.maxShare < .6:
		return "many sets of names, no name is common, values are strings"
	}
	return ""
}

// alikeValues says that the values of all properties are of one kind and, where they are records, one thing;
// and whether they are strings.
func (g *graph) compareValues(c int32) (oneKind, alike, str bool) {
	cl := &g.clusters[c]
	var kinds uint8
	first := int32(-1)
	ps := make([]int32, 0, len(cl.members)+1)
	for _, m := range cl.members {
		ps = append(ps, g.findPosition(m.position))
	}
	if cl.pool >= 0 {
		ps = append(ps, g.findPosition(cl.pool))
	}
	for _, p := range ps {
		kinds |= g.positions[p].types
		if first < 0 && g.positions[p].types != 0 {
			first = p
		}
	}
	if kinds&(kinds-1) != 0 || first < 0 {
		return false, false, false
	}
	for _, p := range ps {
		if p != first && g.positionsConflict(first, p, 0) {
			return true, false, false
		}
	}
	return true, true, kinds == typeString
}

func (g *graph) hasMapName(c int32) bool {
	for _, h := range g.clusters[c].positions {
		if w := &g.positions[h].origin; w.name >= 0 && w.arrayDepth == 0 && !g.holdsNonStrings[w.name] && mapNames[g.lowerNames[w.name]] {
			return true
		}
	}
	return false
}

// linkMap says that a record stands under the name that HAL gives to links by their relation.
func (g *graph) isHALLinks(c int32) bool {
	w := &g.positions[g.clusters[c].firstPosition].origin
	return w.name >= 0 && w.arrayDepth == 0 && (g.names[w.name] == "_links" || g.names[w.name] == "_embedded")
}

// vocabulary finds out which names of properties stand for the same in several kinds of records, and under
// which names records hold more than strings.
func (g *graph) collectVocabulary() {
	g.nameUsages = make([]nameUsage, len(g.names))
	g.holdsNonStrings = make([]bool, len(g.names))
	records, capital, dashed := 0, 0, 0
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.parent != int32(i) || cl.isMap {
			continue
		}
		texts := true
		capitals, dashes := 0, 0
		for _, m := range cl.members {
			if isCapital(g.names[m.name]) {
				capitals++
			}
			if strings.Contains(g.names[m.name], "-") {
				dashes++
			}
			if k := g.positions[g.findPosition(m.position)].types; k != 0 && k != typeString {
				texts = false
			}
		}
		records++
		if 2*capitals > len(cl.members) {
			capital++
		}
		if 2*dashes > len(cl.members) {
			dashed++
		}
		for _, h := range cl.positions {
			w := &g.positions[h].origin
			if !texts && w.name >= 0 && w.arrayDepth == 0 {
				g.holdsNonStrings[w.name] = true
			}
			for _, m := range cl.members {
				g.nameUsages[m.name].add(w.name)
			}
		}
	}
	g.usesCapitals, g.usesDashes = capital*10 > records*3, dashed*10 > records*3
}

// strange says that a name is not written as the API writes its own: with a capital, a dash or other
// characters that most names of few records have.
func (g *graph) hasForeignSpelling(name string) bool {
	if isCapital(name) && !g.usesCapitals || strings.Contains(name, "-") && !g.usesDashes {
		return true
	}
	return strings.ContainsAny(name, " +#/.:,()") || name != "" && name[0] >= 0x80
}

func isCapital(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// context is the names of properties whose records have a property: the first two.
type nameUsage struct {
	n             int8
	first, second int32
}

func (c *nameUsage) add(field int32) {
	switch {
	case c.n > 0 && c.first == field, c.n > 1:
	case c.n == 0:
		c.n, c.first = 1, field
	default:
		c.n, c.second = 2, field
	}
}

// elsewhere says that records under another name have the property too, so it is a word of the API.
func (g *graph) isUsedElsewhere(c, key int32) bool {
	x := &g.nameUsages[key]
	w := &g.positions[g.clusters[c].firstPosition].origin
	return x.n > 1 || x.n == 1 && x.first != w.name
}

// looksLikeID says that the name of a property is likely data: a number, a host or file name, a locale, a
// path, letters and digits mixed.
func looksLikeID(s string) bool {
	digits, letters, changes := 0, 0, 0
	last := byte(0)
	for i := 0; i < len(s); i++ {
		class := byte(0)
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			class = 1
		case isLetter(c):
			letters++
			class = 2
		case c == '/' && i > 0 && isWords(s[:i]) && isWords(s[i+1:]): // hate/threatening
			return false
		case c == '/', c == ' ', c == ':', c == '*', c == ',':
			return i > 0
		case c == '.' && i > 0 && i < len(s)-1:
			return true
		}
		if class != last && class != 0 && last != 0 {
			changes++
		}
		if class != 0 {
			last = class
		}
	}
	switch {
	case letters == 0 && digits > 0:
		return true
	case changes >= 3 && digits >= 2:
		return true
	}
	return isLocale(s)
}

// isWords says that a text is letters and dashes.
func isWords(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

// isPhrase knows names in camelCase or snake_case of several words.
func isPhrase(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && c != '_' {
			return false
		}
	}
	return len(noun.Words(s)) > 1
}

// isLocale knows language tags with a region, such as en-US or pt_BR.
func isLocale(s string) bool {
	if len(s) != 5 || s[2] != '-' && s[2] != '_' {
		return false
	}
	l, r := s[:2], s[3:]
	return strings.ToLower(l) == l && strings.ToUpper(r) == r && isLetter(l[0]) && isLetter(l[1]) && isLetter(r[0]) && isLetter(r[1])
}
