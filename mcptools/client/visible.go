package client

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible shows a server's text on one line of a terminal without letting it act there: control characters, escape
// sequences, invisible characters and those that turn the direction of text come out as escapes.
func Visible(s string) string { return escape(s, "") }

// visibleText is Visible for text of several lines.
func visibleText(s string) string { return escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t") }

func escape(s, keep string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case shown(r) && (r != utf8.RuneError || n > 1), strings.ContainsRune(keep, r) && n == 1 && r < 0x80:
			b.WriteString(s[i : i+n])
		case n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}

// shown says whether a character shows and does nothing else. Cf holds what turns text round, joins and hides; blank
// are letters and symbols without a mark.
func shown(r rune) bool {
	switch {
	case !unicode.IsGraphic(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	}
	return r != 0x2800
}

// harmlessJSON writes what acts on a terminal inside JSON as \u escapes, which mean the same. The text must be JSON
// without space around its tokens: there are no such characters but in its strings.
func harmlessJSON(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteRune(utf8.RuneError)
		case shown(r):
			b.WriteString(s[i : i+n])
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}
