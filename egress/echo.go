package egress

// This part of the package removes secrets that an API returns, in the forms that programs give
// them: plain, base64 at any offset, hexadecimal, reversed, in halves, in small letters or
// capitals, and with the escapes of URLs, JSON, JavaScript and HTML, in any mixture and up to three
// levels deep.
//
// It does not promise to remove a secret that somebody encodes with the intent to hide it. It is
// meant for APIs that echo a request.

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// MinEchoLength is the length in bytes of the shortest secret that is removed. Shorter ones would
// match ordinary words.
const MinEchoLength = 6

// minPart is the length of the shortest part of a secret that is removed.
const minPart = 8

// HideEcho replaces the forms of secrets in data by mark. It does not change data.
func HideEcho(data []byte, mark string, secrets ...string) []byte {
	var forms, parts []string
	for _, v := range secrets {
		if len(v) >= MinEchoLength {
			forms, parts = append(forms, formsOf(v)...), append(parts, halves(v)...)
		}
	}
	// Parts come last, so that they do not divide a complete secret.
	longestFirst := func(a, b string) int { return len(b) - len(a) }
	slices.SortStableFunc(forms, longestFirst)
	forms = append(forms, parts...)
	for _, form := range forms {
		data = bytes.ReplaceAll(data, []byte(form), []byte(mark))
	}
	return hideEscaped(data, forms, mark)
}

// formsOf returns the forms of a complete secret.
func formsOf(v string) []string {
	var out []string
	add := func(forms ...string) {
		for _, form := range forms {
			if len(form) >= MinEchoLength && !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	raw := []byte(v)
	add(v, url.QueryEscape(v), url.PathEscape(v), reverse(v))
	add(strings.ToLower(v), strings.ToUpper(v), textproto.CanonicalMIMEHeaderKey(v)) // as names of headers
	add(hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)))
	add(base64.StdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw),
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw))
	for offset := 1; offset < 3; offset++ {
		add(within(raw, offset, base64.RawStdEncoding), within(raw, offset, base64.RawURLEncoding))
	}
	add(within(raw, 0, base64.RawStdEncoding), within(raw, 0, base64.RawURLEncoding))
	return out
}

// within returns the base64 digits of a secret that follows offset other bytes, without the digits
// that also depend on its neighbours.
func within(raw []byte, offset int, e *base64.Encoding) string {
	s := e.EncodeToString(append(make([]byte, offset), raw...))
	first := (offset*8 + 5) / 6
	end := (offset + len(raw)) * 8 / 6
	if first >= end || end-first < 2*minPart {
		return "" // a few digits occur by chance
	}
	return s[first:end]
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
