package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
)

// enumWords end the names of properties that, by common usage, hold one of a few values.
var enumWords = wordSet(`
	status type state role kind mode level severity priority visibility phase event action
	conclusion permission privacy protocol direction unit interval frequency effect outcome
	strategy tier stage operator association encoding policy scope side format method access
	order usage behavior health lifecycle class selection model aggregator aggregation
	comparator comparison algorithm scheme style layout alignment align orientation granularity
	decision resolution trigger operation hypervisor platform architecture arch privilege gender
	urgency importance impact relation result theme subtype sort cadence availability purpose`)

// numberedWords end the names of properties whose few values contain digits: x86_64, sha256, http2.
var numberedWords = wordSet(`arch architecture algorithm protocol encoding digest`)

// codeWords end the names of properties with codes from open lists.
var codeWords = wordSet(`
	currency country code symbol ticker language locale timezone zone region sku iata airport
	province abbreviation initials version location datacenter place city`)

// tagWords are properties that name the type of the object they belong to.
var tagWords = wordSet(`object kind api_version typename odata_type resource_type object_type`)

// Limits for enums. A closed enum that is incomplete rejects good values, while a missing enum only
// accepts bad ones.
const (
	maxEnumValues    = 20
	minEnumCount     = 8
	minEnumExchanges = 5
	minEnumRepeats   = 3   // occurrences per distinct value
	maxEnumOnceShare = .05 // share of values seen once, which estimates the unseen share (Good-Turing)
	minTypeExchanges = 8   // exchanges that make a property named type constant
	// minValueExchanges is the number of exchanges for each value from which a list is complete
	// without other evidence, if no value occurred once.
	minValueExchanges = 12
	minSharedValues   = 3 // values that properties of several names share
)

// addEnum closes a string to its list of values, if there is one.
func (g *graph) addEnum(id int32, f *valueFacts, s *Schema) {
	if s.Kind != String || s.Format != "" || f.strings == nil {
		return
	}
	if field := g.positions[id].origin.name; field >= 0 && g.names[field] == "jsonrpc" && f.strings.hasOnly("2.0") {
		s.Enum = []string{"2.0"} // required value (JSON-RPC 2.0, sections 4 and 5)
		return
	}
	s.Enum = g.enums[id]
}

// enumValueList holds the values of positions that may share one enum.
type enumValueList struct {
	positions    []int32
	values       valueSample
	texts        []string
	count        int // number of strings
	exchanges    int
	isInResponse bool // some positions are in responses
}

// findEnums decides which positions are enums. Positions of one name whose values overlap share
// their evidence and the list.
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
		var responses, requestOnly []*enumValueList
		for _, l := range byName[name] {
			if l.isInResponse {
				responses = append(responses, l)
			} else {
				requestOnly = append(requestOnly, l)
			}
		}
		merged := mergeOverlapping(responses)
		for _, l := range merged {
			if !g.isClosed(name, l) || l.hasWider(merged) && !l.isExhausted() {
				continue
			}
			for _, p := range l.positions {
				g.enums[p] = l.texts
			}
			for _, r := range requestOnly {
				if len(r.texts) > 1 && r.isSubsetOf(l) {
					g.enums[r.positions[0]] = l.texts
				}
			}
		}
		byName[name] = append(merged, requestOnly...) // so that no exchange counts twice
	}
	g.findVocabularies(names, byName)
}

// hasWider reports whether a longer list has some of the values: elsewhere, the property has more.
func (l *enumValueList) hasWider(lists []*enumValueList) bool {
	isShared := func(o *enumValueList) func(string) bool {
		return func(t string) bool { return slices.Contains(o.texts, t) }
	}
	return slices.ContainsFunc(lists, func(o *enumValueList) bool {
		return len(o.texts) > len(l.texts) && slices.ContainsFunc(l.texts, isShared(o))
	})
}

// isExhausted reports whether so many exchanges had so few values, each more than once, that no
// other value is to be expected.
func (l *enumValueList) isExhausted() bool {
	return l.exchanges >= minValueExchanges*len(l.texts) && l.values.countUpTo(1) == 0
}

// isSubsetOf reports whether all values of l are in o.
func (l *enumValueList) isSubsetOf(o *enumValueList) bool {
	return l.countShared(o) == len(l.texts)
}

// enumValuesAt returns the values at a position if it may be an enum, and the name under which its
// evidence is shared.
func (g *graph) enumValuesAt(id int32) (*enumValueList, string) {
	f := g.pooledFacts(id)
	if f.strings == nil || f.isText || f.strings.empty > 0 ||
		f.commonFormat() != "" && f.formatFor(g.names[g.positions[id].origin.name], false) != "" {
		return nil, ""
	}
	texts := f.strings.allTexts()
	if texts == nil || len(texts) > maxEnumValues {
		return nil, ""
	}
	if len(g.positions[id].mirrored) > 0 {
		if f = g.independentFacts(id); f.strings == nil {
			return nil, ""
		}
	}
	w := &g.positions[id].origin
	name := g.lowerNames[w.name]
	d := domainOf(&g.bodies[w.body])
	return &enumValueList{positions: []int32{id}, values: f.strings.values, texts: texts,
		count: int(f.kinds[kindString]), exchanges: int(f.exchanges),
		isInResponse: d == domainResponse || d == domainError}, name
}

// mergeOverlapping merges lists that overlap: three quarters of the shorter are in the longer.
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
			both := l.countShared(o)
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

// countShared returns how many values of l are in o.
func (l *enumValueList) countShared(o *enumValueList) (n int) {
	for _, t := range l.texts {
		if slices.Contains(o.texts, t) {
			n++
		}
	}
	return n
}

// merge adds the values and positions of o.
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

// allTexts returns all values, sorted, or nil unless the text of each is known.
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

// hasOnly reports whether all values were this text.
func (s *stringFacts) hasOnly(text string) bool {
	return s.empty == 0 && !s.values.isOverflowed && len(s.values.entries) == 1 &&
		s.values.entries[0].hash == bottomk.Hash([]byte(text))
}

// isJSONAPIType reports whether the type at a position belongs to a JSON:API resource object, where
// the standard makes it constant. Such an object has attributes and an id or, before it has one,
// stands under data.
func (g *graph) isJSONAPIType(p int32) bool {
	o := g.positions[p].origin.owner
	if o < 0 {
		return false
	}
	cl := &g.clusters[g.findCluster(o)]
	name := g.positions[cl.firstPosition].origin.name
	hasID, hasAttributes := name >= 0 && g.names[name] == "data", false
	for _, m := range cl.members {
		switch g.names[m.name] {
		case "id":
			hasID = true
		case "attributes":
			hasAttributes = true
		}
	}
	return hasID && hasAttributes
}

// findConstantTags determines which tags are constant in this API: nearly all positions of the name
// hold one value.
func (g *graph) findConstantTags(byName map[string][]*enumValueList) {
	g.constantTags = map[string]bool{}
	g.variedTags = map[string]bool{}
	for name, ls := range byName {
		one := 0
		for _, l := range ls {
			if len(l.texts) == 1 {
				one++
			}
		}
		g.constantTags[name] = tagWords[name] && isMostlyOne(one, len(ls))
		g.variedTags[name] = one < len(ls)
	}
}

// mayBeEnum reports whether a property with the name of a tag may also hold one of a few values.
func mayBeEnum(name string) bool {
	return name == "kind" || name == "resource_type" || name == "object_type"
}

// isMostlyOne reports whether there are enough positions and nearly all hold one value.
func isMostlyOne(one, all int) bool { return all >= 10 && one*10 >= all*9 }
