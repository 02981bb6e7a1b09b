package rules

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

var chosen = List("chosen")

// IsChosen reports whether a name is that of a secret that people choose. Such a secret could be
// guessed even from its hash.
func IsChosen(name string) bool { return slices.Contains(chosen, LastWord(name)) }

// What marks a name: see words.txt.
var (
	textWords, textLastWords = Set("text-words"), Set("text-last-words")
	textParts                = List("text-parts")
)

// CanKeepText reports whether short identifier-like values under this name may be kept as text, for
// example as an enum. It is stricter than [ClassOf]: it also rejects the names of personal
// data and free text, whose values redaction shows. It does not allocate.
func CanKeepText(name string) bool {
	var buf [64]byte
	if len(name) > len(buf) {
		return false
	}
	if s := ClassOf(name); s > Personal && s != Weak || s == Weak && !MayHoldVocabulary(name) {
		return false
	}
	low := buf[:len(name)]
	for i := range low {
		if low[i] = name[i]; ascii.IsUpper(low[i]) {
			low[i] |= 0x20
		}
	}
	for _, s := range textParts {
		if bytes.Contains(low, []byte(s)) {
			return false
		}
	}
	for start := 0; start < len(name); {
		end := camelWordEnd(name, start)
		word := low[start:end]
		last := end == len(name)
		if isTextWord(word, last) ||
			len(word) > 1 && word[len(word)-1] == 's' && isTextWord(word[:len(word)-1], last) {
			return false
		}
		for start = end; start < len(name) && !ascii.IsAlnum(name[start]); start++ {
		}
	}
	return true
}

// MayHoldVocabulary reports whether a Weak name often holds words of the API, as "state" does.
// Values of such a name that have digits are still taken for secrets.
func MayHoldVocabulary(name string) bool {
	name = strings.TrimRight(name, "-_")
	for _, w := range [...]string{"code", "codes", "state", "states", "access"} {
		if n := len(name) - len(w); n >= 0 && name[n]|0x20 == w[0] && strings.EqualFold(name[n:], w) {
			return true
		}
	}
	return false
}

// isTextWord reports whether a word marks a name; last tells whether it is the last word.
func isTextWord(word []byte, last bool) bool {
	return textWords[string(word)] || last && textLastWords[string(word)]
}

// camelWordEnd returns the end of the word at i. A word ends before a character that is neither a
// letter nor a digit, and where camelCase begins another word. The plural of an abbreviation, as in
// IPs, is one word.
func camelWordEnd(name string, i int) int {
	for j := i + 1; j < len(name); j++ {
		c, before := name[j], name[j-1]
		switch {
		case !ascii.IsAlnum(c):
			return j
		case ascii.IsUpper(c) && !ascii.IsUpper(before):
			return j
		case ascii.IsUpper(c) && j+1 < len(name) && ascii.IsLower(name[j+1]) && !(j+2 == len(name) && name[j+1] == 's'):
			return j
		}
	}
	return len(name)
}
