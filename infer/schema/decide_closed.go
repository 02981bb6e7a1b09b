package schema

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// isClosed reports whether a list is complete.
func (g *graph) isClosed(name string, l *enumValueList) bool {
	if g.policy.OpenEnums || l.exchanges < 2 { // a value of one exchange is written nowhere
		return false
	}
	if len(l.texts) == 1 {
		switch {
		case mayBeEnum(name) && g.variedTags[name] && !g.constantTags[name]:
			return false // elsewhere it states something else than the type of its object
		case tagWords[name], name == "type" && g.isJSONAPIType(l.positions[0]):
			return true
		case name == "type":
			return l.exchanges >= minTypeExchanges
		}
		return false
	}
	last := lastWord(name)
	return enumWords[last] && l.isComplete(last)
}

// lastWord returns the last word of a name in the singular, because permissions share the list of
// permission.
func lastWord(name string) string { return noun.Singular(name[strings.LastIndexByte(name, '_')+1:]) }

// isComplete reports whether the values of properties whose names end in a word look like codes,
// and no other value is to be expected.
func (l *enumValueList) isComplete(last string) bool {
	if codeWords[last] {
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
	if 2*l.values.countUpTo(2) > len(l.texts) && !l.isExhausted() { // many rare values: more are to come
		return false
	}
	return len(l.texts) <= maxEnumValues && l.count >= minEnumCount && l.exchanges >= minEnumExchanges &&
		l.count >= minEnumRepeats*len(l.texts) &&
		float64(l.values.countUpTo(1)) < maxEnumOnceShare*float64(l.count)
}

// findVocabularies finds values that properties of several names share, such as those of products
// and billed_products: the names end in one word, and the values of each overlap. Such properties
// support each other, for any word, if no value occurred less than three times.
func (g *graph) findVocabularies(names []string, byName map[string][]*enumValueList) {
	byWord := map[string][]*enumValueList{}
	var words []string
	for _, name := range names {
		last := lastWord(name)
		if freeText[last] || last == "type" {
			continue
		}
		for _, l := range byName[name] {
			if g.enums[l.positions[0]] == nil && len(l.texts) > 1 {
				if byWord[last] == nil {
					words = append(words, last)
				}
				byWord[last] = append(byWord[last], l)
			}
		}
	}
	slices.Sort(words)
	for _, word := range words {
		for _, l := range mergeOverlapping(byWord[word]) {
			isShared := len(l.texts) >= minSharedValues && g.haveSeveralNames(l.positions)
			if !isShared || l.values.countUpTo(2) > 0 || !l.isExhausted() || g.policy.OpenEnums || !l.isComplete(word) {
				continue
			}
			for _, p := range l.positions {
				g.enums[p] = l.texts
			}
		}
	}
}

// haveSeveralNames reports whether the properties at positions have different names.
func (g *graph) haveSeveralNames(positions []int32) bool {
	first := g.lowerNames[g.positions[positions[0]].origin.name]
	return slices.ContainsFunc(positions, func(p int32) bool { return g.lowerNames[g.positions[p].origin.name] != first })
}
