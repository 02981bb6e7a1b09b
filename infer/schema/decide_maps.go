package schema

import (
	"math"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// mapNames are names that APIs give to free-form maps of strings. A name counts only in an API
// where it holds nothing else: elsewhere metadata is a record.
var mapNames = wordSet(`
	labels annotations headers env environment tags metadata variables translations match_labels
	selector node_selector custom_fields extra binary_data string_data cookies dimensions
	user_data custom_attributes locales env_vars environment_variables`)

// findMaps marks the clusters whose member names are data, and unites the positions of their
// values.
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
		if cl := &g.clusters[i]; records[c] || cl.parent != c || len(cl.members) == 0 && cl.pool < 0 ||
			cl.isMap && len(cl.members) == 0 {
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

// restoreMaps turns maps that were united with records into maps again, so that all values of a map
// share one position. It reports whether there were any.
func (g *graph) restoreMaps() (found bool) {
	for i := range g.clusters {
		if cl := &g.clusters[i]; cl.parent == int32(i) && cl.isMap && len(cl.members) > 0 {
			g.makeMap(int32(i))
			found = true
		}
	}
	return found
}

// makeMap turns a cluster into a map: its pool is the union of the positions of its members.
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

// keyStats are the statistics that distinguish a map from a record.
type keyStats struct {
	objects   float64
	total     float64 // occurrences of members
	entropy   float64 // sum of -p ln p over the shares p of objects that have a member
	maxShare  float64 // share of objects with the most frequent member
	maxChosen float64 // the same of the members that some objects lack
	chosen    float64 // occurrences of these
	seenOnce  float64 // members in one object only
	idLike    int     // names that look like ids
	always    int     // members that all objects have
	distinct  int
	keySets   float64
	phrases   float64 // names of several words in camelCase or snake_case
	allDigits bool
	wildcard  bool // a name is "*"
}

// keyStatsOf computes the statistics of a cluster.
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
		for _, s := range r.properties {
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
		k.addShare(n)
		if n < k.objects {
			k.chosen, k.maxChosen = k.chosen+n, max(k.maxChosen, n/k.objects)
		}
		if isPhrase(name) {
			k.phrases++
		}
		k.wildcard = k.wildcard || name == "*"
		if looksLikeID(name) && (n < k.objects || !g.isQualified(cl.members, name)) {
			k.idLike++
		}
		if strings.Trim(name, "0123456789") != "" {
			k.allDigits = false
		}
	}
	n := int(pooled.distinct())
	k.distinct += n
	k.idLike += n
	if n > 0 {
		k.allDigits = false
	}
	return k
}

// addShare counts a member that n objects have.
func (k *keyStats) addShare(n float64) {
	if k.objects == 0 {
		return
	}
	p := min(1, n/k.objects)
	k.maxShare = max(k.maxShare, p)
	if p > 0 {
		k.entropy -= p * math.Log(p)
	}
}

// minNewNames is the share of names seen once that shows that others are to come (Good-Turing),
// where all objects have one name.
const minNewNames = .05

// minPairs is how many objects must have the same two properties for these to be a record under any
// name.
const minPairs = 3

// isPair reports whether all objects have the same two members.
func (k *keyStats) isPair() bool { return k.distinct == 2 && k.always == 2 }

// mapReason returns why the member names of a cluster are data, or "" if they are not.
func (g *graph) mapReason(c int32) string {
	cl := &g.clusters[c]
	k := g.keyStatsOf(c)
	if k.distinct == 0 && cl.pool < 0 {
		return ""
	}
	isCollapsed := false
	for _, r := range cl.facts {
		isCollapsed = isCollapsed || r.isCollapsed
	}
	haveOneType, areAlike, areStrings := g.compareValues(c)
	switch {
	case len(cl.members) == 0 || isCollapsed:
		return "property names are data"
	case k.wildcard && (k.distinct == 1 || haveOneType):
		return "a property is called *, which stands for any name"
	case k.idLike == k.distinct && haveOneType && (k.distinct >= 2 || !k.allDigits):
		return "property names are ids"
	case areAlike && (k.distinct >= 3 || cl.pool >= 0) && float64(k.idLike) >= .3*float64(k.distinct):
		return "many property names are ids, and the values are alike"
	case g.isLinks(c):
		return "" // the relations are names of the API, of which an object has some
	case areStrings && k.isPair() && g.hasMapName(c) && (k.objects >= minPairs || k.phrases > 0):
		return "" // a name alone makes no map of two properties
	case areStrings && g.hasMapName(c):
		return "strings under a name that is typical of maps"
	case !areAlike || k.phrases > .5*float64(k.distinct):
		return ""
	case k.entropy > 1.5 && k.maxShare < .9 && k.total > 0 && k.seenOnce/k.total >= .2:
		return "objects keep adding new names, and the values are alike"
	case areStrings && k.keySets >= 5 && k.distinct-k.always >= 4 && k.maxChosen < .6 &&
		(k.always == 0 || k.always == 1 && k.seenOnce >= minNewNames*k.chosen):
		return "many sets of names that keep growing, and the values are strings"
	}
	return ""
}

// compareValues reports whether the values of all members have one type, whether they may also
// share one schema, and whether they are strings.
func (g *graph) compareValues(c int32) (haveOneType, areAlike, isString bool) {
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
		return kinds == 0, false, false
	}
	if slices.ContainsFunc(ps, func(p int32) bool { return p != first && g.positionsConflict(first, p, 0) }) {
		return true, false, false
	}
	return true, true, kinds == typeString
}

// hasMapName reports whether a cluster stands under one of mapNames, where the API has only
// strings.
func (g *graph) hasMapName(c int32) bool {
	return slices.ContainsFunc(g.clusters[c].positions, func(h int32) bool {
		w := &g.positions[h].origin
		return w.name >= 0 && w.arrayDepth == 0 && !g.holdsNonStrings[w.name] && mapNames[g.lowerNames[w.name]]
	})
}

// collectVocabulary collects under which names records hold more than strings.
func (g *graph) collectVocabulary() {
	g.holdsNonStrings = make([]bool, len(g.names))
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.parent != int32(i) || cl.isMap {
			continue
		}
		texts := true
		for _, m := range cl.members {
			if k := g.positions[g.findPosition(m.position)].types; k != 0 && k != typeString {
				texts = false
			}
		}
		for _, h := range cl.positions {
			w := &g.positions[h].origin
			if !texts && w.name >= 0 && w.arrayDepth == 0 {
				g.holdsNonStrings[w.name] = true
			}
		}
	}
}

// isCapital reports whether a name begins with a capital letter.
func isCapital(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// looksLikeID reports whether a property name is likely data: a number, a host or file name, a
// locale, a path, or mixed letters and digits.
func looksLikeID(s string) bool {
	if s != "" && s[0] == '@' && !noun.IsEnglish(s) { // an account
		return true
	}
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
		case c == '/' && strings.Count(s, "/") == 1 && !strings.ContainsAny(s, ".:0123456789") && noun.IsEnglish(s):
			return false // two words, such as hate/threatening
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
	case letters == 0 && digits > 0, changes >= 3 && digits >= 2:
		return true
	}
	return isLocale(s)
}

// isQualified reports whether a name with dots or colons is that of a type or setting, such as
// m.upload.size: English words follow the first, with which all such names among the members begin.
// A single name has two dots, because john.baker is an account.
func (g *graph) isQualified(members []member, name string) bool {
	cut := func(s string) (first, rest string) {
		i := strings.IndexAny(s, ".:")
		return s[:max(i, 0)], s[i+1:]
	}
	first, rest := cut(name)
	alike := strings.Count(rest, ".")
	for _, m := range members {
		switch other, _ := cut(g.names[m.name]); other {
		case "":
		case first:
			alike++
		default:
			return false
		}
	}
	return first != "" && alike > 1 && len(rest[strings.LastIndexByte(rest, '.')+1:]) > maxEnding && noun.IsEnglish(rest)
}

// maxEnding is the length of the longest ending of names that are rather those of hosts and files.
const maxEnding = 3

// isPhrase reports whether a name has several words in camelCase or snake_case.
func isPhrase(s string) bool {
	isSign := func(r rune) bool { return r >= 0x80 || !isLetter(byte(r)) && r != '_' }
	return !strings.ContainsFunc(s, isSign) && len(noun.Words(s)) > 1
}

// isLocale reports whether a text is a language tag with a region, such as en-US or pt_BR.
func isLocale(s string) bool {
	if len(s) != 5 || s[2] != '-' && s[2] != '_' {
		return false
	}
	l, r := s[:2], s[3:]
	return strings.ToLower(l) == l && strings.ToUpper(r) == r && isLetter(l[0]) && isLetter(l[1]) &&
		isLetter(r[0]) && isLetter(r[1])
}
