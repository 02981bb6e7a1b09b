package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// minMirrored is the least number of answers of each name that hold it.
const minMirrored = 3

// areMirrored reports whether a level consists of two words or more that are followed by the same
// identifiers, and each answer below them holds the one that it stands below, in a property of one
// name: stats/daily/7 and stats/monthly/7 answer "granularity": "daily" and "monthly".
func areMirrored(all []*candidate) bool {
	if len(all) < 2 || len(all) > maxComparedSiblings {
		return false
	}
	fields := map[string]int{}
	for _, c := range all {
		if !c.ownNode || c.isLeaf || c.isStrong() || c.shape == shapeVersion || noun.IsPlural(c.decoded) || c.responses < minMirrored ||
			!haveCommon(c.suffixes, all[0].suffixes) {
			return false
		}
		for _, name := range c.echoFields {
			tail := fieldTail(strings.TrimSuffix(name, "[]"))
			fields[name] += boolToInt(c.echoCounts[name] >= c.responses && classOf(tail, false)&classVocabulary == 0)
		}
	}
	for _, n := range fields {
		if n == len(all) {
			return true
		}
	}
	return false
}

const (
	// minTold is the least number of answers that hold the names of a level.
	minTold = 4
	// minToldNames is the least number of these names.
	minToldNames = 2
)

// findTold returns the names of a level that all answers at and below them hold in one property, if
// four of five answers at the level do so: desktop/user/7 and mobile/user/9 answer "access":
// "desktop" and "mobile". Two names are enough, and what follows them may differ. Of names that end
// the path and are answered with one record, one answer each is enough. Properties such
// as type and kind also hold the names of literals and do not count, nor do actions, whose answers
// may name them, or plural nouns alone, of which a server may name the collection.
func (d *decider) findTold(parent *level, all []*candidate) map[*candidate]bool {
	if parent.parent == nil || len(all) < minToldNames {
		return nil
	}
	told, responses := map[string][]*candidate{}, int64(0)
	for _, c := range all {
		responses += c.responses
		for _, name := range c.echoFields {
			if strings.HasSuffix(name, "[]") {
				continue // a list may hold the names of the siblings, too
			}
			if c.shape != shapeVersion && c.echoCounts[name] >= c.responses && !(c.isLeaf && noun.IsVerb(c.decoded)) &&
				classOf(fieldTail(name), false)&classVocabulary == 0 {
				told[name] = append(told[name], c)
			}
		}
	}
	out := map[*candidate]bool{}
	for name, names := range told {
		if parent.isVersion && classOf(fieldTail(name), false)&(classIDField|classNameField) == 0 {
			continue // collections stand below versions
		}
		held, words, nouns := int64(0), 0, 0
		for _, c := range names {
			held += c.responses
			words += boolToInt(c.ownNode && !c.isStrong())
			nouns += boolToInt(c.ownNode && !c.isStrong() && noun.IsPlural(c.decoded))
		}
		if words < minToldNames || words == nouns || held < minTold && !areOneRecord(names) || 5*held < 4*responses {
			continue
		}
		for _, c := range names {
			out[c] = true
		}
	}
	return out
}

// areOneRecord reports whether names end the path, and their answers have the same properties, two
// or more: menus/footer and menus/header answer "location" and "items".
func areOneRecord(names []*candidate) bool {
	for _, c := range names {
		if !c.isLeaf || len(c.topProperties) < 2 || len(c.topProperties) != len(names[0].topProperties) ||
			countCommon(c.topProperties, names[0].topProperties) != len(c.topProperties) {
			return false
		}
	}
	return true
}
