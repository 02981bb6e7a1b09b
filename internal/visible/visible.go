// Package visible makes text of others safe to print on a terminal: control characters and
// characters that do not show become escapes.
//
// The package imports the standard library only. Read visible.go first; it is the only file.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s as one line of visible text. Control characters, line breaks, tabs, invisible
// characters and characters that change the direction of text become escapes such as \u202e.
func Line(s string) string { return escape(s, "") }

// Text is Line for text of several lines: it keeps line breaks and tabs, and turns CRLF into LF.
func Text(s string) string { return escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t") }

func escape(s, keep string) string {
	if isVisible(s, keep) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case needsNoEscape(r, n, keep):
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

// isVisible reports whether s needs no escape, which is true of most text.
func isVisible(s, keep string) bool {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !needsNoEscape(r, n, keep) {
			return false
		}
		i += n
	}
	return true
}

// needsNoEscape reports whether a character of n bytes needs no escape.
func needsNoEscape(r rune, n int, keep string) bool {
	return Shown(r) && (r != utf8.RuneError || n > 1) || n == 1 && r < utf8.RuneSelf && strings.ContainsRune(keep, r)
}

// Shown reports whether a character is visible and does nothing else. Category Cf has the
// characters that change the direction of text, join or hide. U+2800 is a blank Braille pattern.
func Shown(r rune) bool {
	if !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return false
	}
	return r != 0x2800
}
