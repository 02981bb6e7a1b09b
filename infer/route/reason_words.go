package route

import (
	"maps"
	"slices"
	"strings"

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
		known += boolToInt(noun.IsEnglish(fields[h].name))
	}
	if n >= minCheckedFields && 4*known >= 3*n && d.startsEnglish {
		return true
	}
	for label := range d.beforeID {
		n++
		known += boolToInt(noun.IsEnglish(label))
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
		known += boolToInt(noun.IsEnglish(w))
	}
	return 3*known >= len(words)
}

// addWords adds the labels below a node that are words of the API.
func addWords(words map[string]bool, n *node) {
	for label := range n.children {
		if label != "" && label[0] != sharedMark && shapeOf(label) == shapeWord {
			words[label] = true
		}
	}
}

// foreign finds a segment below a plural noun that is not an English word. Elsewhere, it finds one
// that is followed by the same words as two others that are not English. Routes are named in words;
// names of objects often are not.
func (q *question) foreign() finding {
	c, parent := q.c, q.parent
	switch {
	case q.onlyPosts || !q.isNoWord(c): // procedures
	case parent.isBelowPlural():
		return found(!parent.parent.isParameter() || !q.isAlone())
	case noun.IsPlural(c.decoded) && len(noun.Words(c.decoded)) > 1: // a collection: telephony_credentials
	case !c.isLeaf:
		n := 1
		for _, o := range q.s.compared() {
			n += boolToInt(o != c && countCommon(o.nextLabels, c.nextLabels) > 0 && q.isNoWord(o))
		}
		if n > 2 {
			return counted(n)
		}
	}
	return finding{}
}

// minUnlike is the least number of words that a word is unlike.
const minUnlike = 3

// isAlone reports whether a word is the only one here that is not English but for a part of it, and
// was answered with nothing that the others were answered with, as parts of a thing are:
// settings/typo-tolerance.
func (q *question) isAlone() bool {
	unlike := 0
	for _, o := range q.s.compared() {
		if o != q.c && (q.isNoWord(o) || o.isStrong() || countCommon(o.topProperties, q.c.topProperties) > 0) {
			return false
		}
		unlike += boolToInt(o != q.c && o.getBodies > 0)
	}
	return unlike >= minUnlike && q.c.getBodies > 0 && slices.ContainsFunc(noun.Words(q.c.decoded), noun.IsEnglish)
}

// isNoWord reports whether a segment is neither English nor the name of a type, nor a plural or the
// name of a collection.
func (d *decider) isNoWord(c *candidate) bool { return d.beforeID[c.label] == 0 && d.isUnknownWord(c) }

// isUnknownWord reports whether a segment is neither English nor the name of a type, nor a plural.
func (d *decider) isUnknownWord(c *candidate) bool {
	if !d.isEnglish || !c.ownNode || c.shape != shapeWord && c.shape != shapeMixed || d.isPlural(c) ||
		isMarkedWord(c.decoded) || noun.IsEnglish(c.decoded) {
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
	return i > 0 && isLetter(s[strings.IndexAny(s, "-_")-1]) && len(s)-i > minWordPart && noun.IsEnglishWord(strings.ToLower(s[i+1:]))
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
		return noun.IsEnglishWord(strings.ToLower(word))
	}
	return !d.isEnglish || isUpper(word[0]) || noun.IsEnglish(word)
}

// hasPlural reports whether the API also has the plural of a word as a segment: label and labels.
func (d *decider) hasPlural(word string) bool { return word != "" && d.singulars[noun.Fold(word)] }
