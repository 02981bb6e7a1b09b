// Package mark has the form of placeholders, such as [redacted:secret:3f9a1c07be].
//
// Read mark.go first; it is the only file.
package mark

import (
	"slices"
	"strings"
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
	if !ok || len(rest) < HashLen+1 || rest[HashLen] != ']' {
		return 0
	}
	if !slices.Contains(Kinds, kind) {
		return 0
	}
	for i := range HashLen {
		if c := rest[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return 0
		}
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

// IsPair reports whether v is one placeholder, or two with a colon between them (user and
// password).
func IsPair(v string) bool {
	n := Len(v)
	if n == 0 {
		return false
	}
	return n == len(v) || v[n] == ':' && Is(v[n+1:])
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
