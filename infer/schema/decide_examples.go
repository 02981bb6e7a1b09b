package schema

import (
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// Limits of examples from traffic.
const (
	maxCode      = 32 // bytes of a value from a closed list
	maxOpenCode  = 3  // bytes of a code from an open list: those of countries and currencies, not names of cities
	minCodeCount = 3  // occurrences
)

// sharedCodes end the names of properties with codes that many have. Others of codeWords, such as
// initials, may tell a person.
var sharedCodes = wordSet(`currency country language locale timezone zone region iata airport datacenter`)

// example returns an example of values of one kind, or "". That of integers is made up: the
// smallest one with as many digits as the largest value. That of strings is the most frequent
// value, if all values are codes that redaction keeps. Those of enumWords must be English words,
// and those of sharedCodes short. Any other text may be data of a person.
func (n *valueFacts) example(field string, kind Kind) (text string) {
	switch {
	case kind == Integer && n.numbers.hasRange && !n.numbers.hasBig && n.numbers.max > 0:
		return "1" + strings.Repeat("0", len(strconv.FormatInt(n.numbers.max, 10))-1)
	case kind != String || n.strings == nil || n.strings.values.isOverflowed || len(n.strings.values.entries) > maxEnumValues:
		return ""
	}
	most, last := uint32(minCodeCount-1), lastWord(strings.TrimSuffix(lowerWords(field), "_code"))
	for _, e := range n.strings.values.entries {
		switch {
		case !isCode(e.text), !sharedCodes[last] && !noun.IsEnglish(e.text): // a text that was not kept is empty
			return ""
		case e.count > most || e.count == most && text != "" && e.text < text:
			most, text = e.count, e.text
		}
	}
	if enumWords[last] || sharedCodes[last] && len(text) <= maxOpenCode {
		return text
	}
	return ""
}

// isCode reports whether a text is a code, such as "EUR", "en-us" or "card_present": a word without
// spaces, in one case, as names of people are not written.
func isCode(s string) bool {
	lower, upper := strings.ToLower(s), strings.ToUpper(s)
	return len(s) <= maxCode && (s == lower || s == upper) && lower != upper &&
		strings.Trim(lower, "abcdefghijklmnopqrstuvwxyz0123456789_-.:/") == ""
}
