package filter

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
)

// isKept reports whether a text that a redacted body has must be in the body itself: it has
// letters, digits, blanks and dashes alone, and cannot be a part of a placeholder, however its
// brackets and colons are escaped.
func isKept(text string) bool {
	isHex := true
	for _, c := range []byte(text) {
		switch {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'f':
		case c|0x20 >= 'g' && c|0x20 <= 'z', c == ' ', c == '-', c == '_':
			isHex = false
		default:
			return false
		}
	}
	text = strings.ToLower(text)
	for _, kind := range mark.Kinds { // %5B %3A, &#91; &#58;, \u005b \u003a
		if strings.Contains("5bredacted3a 91redacted58", text) || strings.Contains("3a"+kind+"3a 58"+kind+"58", text) {
			return false
		}
	}
	return !isHex
}

// lacks reports whether a term does not match, and would not if the flow were redacted. Redaction
// may write text that had escapes without them.
func (s *subject) lacks(t *term) bool {
	return !t.test(s) && !hasEscapes(s.requestBody()) && !hasEscapes(s.responseBody())
}

// hasEscapes reports whether a text may have a letter, digit, blank or dash as an escape: of JSON
// or YAML, in a URL, as a character reference.
func hasEscapes(text string) bool {
	if strings.IndexByte(text, '%') >= 0 || strings.Contains(text, "&#") {
		return true
	}
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			return false
		}
		if c := text[i+1]; c == 'u' || c == 'U' || c == 'x' || c == ' ' {
			return true
		}
		text = text[i+2:]
	}
}
