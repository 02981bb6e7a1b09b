package rules

import (
	"slices"
	"strings"
)

var chosen = List("chosen")

// IsChosen reports whether a name is that of a secret that people choose. Such a secret could be
// guessed even from its hash.
func IsChosen(name string) bool { return slices.Contains(chosen, LastWord(name)) }

// IsIssued reports whether a name is that of secrets that services issue, which scopes name, too.
func IsIssued(name string) bool { return issued[LastWord(name)] }

var issued = Set("issued")

// Marks of names: see words.txt.
var (
	textWords, textLastWords = Set("text-words"), Set("text-last-words")
	textParts                = List("text-parts")
)

// CanKeepText reports whether short identifier-like values under this name may be kept as text, for
// example as an enum. It is stricter than [ClassOf]: it also rejects the names of personal
// data and free text, whose values redaction shows.
func CanKeepText(name string) bool {
	x := lookUp(name)
	if x.Class > Personal && x.Class != Weak || x.Class == Weak && !MayHoldVocabulary(name) {
		return false
	}
	low := strings.ToLower(name)
	if slices.ContainsFunc(textParts, func(part string) bool { return strings.Contains(low, part) }) {
		return false
	}
	last := LastWord(name)
	for word := range strings.SplitSeq(x.words, "_") {
		if textWords[word] || textWords[strings.TrimSuffix(word, "s")] {
			return false
		}
	}
	return !textLastWords[last] && !textLastWords[strings.TrimSuffix(last, "s")]
}

// MayHoldVocabulary reports whether a Weak name often holds words of the API, as "state" does.
// Values of such a name that have digits are still taken for secrets.
func MayHoldVocabulary(name string) bool {
	last := LastWord(name)
	return last == "code" || last == "state" || last == "access"
}
