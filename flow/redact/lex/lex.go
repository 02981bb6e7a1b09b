// Package lex has what the finders of secrets in text share: quotes, white space, comments,
// brackets and escapes.
//
// It may import internal/ascii and internal/hexdigit. Read lex.go first, then separators.go (what
// stands between a name and its value), values.go (where values start and end), escapes.go and
// decode.go (escapes of a text within a text).
package lex

import "github.com/spectap/spectap/internal/ascii"

// IsQuote reports whether c is a quote.
func IsQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// IsBlank reports whether c is white space.
func IsBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// SkipQuote returns the index behind the quote at k, which may be escaped, or k if there is none.
func SkipQuote(s string, k int) int {
	n := k
	for n < len(s) && s[n] == '\\' {
		n++
	}
	if n < len(s) && IsQuote(s[n]) {
		return n + 1
	}
	return k
}

// IsLiteral reports whether s is a number, true, false or null, as in JSON.
func IsLiteral(s string) bool {
	switch s {
	case "true", "false", "null":
		return true
	}
	for _, c := range []byte(s) {
		if !ascii.IsDigit(c) && c != '-' && c != '+' && c != '.' && c|0x20 != 'e' {
			return false
		}
	}
	return true
}
