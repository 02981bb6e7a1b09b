package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible shows captured text on a terminal without letting it act there: control characters, escape sequences,
// invisible characters and those that turn the direction of text come out as escapes. Line breaks and tabs too;
// visibleText keeps those.
func visible(s string) string { return escapeControls(s, "") }

// visibleText is visible for text of several lines.
func visibleText(s string) string { return escapeControls(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t") }

func escapeControls(s, keep string) string {
	clean := true
	for _, r := range s {
		if !isShown(r) && !strings.ContainsRune(keep, r) || r == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < 0x80 && !isShown(r) && !strings.ContainsRune(keep, r):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !isShown(r) && !strings.ContainsRune(keep, r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// isShown says whether a character shows and does nothing else. Cf holds what turns text round, joins and hides.
func isShown(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) && r != '\u2028' && r != '\u2029'
}
