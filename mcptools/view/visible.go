package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/jsonvalue"
	terminal "github.com/spectap/spectap/internal/visible"
)

// Visible escapes invisible characters, as in ⟨U+202E⟩: control characters except tabs and line
// breaks, format characters (bidirectional overrides, zero-width characters, tags), fillers, and
// bytes that are not UTF-8, as in ⟨0xFF⟩. The result is valid UTF-8.
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

// VisibleJSON applies [Visible] to the names and strings in JSON. The result is data itself if
// nothing in it is hidden.
func VisibleJSON(data []byte) []byte {
	var out []byte
	done := 0 // how much of data out has
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		start, odd := i, false
		for i++; i < len(data) && data[i] != '"'; i++ {
			switch c := data[i]; {
			case c == '\\':
				i++
				odd = odd || i < len(data) && bytes.IndexByte([]byte("ubfr"), data[i]) >= 0
			case c < ' ' || c >= 0x7f:
				odd = true
			}
		}
		if !odd || i >= len(data) {
			continue
		}
		if s, changed := visibleString(data[start : i+1]); changed {
			out = append(append(out, data[done:start]...), s...)
			done = i + 1
		}
	}
	if out == nil {
		return data
	}
	return append(out, data[done:]...)
}

// visibleString applies Visible to a string of JSON, and reports whether that changes it.
func visibleString(literal []byte) ([]byte, bool) {
	var s string
	if err := json.Unmarshal(literal, &s); err != nil {
		return nil, false
	}
	shown := Visible(s)
	if shown == s && utf8.Valid(literal) {
		return nil, false
	}
	return jsonvalue.Encode(shown), true
}
