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

// isInEnglish reports whether the API is written in English: at least three of four of its
// properties (a sample by hash) and of the words before its identifiers are.
func (d *decider) isInEnglish() bool {
	n, known := 0, 0
	fields := d.tree.index.fields.entries
	for _, h := range slices.Sorted(maps.Keys(fields))[:min(len(fields), maxCheckedFields)] {
		n++
		known += boolToInt(english.Is(fields[h].name))
	}
	for label := range d.beforeID {
		n++
		known += boolToInt(english.Is(label))
	}
	return 4*known >= 3*n
}

// foreign finds a segment below a plural noun that is no English word. Routes are named in words;
// names of things often are not. Where all is POST, such words are procedures.
func (q *question) foreign() finding {
	return found(!q.onlyPosts && q.parent.isBelowPlural() && q.isNoWord(q.c))
}

// isNoWord reports whether a segment is neither English nor the name of a type, nor a plural or the
// name of a collection.
func (d *decider) isNoWord(c *candidate) bool { return d.beforeID[c.label] == 0 && d.isUnknownWord(c) }

// isUnknownWord reports whether a segment is neither English nor the name of a type, nor a plural.
func (d *decider) isUnknownWord(c *candidate) bool {
	if !d.isEnglish || !c.ownNode || c.shape != shapeWord && c.shape != shapeMixed || d.isPlural(c) ||
		isMarkedWord(c.decoded) || english.Is(c.decoded) {
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

// minWordPart is the least number of letters of a word that says what a name of several parts
// names.
const minWordPart = 5

// hasWordAfterNumber reports whether digits and letters are the first of several parts of a name,
// and the last part is an English word: 2fa-login, 3d-models.
func hasWordAfterNumber(s string) bool {
	i := strings.LastIndexAny(s, "-_")
	return i > 0 && isLetter(s[strings.IndexAny(s, "-_")-1]) && len(s)-i > minWordPart && english.IsWord(strings.ToLower(s[i+1:]))
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
	return !d.isEnglish || isUpper(word[0]) || english.Is(word)
}

// hasPlural reports whether the API also has the plural of a word as a segment: label and labels.
func (d *decider) hasPlural(word string) bool { return word != "" && d.singulars[noun.Fold(word)] }
