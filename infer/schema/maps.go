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
	g.vocabulary()
	records := map[int32]bool{}
	for i, root := range g.roots {
		if root >= 0 && g.positions[i].NeverMap {
			for _, c := range g.inside(root) {
				records[c] = true
			}
		}
	}
	for i := range g.clusters {
		c := int32(i)
		if cl := &g.clusters[i]; records[c] || cl.lead != c || len(cl.props) == 0 && cl.pool < 0 || cl.isMap && len(cl.props) == 0 {
			continue
		}
		if g.clusters[i].isMap {
			g.makeMap(c)
		} else if why := g.mapReason(c); why != "" {
			g.clusters[i].why = why
			g.makeMap(c)
		}
	}
}

// restoreMaps makes maps of maps again that were united with records since, and reports whether there were
// any: the values of a map are in one place, or not at all.
func (g *graph) restoreMaps() (found bool) {
	for i := range g.clusters {
		if cl := &g.clusters[i]; cl.lead == int32(i) && cl.isMap && len(cl.props) > 0 {
			g.makeMap(int32(i))
			found = true
		}
	}
	return found
}

func (g *graph) makeMap(c int32) {
	cl := &g.clusters[c]
	cl.isMap = true
	ps, v := cl.props, cl.pool
	cl.props = nil
	for _, m := range ps {
		if v < 0 {
			v = m.place
			continue
		}
		g.unitePlaces(v, m.place)
	}
	g.clusters[c].pool = v
}

// keys are the counts that tell a map from a record.
type keys struct {
	objects   float64
	total     float64 // occurrences of properties
	entropy   float64 // sum of -p ln p over the shares of objects that have a property
	most      float64 // share of objects with the most frequent property
	once      float64 // properties in one object only
	idLike    int
	always    int // properties that all objects have
	strict    int // of these, by shape alone
	distinct  int
	sets      float64
	phrases   float64 // properties of several words, written as code writes them
	strange   float64 // properties written unlike those of the rest of the API
	known     float64 // properties that records under other names have
	allDigits bool
}

func (g *graph) keysOf(c int32) keys {
	cl := &g.clusters[c]
	k := keys{allDigits: true}
	var sets, pooled values
	present := make(map[int32]uint32, len(cl.props))
	for _, r := range cl.recs {
		k.objects += float64(r.objects)
		if r.sets != nil {
			sets.merge(r.sets, false)
		}
		if r.pool != nil {
			pooled.merge(&r.pool.names, false)
		}
		for _, s := range r.props {
			present[g.ids[s.name.text]] += s.p.present
		}
	}
	k.sets = sets.distinct()
	for _, m := range cl.props {
		n := float64(present[m.key])
		name := g.names[m.key]
		k.distinct++
		k.total += n
		if n >= k.objects {
			k.always++
		}
		if n <= 1 {
			k.once++
		}
		if k.objects > 0 {
			p := min(1, n/k.objects)
			k.most = max(k.most, p)
			if p > 0 {
				k.entropy -= p * math.Log(p)
			}
		}
		if g.strange(name) {
			k.strange++
		}
		if isPhrase(name) {
			k.phrases++
		}
		if g.elsewhere(c, m.key) {
			k.known++
		}
		if looksLikeID(name) {
			k.idLike++
		}
		if digits([]byte(name)) < 0 {
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
	k := g.keysOf(c)
	if k.distinct == 0 {
		return ""
	}
	wide := false
	for _, r := range cl.recs {
		wide = wide || r.wide
	}
	oneKind, alike, texts := g.alikeValues(c)
	switch {
	case len(cl.props) == 0 || wide:
		return "names of properties are data"
	case k.idLike == k.distinct && oneKind && (k.distinct >= 2 || !k.allDigits):
		return "names of properties are ids"
	case alike && k.distinct >= 3 && float64(k.idLike) >= .3*float64(k.distinct):
		return "many names of properties are ids, values are alike"
	case texts && g.namedMap(c):
		return "strings under a name that maps have"
	case alike && k.sets >= 4 && k.distinct >= 4 && k.always*2 < k.distinct && g.linkMap(c):
		return "links by relation, which differ from object to object"
	case !alike || k.known > .5*float64(k.distinct) || k.phrases > .5*float64(k.distinct):
		return ""
	case k.strange >= .5*float64(k.distinct) && k.distinct >= 3 && k.sets >= 2 && (k.most < 1 || int(k.strange) == k.distinct):
		return "names are not written as this API writes names, values are alike"
	case k.entropy > 1.5 && k.most < .9 && k.total > 0 && k.once/k.total >= .2:
		return "new names keep coming, values are alike"
	case texts && k.sets >= 5 && k.distinct >= 4 && k.most < .6:
		return "many sets of names, no name is common, values are strings"
	}
	return ""
}

// alikeValues says that the values of all properties are of one kind and, where they are records, one thing;
// and whether they are strings.
func (g *graph) alikeValues(c int32) (oneKind, alike, str bool) {
	cl := &g.clusters[c]
	var kinds uint8
	first := int32(-1)
	ps := make([]int32, 0, len(cl.props)+1)
	for _, m := range cl.props {
		ps = append(ps, g.at(m.place))
	}
	if cl.pool >= 0 {
		ps = append(ps, g.at(cl.pool))
	}
	for _, p := range ps {
		kinds |= g.places[p].kinds
		if first < 0 && g.places[p].kinds != 0 {
			first = p
		}
	}
	if kinds&(kinds-1) != 0 || first < 0 {
		return false, false, false
	}
	for _, p := range ps {
		if p != first && g.clashPlaces(first, p, 0) {
			return true, false, false
		}
	}
	return true, true, kinds == classString
}

func (g *graph) namedMap(c int32) bool {
	for _, h := range g.clusters[c].homes {
		if w := &g.places[h].where; w.field >= 0 && w.depth == 0 && !g.mixed[w.field] && mapNames[g.lower[w.field]] {
			return true
		}
	}
	return false
}

// linkMap says that a record stands under the name that HAL gives to links by their relation.
func (g *graph) linkMap(c int32) bool {
	w := &g.places[g.clusters[c].home].where
	return w.field >= 0 && w.depth == 0 && (g.names[w.field] == "_links" || g.names[w.field] == "_embedded")
}

// vocabulary finds out which names of properties stand for the same in several kinds of records, and under
// which names records hold more than strings.
func (g *graph) vocabulary() {
	g.contexts = make([]context, len(g.names))
	g.mixed = make([]bool, len(g.names))
	records, capital, dashed := 0, 0, 0
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.lead != int32(i) || cl.isMap {
			continue
		}
		texts := true
		capitals, dashes := 0, 0
		for _, m := range cl.props {
			if isCapital(g.names[m.key]) {
				capitals++
			}
			if strings.Contains(g.names[m.key], "-") {
				dashes++
			}
			if k := g.places[g.at(m.place)].kinds; k != 0 && k != classString {
				texts = false
			}
		}
		records++
		if 2*capitals > len(cl.props) {
			capital++
		}
		if 2*dashes > len(cl.props) {
			dashed++
		}
		for _, h := range cl.homes {
			w := &g.places[h].where
			if !texts && w.field >= 0 && w.depth == 0 {
				g.mixed[w.field] = true
			}
			for _, m := range cl.props {
				g.contexts[m.key].add(w.field)
			}
		}
	}
	g.capitals, g.dashes = capital*10 > records*3, dashed*10 > records*3
}

// strange says that a name is not written as the API writes its own: with a capital, a dash or other
// characters that most names of few records have.
func (g *graph) strange(name string) bool {
	if isCapital(name) && !g.capitals || strings.Contains(name, "-") && !g.dashes {
		return true
	}
	return strings.ContainsAny(name, " +#/.:,()") || name != "" && name[0] >= 0x80
}

func isCapital(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// context is the names of properties whose records have a property: the first two.
type context struct {
	n    int8
	a, b int32
}

func (c *context) add(field int32) {
	switch {
	case c.n > 0 && c.a == field, c.n > 1:
	case c.n == 0:
		c.n, c.a = 1, field
	default:
		c.n, c.b = 2, field
	}
}

// elsewhere says that records under another name have the property too, so it is a word of the API.
func (g *graph) elsewhere(c, key int32) bool {
	x := &g.contexts[key]
	w := &g.places[g.clusters[c].home].where
	return x.n > 1 || x.n == 1 && x.a != w.field
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
		case letter(c):
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
		if !letter(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

// isPhrase knows names in camelCase or snake_case of several words.
func isPhrase(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !letter(c) && c != '_' {
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
	return strings.ToLower(l) == l && strings.ToUpper(r) == r && letter(l[0]) && letter(l[1]) && letter(r[0]) && letter(r[1])
}
