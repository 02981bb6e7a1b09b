package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
)

// Kinds of placeholders. The kind depends on the value alone, so that a value has one placeholder.
const (
	kindSecret = "secret" // recognized only by its name or header
	kindToken  = form.Token
	kindJWT    = form.JWT
	kindKey    = form.Key
	kindEmail  = "email"
	kindCard   = "card"
	kindID     = "id" // national id
)

// PlaceholderPrefix is the start of every placeholder. The kind, a colon, ten hexadecimal digits
// and "]" follow.
const PlaceholderPrefix = "[redacted:"

// placeholderHashLen is the number of hexadecimal digits.
const placeholderHashLen = 10

// placeholder returns the placeholder for a value whose name or header reveals that it is a secret.
func (r *Redactor) placeholder(value string) string {
	kind := kindOf(value)
	r.found.add(kind, value)
	return r.placeholderOfKind(kind, value)
}

// placeholderOfKind returns the placeholder for a value of known kind: the first bytes of the HMAC
// of the value, in hexadecimal.
func (r *Redactor) placeholderOfKind(kind, value string) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(value))
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	return PlaceholderPrefix + kind + ":" + hex.EncodeToString(sum[:placeholderHashLen/2]) + "]"
}

// kindOf returns the kind of a whole value by its form.
func kindOf(value string) string {
	if s, ok := findSpan(value, 0, names.Plain); ok && s.start == 0 && s.end == len(value) && s.kind != "" {
		return s.kind
	}
	return kindSecret
}

// PlaceholderLen returns the length of the placeholder at the start of s, or 0.
func PlaceholderLen(s string) int {
	rest, ok := strings.CutPrefix(s, PlaceholderPrefix)
	if !ok {
		return 0
	}
	kind, rest, ok := strings.Cut(rest, ":")
	if !ok || len(rest) < placeholderHashLen+1 || rest[placeholderHashLen] != ']' {
		return 0
	}
	switch kind {
	case kindSecret, kindToken, kindJWT, kindKey, kindEmail, kindCard, kindID:
	default:
		return 0
	}
	for i := range placeholderHashLen {
		if c := rest[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return 0
		}
	}
	return len(PlaceholderPrefix) + len(kind) + 1 + placeholderHashLen + 1
}

// IsPlaceholder reports whether s is a placeholder and nothing else.
func IsPlaceholder(s string) bool { return s != "" && PlaceholderLen(s) == len(s) }

// NextPlaceholder returns the start and end of the first placeholder in s. ok is false if there is
// none.
func NextPlaceholder(s string) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], PlaceholderPrefix)
		if i < 0 {
			return 0, 0, false
		}
		start = from + i
		if n := PlaceholderLen(s[start:]); n > 0 {
			return start, start + n, true
		}
		from = start + len(PlaceholderPrefix)
	}
}

// isPlaceholders reports whether v is one placeholder, or two with a colon between them (user and
// password).
func isPlaceholders(v string) bool {
	n := PlaceholderLen(v)
	if n == 0 {
		return false
	}
	return n == len(v) || v[n] == ':' && IsPlaceholder(v[n+1:])
}

// placeholderAround returns the start and length of a placeholder that overlaps s[start:end].
func placeholderAround(s string, start, end int) (int, int) {
	for k := max(0, start-len(PlaceholderPrefix)-placeholderHashLen-8); k < end; k++ {
		if s[k] == '[' {
			if n := PlaceholderLen(s[k:]); n > 0 && k+n > start {
				return k, n
			}
		}
	}
	return 0, 0
}
