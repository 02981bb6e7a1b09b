package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// identifier finds the shape of an identifier.
func (q *question) identifier() finding {
	c, f := q.c, finding{times: 1}
	switch {
	case c.isStrong():
		f.explanation = "it looks like an identifier: " + c.shape.String()
	case c.isBetweenColons():
		f.times, f.explanation = 2, "stands between two colons"
	case c.isAssigned():
		f.explanation = "it stands behind a name and an equals sign"
	case c.shape == shapeOverflow && c.prefix == "":
		f.explanation = "it stands for many names"
	case c.shape == shapeOverflow:
		f.explanation = "it is a quoted key"
	case isLocale(c.decoded):
		f.explanation = "it is a language with a region or script"
	default:
		return finding{}
	}
	return f
}

// digits finds a digit, and again that it numbers a series or belongs to the number of a version.
func (q *question) digits() finding {
	c := q.c
	switch {
	case c.shape == shapeVersion:
		return found(true)
	case q.beforeID[c.label] > 0: // a collection: applications/oauth2/17
	case c.shape == shapeDigits && isNumbered(c.decoded):
		return finding{times: 2, explanation: "it is numbered like one of a series"}
	case c.shape == shapeDigits:
		return found(true)
	case c.shape == shapeOdd && strings.ContainsAny(c.decoded, "0123456789"):
		return finding{times: 1 + float64(boolToInt(holdsVersionNumber(c.decoded)))}
	}
	return finding{}
}

// timesEscaped is how much more a character that a URL cannot hold says than another odd one.
const timesEscaped = 5

// odd finds characters that words do not have, and more of them than words have.
func (q *question) odd() finding {
	c := q.c
	f := finding{times: float64(boolToInt(c.shape == shapeOdd) + boolToInt(len(c.decoded) >= 20))}
	if q.parent.parent != nil && c.encoded != c.prefix+c.decoded+c.suffix { // pages at the root need it, too
		f.times += timesEscaped
		f.explanation = "it needs escaping"
	}
	return f
}

// maxCapitals is the length of the longest code in capitals, such as that of a currency or an
// airport. Longer names in capitals may be those of parts of an API (API_BUSINESS_PARTNER), unless
// they stand below a plural noun: secrets/NPM_TOKEN.
const maxCapitals = 5

// code finds a code of letters.
func (q *question) code() finding {
	c, n := q.c, 0
	isShort := len(c.decoded) <= maxCapitals || q.parent.isBelowPlural()
	if c.ownNode && isAllCaps(c.decoded) && isShort && q.parent.isLowerCaseAbove() {
		n++
	}
	if isCode(c.decoded) && q.s.areCodes() {
		n++
	}
	return finding{times: float64(n)}
}

// plural finds a plural noun.
func (q *question) plural() finding {
	return found(q.c.isWordLike() && !isLocale(q.c.decoded) && q.isPlural(q.c))
}

// word finds a word, or words in camel case.
func (q *question) word() finding {
	c := q.c
	isWord := c.isWordLike() && !isLocale(c.decoded) && !q.isPlural(c) && (len(noun.Words(c.decoded)) == 1 || isCamel(c.decoded))
	return found(isWord)
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
