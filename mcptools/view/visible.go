package view

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	terminal "github.com/spectap/spectap/internal/visible"
)

// Visible writes out what a reader cannot see, as in ⟨U+202E⟩: control characters except tabs and
// line breaks, format characters (bidirectional overrides, zero-width characters, tags), fillers,
// and bytes that are not UTF-8, as in ⟨0xFF⟩. The result is valid UTF-8.
func Visible(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f || s[i] == '\n' || s[i] == '\t'
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "⟨0x%02X⟩", s[i])
		case r == '\r' && i+1 < len(s) && s[i+1] == '\n':
			b.WriteByte('\r')
		case IsHidden(r):
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// IsHidden reports whether a character is invisible or acts on other text. Agents and terminals
// share this list, but not the way of writing: a terminal gets escapes such as \u202e. In a JSON
// body shown to an agent they would be ambiguous, and a JSON reader would decode them.
func IsHidden(r rune) bool { return r != '\n' && r != '\t' && !terminal.Shown(r) }

// VisibleAll applies [Visible] to each text of a list.
func VisibleAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Visible(s)
	}
	return out
}

// Cut shortens s to at most n bytes and appends "…" if it removed anything.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return WholeRunes(s[:n]) + "…"
}

// WholeRunes removes an incomplete character from the end of s.
func WholeRunes(s string) string {
	for i := 1; i < utf8.UTFMax && i <= len(s); i++ {
		if c := s[len(s)-i]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-i:]) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}

// Unescape decodes the percent-encoding of a query value. It returns s unchanged if the encoding is
// invalid.
func Unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}
