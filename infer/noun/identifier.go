package noun

import (
	"strings"
	"unicode"
)

// maxIdentifier bounds the length of an identifier, in bytes.
const maxIdentifier = 80

// sizes are numbers of several digits in the names of formats and algorithms: sha256, base32.
var sizes = map[string]bool{"10": true, "12": true, "16": true, "24": true, "30": true,
	"32": true, "64": true, "90": true, "95": true, "99": true, "100": true, "128": true,
	"160": true, "192": true, "256": true, "384": true, "509": true, "512": true, "8601": true}

// IsIdentifier reports whether a text looks like a name that a program chose, as opposed to a
// value: words that capitals and separators divide, with few digits. It is false for texts that
// look like keys, passwords with a number (hunter22), sentences and JSON.
func IsIdentifier(s string) bool {
	if s == "" || len(s) > maxIdentifier {
		return false
	}
	words, letters, digits, inner, consonants := 0, 0, 0, 0, 0
	last := rune(0)
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.Is(unicode.Mn, r):
			letters++
			if unicode.IsDigit(last) && unicode.IsLower(r) {
				inner++
			}
			if upper := unicode.IsUpper(r); !unicode.IsLetter(last) && !unicode.IsDigit(last) || upper && !unicode.IsUpper(last) {
				words++
				consonants = 0
			}
			if consonants++; r > unicode.MaxASCII || strings.ContainsRune("aeiouyAEIOUY", r) {
				consonants = 0
			}
			if consonants > maxConsonants {
				return false
			}
		case unicode.IsDigit(r):
			if !unicode.IsDigit(last) {
				if n := len(s[i:]) - len(strings.TrimLeft(s[i:], "0123456789")); n > 1 && !sizes[s[i:i+n]] {
					return false
				}
			}
			digits++
			consonants = 0
		case strings.ContainsRune("_-.:$@[]/*#", r):
			consonants = 0
		default:
			return false
		}
		last = r
	}
	return (letters > 0 || digits == 0) && inner < 2 && (words < 4 || 2*letters >= 5*words)
}

// maxConsonants is how many consonants may follow each other. Random text has longer runs.
const maxConsonants = 6
