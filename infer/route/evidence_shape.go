package route

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/infer/noun"
)

// weighShape adds the evidence from the characters of the segment.
func (d *decider) weighShape(parent *level, c *candidate, s *siblings) {
	w := d.weights
	switch {
	case c.isStrong():
		c.addEvidence("looks like an identifier: "+c.shape.String(), w.Strong, 1)
		return
	case c.isBetweenColons():
		c.addEvidence("stands between two colons", 2*w.Strong, 1)
		c.witness = true
		return
	case c.isAssigned():
		c.addEvidence("stands behind a name and an equals sign", w.Strong, 1)
		c.witness = true
		return
	case c.shape == shapeOverflow && c.prefix == "":
		c.addEvidence("many names", w.Strong, 1)
		return
	case c.shape == shapeOverflow:
		c.addEvidence("quoted key", w.Strong, 1)
		return
	case c.shape == shapeVersion:
		c.addEvidence("has a digit", w.Digit, 1)
	case c.shape == shapeDigits && isNamedVersion(c.decoded):
		c.addEvidence("ends with a version", w.Word, 1)
	case c.shape == shapeDigits && isNumberedPlural(c.decoded):
		c.addEvidence("plural noun", w.Plural, 1)
	case c.shape == shapeDigits:
		c.addEvidence("has a digit", w.Digit, 1)
		if isNumbered(c.decoded) {
			c.addEvidence("is numbered like one of a series", w.Numbered, 1)
			if s.numbered > 1 {
				c.addEvidence("its siblings are numbered, too", w.NumberedToo, int64(s.numbered))
			}
		}
	case isForeignWord(c.decoded):
		c.addEvidence("word", w.Word, 1)
	case c.shape == shapeOdd:
		c.addEvidence("odd characters for a word", w.Odd, 1)
		if holdsVersionNumber(c.decoded) {
			c.addEvidence("holds a version number", w.Numbered, 1)
		}
		for i := 0; i < len(c.decoded); i++ {
			if isDigit(c.decoded[i]) {
				c.addEvidence("has a digit", w.Digit, 1)
				break
			}
		}
	case c.shape == shapeMixed:
		c.addEvidence("mixed case", w.Mixed, 1)
	}
	if c.encoded != c.prefix+c.decoded+c.suffix && !isForeignWord(c.decoded) && (parent.parent == nil || !hasSpace(c.decoded)) {
		c.addEvidence("needs escaping", w.Escaped, 1)
	}
	if len(c.decoded) >= 20 {
		c.addEvidence("long", w.Long, 1)
	}
	d.weighSpelling(parent, c, s)
}

// isNumberedPlural reports whether a segment is the plural of a word with a number at its end, as
// those of types are: int32s.
func isNumberedPlural(s string) bool {
	word, ok := strings.CutSuffix(s, "s")
	stem := strings.TrimRight(word, "0123456789")
	return ok && len(stem) > 2 && len(stem) < len(word) && isPlainWord(stem)
}

// isForeignWord reports whether a segment is one word of letters of which some are not ASCII: café,
// straße. It needs escaping in every language but English.
func isForeignWord(s string) bool {
	foreign := false
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return false
		}
		foreign = foreign || r >= utf8.RuneSelf
	}
	return foreign && utf8.ValidString(s)
}

// weighSpelling adds the evidence from codes, constants and words.
func (d *decider) weighSpelling(parent *level, c *candidate, s *siblings) {
	w := d.weights
	switch {
	case !s.lowerCaseAbove || !c.ownNode:
	case isCapital(c.decoded) && s.areConstants:
		c.addEvidence("a single capital, as its siblings are", w.Strong+w.Capitals/2, 1)
		c.witness = true
	case isAllCaps(c.decoded) && s.capitalGroups:
		c.addEvidence("in capitals, and groups parts of the API as its siblings do", w.OwnNouns, 1)
	case isAllCaps(c.decoded):
		c.addEvidence("in capitals below lower-case literals", w.Capitals, 1)
		if parent.hasOnlyConstants() || parent.followsConstants() {
			c.addEvidence("follows another constant", w.Constants/2, 1)
		}
		if s.alikeConstants || s.constantsAlike {
			c.addEvidence("its siblings are in capitals, too, and are answered or used alike", w.Constants, 1)
		}
		c.witness = true
	}
	if s.areCodes && isCode(c.decoded) {
		c.addEvidence("a two-letter code, like all its siblings", w.Code, 1)
		c.witness = true
	}
	switch {
	case isLocale(c.decoded):
		c.addEvidence("a language with a region or script", w.Strong, 1)
		c.witness = true
		return
	case !s.areCodes && c.ownNode && isCode(c.decoded) && parent.isBelowPlural() && codeNouns[noun.Fold(noun.Singular(parent.literal))]:
		c.addEvidence("a two-letter code below a noun for what has such codes", w.Code, 1)
		c.witness = true
	case s.formats > 1 && c.ownNode && dataFormats[c.decoded]:
		c.addEvidence("a data format beside another", 1.5*w.Strong, int64(s.formats))
		c.witness = true
	case s.areCodes && s.languages > 1 && isLanguage(c.decoded):
		c.addEvidence("a language", w.Language, int64(s.languages))
		c.witness = true
	}
	if c.isWordLike() {
		words := noun.Words(c.decoded)
		switch {
		case d.isPlural(c):
			c.addEvidence("plural noun", w.Plural, 1)
		case len(words) > 1:
			c.addEvidence("compound word", w.Compound, 1)
		default:
			c.addEvidence("word", w.Word, 1)
		}
	}
}

// holdsVersionNumber reports whether a segment has three numbers joined by dots in it, as
// lib-1.0.2.tgz has.
func holdsVersionNumber(s string) bool {
	numbers, digit := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			if !digit {
				numbers++
			}
			digit = true
		case s[i] == '.' && digit:
			digit = false
		default:
			numbers, digit = 0, false
		}
		if numbers == 3 {
			return true
		}
	}
	return false
}
