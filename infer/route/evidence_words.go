package route

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/english"
	"github.com/spectap/spectap/infer/noun"
)

// maxCheckedFields bounds the properties that are looked up.
const maxCheckedFields = 256

// minCheckedFields is the number of properties from which the words before identifiers, which may
// be names, need not be English.
const minCheckedFields = 6

// isInEnglish reports whether the API is written in English: at least three of four of its
// properties (a sample by hash) and of the words before its identifiers are, or of the properties
// alone if a third of the words at the beginning of paths is.
func (d *decider) isInEnglish() bool {
	n, known := 0, 0
	fields := d.tree.index.fields.entries
	for _, h := range slices.Sorted(maps.Keys(fields))[:min(len(fields), maxCheckedFields)] {
		n++
		known += boolToInt(english.Is(fields[h].name))
	}
	if n >= minCheckedFields && 4*known >= 3*n && d.startsEnglish {
		return true
	}
	for label := range d.beforeID {
		n++
		known += boolToInt(english.Is(label))
	}
	return 4*known >= 3*n
}

// beginsInEnglish reports whether a third of the words in the first two segments of paths are
// English.
func (d *decider) beginsInEnglish() bool {
	words := map[string]bool{}
	addWords(words, &d.tree.root)
	for _, k := range d.tree.root.children {
		addWords(words, k)
	}
	known := 0
	for w := range words {
		known += boolToInt(english.Is(w))
	}
	return 3*known >= len(words)
}

// weighWords counts a segment below a plural noun if it is no English word, and elsewhere if it is
// followed by the same words as two others that are none. Routes are named in words; names of
// things often are not.
func (d *decider) weighWords(parent *level, c *candidate, s *siblings) {
	if !d.isNoWord(c) {
		return
	}
	weight, n := 0.0, 1
	switch {
	case d.onlyPosts: // procedures
	case s.belowCollection:
		weight = d.weights.NoWord
		if c.isLeaf {
			weight = d.weights.NoWordLeaf + d.weights.NoWordToo*float64(unknownWords(c.decoded)-1)
		}
	case noun.IsPlural(c.decoded) && len(noun.Words(c.decoded)) > 1: // a collection: telephony_credentials
	case c.isLeaf && c.isWritten() && parent.literal != "" && !parent.isParameter() && !parent.isVersion:
		weight = d.weights.NoWordLeaf + d.weights.DeletesItem + d.weights.NoWordToo*float64(unknownWords(c.decoded)-1)
	case !c.isLeaf:
		for _, o := range s.compared {
			n += boolToInt(o != c && haveCommon(o.nextLabels, c.nextLabels) && d.isNoWord(o))
		}
		if n > 2 {
			weight = d.weights.NoWord
		}
	}
	if weight != 0 {
		c.addEvidence("is no English word", weight, int64(n))
		c.witness = true
	}
}

// isNoWord reports whether a segment is neither English nor the name of a type, nor a plural or the
// name of a collection.
func (d *decider) isNoWord(c *candidate) bool { return d.beforeID[c.label] == 0 && d.isUnknownWord(c) }

// isUnknownWord reports whether a segment is neither English nor the name of a type, nor a plural.
func (d *decider) isUnknownWord(c *candidate) bool {
	if !d.isEnglish || !c.ownNode || c.shape != shapeWord && c.shape != shapeMixed || d.isPlural(c) ||
		isMarkedWord(c.decoded) || selectorWords[c.decoded] || english.Is(c.decoded) || isJoinedAction(c.decoded) {
		return false
	}
	v := d.tree.index.wordValues.entries[c.hash] // the name of a type or an engine
	return v == nil || v.classes&^classInRequest != classVocabulary
}

// isPropertyName reports whether a property of a response is called like a segment.
func (d *decider) isPropertyName(s string) bool {
	_, ok := d.tree.index.propertyNames.entries[lowerHash(s)]
	return ok
}

// minJoinedAction is the least number of letters of a verb and what it is written together with.
const minJoinedAction = 10

// isJoinedAction reports whether lower-case letters begin with a verb and an English word of four
// letters or more: findcitiesbyarea, findbytheme.
func isJoinedAction(s string) bool {
	if len(s) < minJoinedAction || !isPlainWord(s) {
		return false
	}
	for i := 3; i < len(s)-3; i++ {
		if !noun.IsVerb(s[:i]) {
			continue
		}
		rest := strings.TrimPrefix(s[i:], "by")
		for end := 4; end <= len(rest); end++ {
			if english.IsWord(rest[:end]) {
				return true
			}
		}
	}
	return false
}

// hasWordAfterNumber reports whether digits and letters are the first of several parts of a name,
// and the last part is an English word: 2fa-login, 3d-models.
func hasWordAfterNumber(s string) bool {
	i := strings.LastIndexAny(s, "-_")
	return i > 0 && isLetter(s[strings.IndexAny(s, "-_")-1]) && len(s)-i > minPluralPart && english.IsWord(strings.ToLower(s[i+1:]))
}

// unknownWords counts the words of a name that are not English.
func unknownWords(s string) int {
	n := 0
	for _, w := range noun.Words(s) {
		n += boolToInt(!english.Is(w))
	}
	return max(n, 1)
}

// isPlural reports whether a segment is a plural noun. In an English API it is of words, or begins
// with a capital like the names of types. Capitals that end in S are a code: FCS, XPS.
func (d *decider) isPlural(c *candidate) bool { return d.isPluralWord(c.decoded) }

// isPluralWord is isPlural for a word.
func (d *decider) isPluralWord(word string) bool {
	switch {
	case !noun.IsPlural(word):
		return false
	case isAllCaps(word):
		return english.IsWord(strings.ToLower(word))
	}
	return !d.isEnglish || isUpper(word[0]) || english.Is(word) || endsInPlural(word)
}

// minPluralPart is the least number of letters of a plural that says what a name of several words
// names.
const minPluralPart = 5

// endsInPlural reports whether the last of several words is an English plural: the others may be
// names, as in acme-switches.
func endsInPlural(s string) bool {
	words := noun.Words(s)
	last := words[len(words)-1]
	return len(words) > 1 && len(last) >= minPluralPart && english.IsWord(last)
}

// hasPlural reports whether the API also has the plural of a word as a segment: label and labels.
func (d *decider) hasPlural(word string) bool { return word != "" && d.singulars[noun.Fold(word)] }

// areWordsJoined reports whether the plural nouns of the API join their words in camel case or
// with underscores, and never with dashes. A name with a dash is then no noun of the API.
func (d *decider) areWordsJoined() bool {
	joined := 0
	for label := range d.labelUses {
		switch {
		case !noun.IsPlural(label):
		case strings.Contains(label, "-"):
			return false
		case strings.Contains(label, "_"), len(noun.Words(label)) > 1:
			joined++
		}
	}
	return joined > 1
}

// weighDash counts a name of several words with a dash in an API that writes its nouns otherwise.
func (d *decider) weighDash(parent *level, c *candidate) {
	if !d.joinsWords || !c.ownNode || c.shape != shapeWord || !strings.Contains(c.decoded, "-") {
		return
	}
	c.addEvidence("has a dash, unlike the nouns of this API", d.weights.Dash, 1)
	if parent.isBelowPlural() {
		c.witness = true
	}
}
