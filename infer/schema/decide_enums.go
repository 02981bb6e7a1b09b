package schema

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// enumWords end the names of fields that hold one of a few values, by what people mean with the word.
var enumWords = map[string]bool{"status": true, "type": true, "state": true, "role": true, "kind": true, "mode": true, "level": true,
	"severity": true, "priority": true, "visibility": true, "phase": true, "event": true, "action": true, "conclusion": true,
	"permission": true, "privacy": true, "protocol": true, "direction": true, "unit": true, "interval": true,
	"frequency": true, "effect": true, "outcome": true, "strategy": true, "tier": true, "stage": true, "operator": true,
	"association": true, "encoding": true, "policy": true, "scope": true, "side": true, "format": true, "method": true,
	"access": true, "order": true, "usage": true, "behavior": true, "health": true, "lifecycle": true,
	"class": true, "selection": true, "model": true, "aggregator": true, "aggregation": true, "comparator": true, "comparison": true,
	"algorithm": true, "scheme": true, "style": true, "layout": true, "alignment": true, "align": true, "orientation": true,
	"granularity": true, "decision": true, "resolution": true, "trigger": true, "operation": true, "hypervisor": true,
	"platform": true, "architecture": true, "arch": true, "privilege": true, "gender": true, "urgency": true, "importance": true,
	"impact": true, "relation": true, "result": true, "theme": true, "subtype": true, "sort": true, "cadence": true, "availability": true, "purpose": true}

// unspaced end names whose words are not told apart: keytype.
var unspacedEnumWords = [...]string{"type", "status", "state", "mode"}

// numberedWords end the names of lists whose values have digits though they are few: x86_64, sha256, http2.
var numberedWords = map[string]bool{"arch": true, "architecture": true, "algorithm": true, "protocol": true, "encoding": true, "digest": true}

// codeWords end the names of fields with codes of open lists, in capitals or not.
var codeWords = map[string]bool{"currency": true, "country": true, "code": true, "symbol": true, "ticker": true, "language": true,
	"locale": true, "timezone": true, "zone": true, "region": true, "sku": true, "iata": true, "airport": true, "province": true,
	"abbreviation": true, "initials": true, "version": true}

// tagWords are fields that name the type of the object they stand in.
var tagWords = map[string]bool{"object": true, "kind": true, "api_version": true, "typename": true, "odata_type": true, "resource_type": true, "object_type": true}

// Limits of enums: closing a field that is open refuses good values, leaving one open only lets bad ones by.
const (
	maxEnumValues    = 20
	minEnumCount     = 8
	minEnumExchanges = 3
	minEnumRepeats   = 3   // values seen for each distinct one
	maxEnumOnceShare = .05 // share of values seen a single time: what is still to come
	minTagExchanges  = 3   // exchanges that make a constant of a tag
	minTypeExchanges = 8   // and of other fields named type
)

// enum gives the strings of a place the list they are closed to, if any. Values that look like a list, but
// on too little evidence, are observed.
func (g *graph) addEnum(id int32, f *valueFacts, s *Schema) {
	if s.Kind != String || s.Format != "" || f.strings == nil {
		return
	}
	if field := g.positions[id].origin.name; field >= 0 && g.names[field] == "jsonrpc" && f.strings.hasOnly("2.0") {
		s.Enum = []string{"2.0"} // it MUST be exactly that (JSON-RPC 2.0, sections 4 and 5)
		return
	}
	if e := g.enums[id]; e != nil {
		s.Enum = e
		return
	}
	s.Observed = f.observedValues()
}

// list is what is known of one enum: the values of the places that share it.
type enumValueList struct {
	positions  []int32
	values     valueSample
	texts      []string
	count      int // strings seen
	exchanges  int
	isAnswered bool // some of it was answered, not only sent
}

// findEnums decides which places hold one of a few values. Places of one name whose values overlap share
// their evidence, and in the end the list.
func (g *graph) findEnums() {
	g.enums = map[int32][]string{}
	byName := map[string][]*enumValueList{}
	var names []string
	for i := range g.positions {
		if g.positions[i].parent != int32(i) || g.positions[i].types != typeString || g.positions[i].origin.name < 0 {
			continue
		}
		l, name := g.enumValuesAt(int32(i))
		if l == nil {
			continue
		}
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], l)
	}
	slices.Sort(names)
	g.findConstantTags(byName)
	for _, name := range names {
		var answered, sent []*enumValueList
		for _, l := range byName[name] {
			if l.isAnswered {
				answered = append(answered, l)
			} else {
				sent = append(sent, l)
			}
		}
		for _, l := range mergeOverlapping(answered) {
			if !g.isClosed(name, l) {
				continue
			}
			for _, p := range l.positions {
				g.enums[p] = l.texts
			}
			for _, r := range sent {
				if len(r.texts) > 1 && r.isSubsetOf(l) {
					g.enums[r.positions[0]] = l.texts
				}
			}
		}
	}
}

// within says that all values of a list are in another.
func (l *enumValueList) isSubsetOf(o *enumValueList) bool {
	for _, t := range l.texts {
		if !slices.Contains(o.texts, t) {
			return false
		}
	}
	return true
}

// candidate returns the values of a place if it may be an enum, and the name that its evidence counts for.
func (g *graph) enumValuesAt(id int32) (*enumValueList, string) {
	f := g.pooledFacts(id)
	if f.strings == nil || f.isText || f.strings.empty > 0 || f.commonFormat() != "" && f.formatFor(g.names[g.positions[id].origin.name], false) != "" {
		return nil, ""
	}
	texts := f.strings.allTexts()
	if texts == nil || len(texts) > maxEnumValues {
		return nil, ""
	}
	if len(g.positions[id].mirrored) > 0 {
		if f = g.witnessFacts(id); f.strings == nil {
			return nil, ""
		}
	}
	w := &g.positions[id].origin
	name := g.lowerNames[w.name]
	d := domainOf(&g.bodies[w.body])
	return &enumValueList{positions: []int32{id}, values: f.strings.values, texts: texts, count: int(f.kinds[kindString]), exchanges: int(f.exchanges), isAnswered: d == domainResponse || d == domainError}, name
}

// share joins lists of one name that overlap: of the shorter, three quarters are in the longer.
func mergeOverlapping(ls []*enumValueList) []*enumValueList {
	slices.SortStableFunc(ls, func(a, b *enumValueList) int {
		if len(a.texts) != len(b.texts) {
			return len(b.texts) - len(a.texts)
		}
		return int(a.positions[0] - b.positions[0])
	})
	var out []*enumValueList
next:
	for _, l := range ls {
		for _, o := range out {
			both := 0
			for _, t := range l.texts {
				if slices.Contains(o.texts, t) {
					both++
				}
			}
			if 4*both >= 3*len(l.texts) && (both > 1 || len(o.texts) == 1) {
				o.merge(l)
				continue next
			}
		}
		l.values.entries = slices.Clone(l.values.entries)
		out = append(out, l)
	}
	return out
}

func (l *enumValueList) merge(o *enumValueList) {
	l.positions = append(l.positions, o.positions...)
	l.values.merge(&o.values, true)
	for _, t := range o.texts {
		if !slices.Contains(l.texts, t) {
			l.texts = append(l.texts, t)
		}
	}
	slices.Sort(l.texts)
	l.count += o.count
	l.exchanges += o.exchanges
}

// texts returns all values, sorted; nil unless all are known.
func (s *stringFacts) allTexts() []string {
	v := &s.values
	if v.isOverflowed || len(v.entries) == 0 || len(v.entries) > 2*maxEnumValues {
		return nil
	}
	out := make([]string, len(v.entries))
	for i, x := range v.entries {
		if x.text == "" {
			return nil
		}
		out[i] = x.text
	}
	slices.Sort(out)
	return out
}

// only says that all values were this one.
func (s *stringFacts) hasOnly(text string) bool {
	return s.empty == 0 && !s.values.isOverflowed && len(s.values.entries) == 1 && s.values.entries[0].hash == sketch.Hash([]byte(text))
}

// inCapitals says that values are written as constants are in code (FLAT_RATE), which no free text is. Short
// ones may be codes of open lists.
func inCapitals(texts []string) bool {
	long := false
	for _, t := range texts {
		for i := 0; i < len(t); i++ {
			if c := t[i]; !(c >= 'A' && c <= 'Z' || c == '_' || i > 0 && c >= '0' && c <= '9') {
				return false
			}
		}
		long = long || len(t) > 4
	}
	return long
}

// isResource says that the type at a place is that of a JSON:API resource object, a constant by its
// standard: beside it stand attributes, and an id or, before there is one, data around it.
func (g *graph) isJSONAPIType(p int32) bool {
	o := g.positions[p].origin.owner
	if o < 0 {
		return false
	}
	cl := &g.clusters[g.findCluster(o)]
	known, has := g.positions[cl.firstPosition].origin.name >= 0 && g.names[g.positions[cl.firstPosition].origin.name] == "data", false
	for _, m := range cl.members {
		switch g.names[m.name] {
		case "id":
			known = true
		case "attributes":
			has = true
		}
	}
	return known && has
}

// findTags learns whether tags, and the types of resource objects, are constants in this API: nearly all places of
// such a name hold one value, so that a single exchange tells it.
func (g *graph) findConstantTags(byName map[string][]*enumValueList) {
	g.constantTags = map[string]bool{}
	for name, ls := range byName {
		one := 0
		for _, l := range ls {
			if len(l.texts) == 1 {
				one++
			}
		}
		g.constantTags[name] = tagWords[name] && mostlyOne(one, len(ls))
	}
	one, all := 0, 0
	for _, l := range byName["type"] {
		if g.isJSONAPIType(l.positions[0]) {
			all++
			if len(l.texts) == 1 {
				one++
			}
		}
	}
	g.hasConstantTypes = mostlyOne(one, all)
}

// selfTag says that a property of this name tells the type of the object it stands in, so that there are as many values
// as there are types; kind may be the name of a list, too, where it is none of these.
func (g *graph) isTypeTag(name string) bool {
	switch name {
	case "kind", "resource_type", "object_type":
		return g.constantTags[name]
	}
	return tagWords[name]
}

func endsUnspaced(word string) bool {
	for _, end := range unspacedEnumWords {
		if strings.HasSuffix(word, end) && len(word) > len(end)+1 {
			return true
		}
	}
	return false
}

// mostlyOne says that of enough places nearly all hold one value.
func mostlyOne(one, all int) bool { return all >= 10 && one*10 >= all*9 }

// closed says that a list is all there is.
func (g *graph) isClosed(name string, l *enumValueList) bool {
	if g.policy.OpenEnums {
		return false
	}
	if len(l.texts) == 1 {
		switch {
		case tagWords[name]:
			return l.exchanges >= minTagExchanges || g.constantTags[name]
		case name == "type" && g.isJSONAPIType(l.positions[0]):
			return l.exchanges >= minTagExchanges || g.hasConstantTypes
		case name == "type":
			return l.exchanges >= minTypeExchanges
		}
		return false
	}
	last := noun.Singular(name[strings.LastIndexByte(name, '_')+1:]) // of permissions, too, which are a whole elsewhere
	if g.isTypeTag(name) || codeWords[last] || !enumWords[last] && !endsUnspaced(last) && !inCapitals(l.texts) {
		return false
	}
	numbered := 0
	for _, t := range l.texts {
		if strings.ContainsAny(t, "/.:") {
			return false
		}
		if strings.ContainsAny(t, "0123456789") {
			numbered++
		}
	}
	if 2*numbered > len(l.texts) && !numberedWords[last] { // sizes, models, ids: there are always more
		return false
	}
	if 2*l.values.countRare() > len(l.texts) { // of such, more are to come
		return false
	}
	return len(l.texts) <= maxEnumValues && l.count >= minEnumCount && l.exchanges >= minEnumExchanges &&
		l.count >= minEnumRepeats*len(l.texts) && float64(l.values.countSeenOnce()) < maxEnumOnceShare*float64(l.count)
}
