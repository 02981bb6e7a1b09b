package lex

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/hexdigit"
)

// EscapedRune returns the character that the escape at the start of s stands for, and the length of
// the escape, or 0: \x77, \u0077, \U00000077.
func EscapedRune(s string) (rune, int) {
	if len(s) < 4 || s[0] != '\\' {
		return 0, 0
	}
	n := 0
	switch s[1] {
	case 'x':
		n = 4
	case 'u':
		n = 6
	case 'U':
		n = 10
	}
	if n == 0 || len(s) < n || !hexdigit.Is(s[2]) {
		return 0, 0
	}
	c, err := strconv.ParseUint(s[2:n], 16, 32)
	if err != nil || c > utf8.MaxRune {
		return 0, 0
	}
	return rune(c), n
}

// Unescape decodes a query component, or returns it unchanged if it is invalid.
func Unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	// An escape is invalid or cut off; the others stand.
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s) && hexdigit.Is(s[i+1]) && hexdigit.Is(s[i+2]):
			c = hexdigit.Value(s[i+1])<<4 | hexdigit.Value(s[i+2])
			i += 2
		}
		b = append(b, c)
	}
	return string(b)
}
