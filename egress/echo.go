package egress

// This part of the package removes secrets that an API returns, in the forms that programs give
// them: plain, base64 at any offset, hexadecimal, reversed, in halves, in small letters or
// capitals, and escaped for URLs, JSON and HTML. A word in which further escapes hide a secret, or
// have too many levels to be read, is removed as a whole.
//
// It does not promise to remove a secret that somebody encodes with the intent to hide it. It is
// meant for APIs that echo a request.

import (
	"encoding/base64"
	"html"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// MinEchoLength is the length in bytes of the shortest secret that is removed. Shorter ones would
// match ordinary words.
const MinEchoLength = 6

// minPart is the length of the shortest part of a secret that is removed.
const minPart = 8

// HideEcho replaces the forms of secrets in data by mark. It does not change data.
func HideEcho(data []byte, mark string, secrets ...string) []byte {
	var forms, parts, pairs []string
	for _, v := range secrets {
		if len(v) >= MinEchoLength {
			forms, parts = append(forms, formsOf(v)...), append(parts, halves(v)...)
		}
	}
	if forms == nil {
		return data
	}
	// Parts come last, so that they do not divide a complete secret.
	slices.SortStableFunc(forms, func(a, b string) int { return len(b) - len(a) })
	for _, form := range append(forms, parts...) {
		if len(form) >= MinEchoLength {
			pairs = append(pairs, form, mark)
		}
	}
	r := strings.NewReplacer(pairs...)
	var out []byte
	rest := r.Replace(string(data))
	for {
		i := strings.IndexAny(rest, `%\&`)
		if i < 0 {
			return append(out, rest...)
		}
		start := strings.LastIndexAny(rest[:i], wordEnds) + 1
		word := rest[start:]
		if end := strings.IndexAny(word, wordEnds); end >= 0 {
			word = strings.TrimRight(word[:end], `\`) // of an escaped quote
		}
		word = rest[start:max(start+len(word), i+1)]
		out = append(out, rest[:start]...)
		if hidesSecret(word, r) {
			out = append(out, mark...)
		} else {
			out = append(out, word...)
		}
		rest = rest[start+len(word):]
	}
}

// wordEnds separate the words that are removed as a whole.
const wordEnds = " \t\r\n\"<>"

// maxLevels bounds how often a word is unescaped.
const maxLevels = 4

// hidesSecret reports whether a word without escapes has a form that r replaces, or cannot be read.
func hidesSecret(word string, r *strings.Replacer) bool {
	for range maxLevels {
		plain := html.UnescapeString(escape.Get().ReplaceAllStringFunc(word, unescape))
		switch {
		case plain == word:
			return false
		case r.Replace(plain) != plain:
			return true
		}
		word = plain
	}
	return true
}

// escape matches an escape of URLs, JSON or JavaScript.
var escape = lazyregexp.New(`%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\["'/\\]`)

func unescape(s string) string {
	v, err := strconv.ParseUint(strings.TrimLeft(s, `%\ux`), 16, 16)
	switch {
	case err != nil:
		return s[1:]
	case len(s) < 6:
		return string([]byte{byte(v)})
	}
	return string(rune(v))
}

// formsOf returns the forms of a complete secret.
func formsOf(v string) []string {
	out, digits := scan.Forms(v)
	out = append(out, textproto.CanonicalMIMEHeaderKey(v), reverse(v)) // as the name of a header
	for i, d := range digits {
		if i < 2 || len(d) >= 2*minPart { // a few digits of base64 occur by chance
			out = append(out, d)
		}
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		out = append(out, e.EncodeToString([]byte(v)), e.WithPadding(base64.NoPadding).EncodeToString([]byte(v)))
	}
	return out
}

// halves returns parts of half the length, so that a part of at least that length contains one. Of
// a long secret it leaves some out, but neither the first half nor the last.
func halves(v string) []string {
	n := len(v) / 2
	if n < minPart {
		return nil
	}
	step := max(1, len(v)/64)
	out := []string{v[len(v)-n:]}
	for i := 0; i+n < len(v); i += step {
		out = append(out, v[i:i+n])
	}
	return out
}

func reverse(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}
