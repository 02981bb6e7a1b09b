package mcptools

import (
	"fmt"
	"strings"
	"unicode/utf8"

	terminal "github.com/spectap/spectap/internal/visible"
)

// visible writes out what a reader would not see: control characters other than tab and line breaks, format
// characters (bidirectional overrides, zero-width ones, tags), fillers, and bytes that are no UTF-8.
func visible(s string) string {
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
		case hidden(r):
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// hidden says whether a character leaves no mark of its own. Which these are is one list for agents and for terminals;
// how they are written is not: on a terminal as escapes such as \u202e, which a JSON body that is shown here would not be
// told from, and which a reader of JSON would undo.
func hidden(r rune) bool { return r != '\n' && r != '\t' && !terminal.Shown(r) }
