// Package placeholder finds the placeholders that package flow/redact writes for secrets, such as
// [redacted:jwt:0123456789].
//
// Read placeholder.go first.
package placeholder

import (
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/mark"
)

// Prefix begins every placeholder.
const Prefix = mark.Prefix

// Find returns the first placeholder in s, or "".
func Find(s string) string {
	start, end, _ := mark.Next(s)
	return s[start:end]
}

// FindAllIndex returns the byte range of each placeholder in s, in order.
func FindAllIndex(s string) [][]int {
	var out [][]int
	for from := 0; ; {
		start, end, ok := mark.Next(s[from:])
		if !ok {
			return out
		}
		out = append(out, []int{from + start, from + end})
		from += end
	}
}

// ReplaceAll replaces each placeholder in s by the result of f.
func ReplaceAll(s string, f func(placeholder string) string) string {
	var b strings.Builder
	for {
		start, end, ok := mark.Next(s)
		if !ok {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:start])
		b.WriteString(f(s[start:end]))
		s = s[end:]
	}
}

// RemoveDigits removes the digits of each placeholder in s, as in [redacted:token]. Texts of a
// caller are shown this way: with the digits of the store, a caller could test guesses of a secret.
func RemoveDigits(s string) string {
	return ReplaceAll(s, func(p string) string { return Prefix + Kind(p) + "]" })
}

// Kind returns the kind of the secret behind a placeholder, such as jwt or token.
func Kind(placeholder string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(placeholder, Prefix), ":")
	return kind
}

// IsIn reports whether s contains a placeholder, percent-encoded or not.
func IsIn(s string) bool {
	return strings.Contains(s, Prefix) || strings.Contains(s, "%5Bredacted") || strings.Contains(s, "%5bredacted")
}

// Split cuts s at its placeholders. Elements with even indexes are literal text, which may be
// empty; elements with odd indexes are placeholders.
func Split(s string) []string {
	var out []string
	for {
		at := strings.Index(s, Prefix)
		if at < 0 {
			return append(out, s)
		}
		n := strings.IndexByte(s[at:], ']')
		if n < 0 {
			return append(out, s)
		}
		out = append(out, s[:at], s[at:at+n+1])
		s = s[at+n+1:]
	}
}

// Unescape decodes the percent-encoded placeholders in a URL or form. All other text stays encoded,
// and so do placeholders with an invalid encoding.
func Unescape(s string) string {
	var b strings.Builder
	for from := 0; ; {
		n := strings.Index(s[from:], "%5")
		if n < 0 {
			b.WriteString(s)
			return b.String()
		}
		at := from + n
		if from = at + 2; !startsEscaped(s[at:]) {
			continue
		}
		end := at + len("%5Bredacted:")
		for end < len(s) && !isEnd(s, end) {
			end++
		}
		b.WriteString(s[:at])
		b.WriteString(decode.Unescape(s[at:end]))
		s, from = s[end:], 0
	}
}

// startsEscaped reports whether s begins with an escaped placeholder.
func startsEscaped(s string) bool {
	const open = "%5Bredacted"
	if len(s) <= len(open) || !strings.EqualFold(s[:3], open[:3]) || s[3:len(open)] != open[3:] {
		return false
	}
	rest := s[len(open):]
	return rest[0] == ':' || len(rest) >= 3 && strings.EqualFold(rest[:3], "%3A")
}

// isEnd reports whether an escaped placeholder ends before s[end].
func isEnd(s string, end int) bool {
	return strings.IndexByte("&=/?#;", s[end]) >= 0 || strings.EqualFold(s[end-3:end], "%5D") || s[end-1] == ']'
}
