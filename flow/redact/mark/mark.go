// Package mark defines the form of placeholders, such as [redacted:secret:3f9a1c07be].
//
// Read mark.go first; it is the only file.
package mark

import (
	"slices"
	"strings"
	"unicode"
)

// Kinds of placeholders. The kind depends on the value alone, so that a value has one placeholder.
const (
	Secret = "secret" // recognized only by its name or header
	Token  = "token"  // of a known service
	JWT    = "jwt"
	Key    = "key" // private
	Email  = "email"
	Card   = "card"
	ID     = "id"     // national id
	Unread = "unread" // all of what could not be read, because of a defect in redaction
)

// Kinds are all kinds.
var Kinds = []string{Secret, Token, JWT, Key, Email, Card, ID, Unread}

// Prefix is the start of every placeholder. The kind, a colon, ten hexadecimal digits and "]"
// follow.
const Prefix = "[redacted:"

// HashLen is the number of hexadecimal digits.
const HashLen = 10

// Len returns the length of the placeholder at the start of s, or 0.
func Len(s string) int {
	rest, ok := strings.CutPrefix(s, Prefix)
	if !ok {
		return 0
	}
	kind, rest, ok := strings.Cut(rest, ":")
	if !ok || len(rest) < HashLen+1 || rest[HashLen] != ']' || !slices.Contains(Kinds, kind) ||
		strings.Trim(rest[:HashLen], "0123456789abcdef") != "" {
		return 0
	}
	return len(Prefix) + len(kind) + 1 + HashLen + 1
}

// Is reports whether s is a placeholder and nothing else.
func Is(s string) bool { return s != "" && Len(s) == len(s) }

// Next returns the start and end of the first placeholder in s. ok is false if there is
// none.
func Next(s string) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], Prefix)
		if i < 0 {
			return 0, 0, false
		}
		start = from + i
		if n := Len(s[start:]); n > 0 {
			return start, start + n, true
		}
		from = start + len(Prefix)
	}
}

// HasNothingElse reports whether v has placeholders but no other letters and digits: one of a user
// and one of a password, for example, with a colon between them.
func HasNothingElse(v string) bool {
	is := true
	Outside(v, func(string) string {
		is = false
		return ""
	})
	return is
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Outside applies edit to the text between placeholders, unless that has neither letters nor
// digits.
func Outside(s string, edit func(string) string) string {
	if !strings.Contains(s, Prefix) {
		return edit(s)
	}
	var b strings.Builder
	for {
		start, end, ok := Next(s)
		if !ok {
			start, end = len(s), len(s)
		}
		if between := s[:start]; strings.IndexFunc(between, isWord) < 0 {
			b.WriteString(between)
		} else {
			b.WriteString(edit(between))
		}
		b.WriteString(s[start:end])
		if s = s[end:]; !ok {
			return b.String()
		}
	}
}

// Align returns the placeholders of a redacted text, each with what plain has in its place, in
// order. Those that stand for numbers of JSON have quotes. ok is false if the texts have other
// differences.
func Align(shown, plain string) (pairs [][2]string, ok bool) {
	unescaped := escapes.Replace(plain)
	start, end, more := Next(shown)
	for more {
		if hasQuotes(shown, start, end) && !strings.HasPrefix(plain, shown[:start]) {
			start, end = start-1, end+1 // redaction quotes a number
		}
		rest, found := strings.CutPrefix(plain, shown[:start])
		if !found {
			return nil, false
		}
		placeholder := shown[start:end]
		shown = shown[end:]
		start, end, more = Next(shown)
		n := len(rest) - len(shown)
		if more {
			between := shown[:start]
			if hasQuotes(shown, start, end) { // of which the first may belong to the placeholder
				between = between[:start-1]
			}
			n = strings.Index(unescaped[len(unescaped)-len(rest):], escapes.Replace(between))
		}
		if n <= 0 {
			return nil, false
		}
		pairs, plain = append(pairs, [2]string{placeholder, rest[:n]}), rest[n:]
	}
	return pairs, plain == shown
}

// escapes replaces what begins no text between placeholders: a quote within a string.
var escapes = strings.NewReplacer(`\\`, "\x00\x00", `\"`, "\x01\x01")

// hasQuotes reports whether a placeholder is a JSON string.
func hasQuotes(s string, start, end int) bool {
	return start > 0 && s[start-1] == '"' && end < len(s) && s[end] == '"'
}

// Around returns the start and length of a placeholder that overlaps s[start:end].
func Around(s string, start, end int) (int, int) {
	for k := max(0, start-len(Prefix)-HashLen-8); k < end; k++ {
		if s[k] == '[' {
			if n := Len(s[k:]); n > 0 && k+n > start {
				return k, n
			}
		}
	}
	return 0, 0
}
