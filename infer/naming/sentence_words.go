package naming

import (
	"strings"

	"github.com/spectap/spectap/internal/verb"
)

// oneOf returns the function that reports whether a word is one of those of a text.
func oneOf(words string) func(word string) bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return func(word string) bool { return set[word] }
}

// isSearch reports whether a literal selects among the things that the next one names.
var isSearch = oneOf(`search find lookup`)

// isOfMany reports whether a verb is about several things: search orders.
var isOfMany = oneOf(`search list find lookup query filter count export autocomplete`)

// isCreation reports whether a verb makes a new thing.
var isCreation = oneOf(`create add generate request send insert issue post register schedule`)

// isIntransitive reports whether a verb needs no object: log in.
var isIntransitive = oneOf(`auth login logout signin signout signup whoami`)

// isAct reports whether a whole literal names what somebody does and nothing that is created, read
// or replaced, whatever the method.
var isAct = oneOf(`login logout signin signout signup register sync whoami`)

// isManner reports whether a word says how the verb after it is done.
var isManner = oneOf(`force bulk batch mass soft hard multi auto quick`)

var isPreposition = oneOf(`by from to with for as in into on at of via without`)

// isGerund reports whether a word is the form of a verb in -ing, or looks like one.
func isGerund(word string) bool {
	return len(word) > 5 && strings.HasSuffix(word, "ing") && !verb.Is(word)
}

// isActivity reports whether a word is what somebody does for a while (typing), and no thing that
// is made by it (a booking).
func isActivity(word string) bool {
	switch word {
	case "billing", "booking", "building", "clothing", "drawing", "filing", "finding", "heading", "hearing", "holding",
		"listing", "mapping", "meeting", "offering", "opening", "painting", "posting", "pricing", "ranking", "rating",
		"reading", "recording", "ruling", "saving", "setting", "shipping", "sibling", "string", "training", "warning":
		return false
	}
	return isGerund(word)
}

// isView reports whether the last part of the name of a procedure is what it returns: users.info.
var isView = oneOf(`info status history details summary stats count permalink`)
