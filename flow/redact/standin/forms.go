package standin

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// maxLen bounds the length of a stand-in, and of a value that gets one by its format, in bytes.
const maxLen = 1024

// Of returns the stand-in for a value. accept, unless nil, reports whether digits may replace the
// value's digits. ok is false if the value has no format to keep.
func Of(value string, h Hash, accept func(string) bool) (out string, ok bool) {
	switch {
	case value == "" || len(value) > maxLen && !isBase64(value):
		return "", false
	case ascii.IsUUID(value):
		x := h.hex(18)
		return uuidMark + x[:3] + "-b" + x[3:6] + "-" + x[6:], true
	case isEmail(value):
		return word + h.hex(hashLen) + "@" + host, true
	case isURI(value):
		return "https://" + host + "/" + h.hex(hashLen), true
	case isJWT(value):
		payload := base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"` + word + h.hex(hashLen) + `"}`))
		return jwtMark + payload + "." + base64.RawURLEncoding.EncodeToString(h.bytes(1, 32)), true
	case isBase64(value):
		return base64Of(value, h), true
	case ascii.AllDigits(value):
		return Digits(value, h, accept)
	}
	return addressOf(value, h)
}

// Word returns a stand-in for a part of a value, such as a password in a URI.
func Word(h Hash) string { return word + h.hex(hashLen) }

// maxRounds bounds the search for digits.
const maxRounds = 500

// Digits returns a number with as many digits as value, in the same places, and on the same side of
// the limits of int32 and int64. It differs from value and fulfills accept, unless that is nil. ok
// is false if a bounded search finds no such number.
func Digits(value string, h Hash, accept func(string) bool) (out string, ok bool) {
	for round := range uint32(maxRounds) {
		b := []byte(value)
		random := h.bytes(round, len(b))
		exponent := false
		for i, c := range b {
			exponent = exponent || c|0x20 == 'e' // its digits are the size of the number
			if !ascii.IsDigit(c) || exponent {
				continue
			}
			first := i == 0 || !ascii.IsDigit(b[i-1]) && b[i-1] != '.'
			switch {
			case !first:
				b[i] = '0' + random[i]%10
			case c != '0':
				b[i] = '1' + random[i]%9
			}
		}
		out = string(b)
		if out != value && sizeOf(out) == sizeOf(value) && (accept == nil || accept(out)) {
			return out, true
		}
	}
	return "", false
}

// sizeOf returns which of the integer types of OpenAPI a number needs, in bits; 65 if none.
func sizeOf(s string) int {
	for _, bits := range [...]int{32, 64} {
		if _, err := strconv.ParseInt(s, 10, bits); err == nil {
			return bits
		}
	}
	return 65
}

func isEmail(s string) bool {
	user, domain, ok := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(s, " \t\r\n/:,;<>\"'[]{}\\") &&
		!strings.Contains(domain, "@")
}

// isURI reports whether s is an absolute URI with an authority.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || rest == "" || strings.ContainsAny(s, " \t\r\n\"<>") || strings.ContainsAny(scheme, "/?#=&") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Host != ""
}

// isJWT reports whether s has three base64url parts, of which the first is a JSON object (RFC
// 7519).
func isJWT(s string) bool {
	header, rest, ok := strings.Cut(s, ".")
	if !ok || strings.Count(rest, ".") != 1 || strings.ContainsAny(s, " \t\r\n") {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(header)
	return err == nil && len(b) > 1 && b[0] == '{' && b[len(b)-1] == '}'
}

// isBase64 reports whether s is padded standard base64 of at least 16 characters, with letters of
// both cases and other characters, so that words do not match.
func isBase64(s string) bool {
	if len(s) < 16 || len(s)%4 != 0 {
		return false
	}
	text := strings.TrimRight(s, "=")
	lower, upper, other := false, false, len(text) < len(s)
	for i := range len(text) {
		switch c := text[i]; {
		case ascii.IsLower(c):
			lower = true
		case ascii.IsUpper(c):
			upper = true
		case ascii.IsDigit(c) || c == '+' || c == '/':
			other = true
		default:
			return false
		}
	}
	return lower && upper && other && len(s)-len(text) <= 2
}

// minBase64 is the length of the shortest base64 that has room for the mark and a hash.
const minBase64 = 24

// base64Of returns base64 of the length of value, if there is room, and with as much padding. Its
// bytes are text, so that it has neither "+" nor "/".
func base64Of(value string, h Hash) string {
	pad := strings.Count(value, "=")
	n := min(max(len(value), minBase64), maxLen)
	text := "redacted:" + h.hex(n)
	return base64.StdEncoding.EncodeToString([]byte(text[:n/4*3-pad]))
}

// addressOf returns the stand-in for an IP address.
func addressOf(value string, h Hash) (string, bool) {
	if a, err := netip.ParseAddr(value); err == nil && a.Zone() == "" {
		b := h.bytes(0, 8)
		if a.Is4() {
			return netip.AddrFrom4([4]byte{240 | b[0]&7, b[1], b[2], b[3]}).String(), true // reserved (RFC 1112)
		}
		x := h.hex(12)
		return ipv6Mark + "1" + x[:3] + ":1" + x[3:6] + ":1" + x[6:9] + ":1" + x[9:], true
	}
	return "", false
}
