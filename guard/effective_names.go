package guard

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDecodings bounds how often a name is decoded. A proxy in front of a server may decode once
// more than the server does.
const maxDecodings = 3

// decodings yields a text as it is sent and after each further decoding.
func decodings(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range maxDecodings {
			if !yield(s) {
				return
			}
			next := unescape(s)
			if next == s {
				return
			}
			s = next
		}
		yield(s)
	}
}

// mayOverride reports whether a server may treat a field with this name, as it is sent, as a method
// override.
func mayOverride(escaped string) bool {
	for name := range decodings(strings.ReplaceAll(escaped, "+", " ")) {
		if IsMethodOverride(name) {
			return true
		}
	}
	return false
}

// mayBeMethod reports whether a server may treat a field with this name, as it is sent, as the
// field "method".
func mayBeMethod(escaped string) bool {
	for name := range decodings(strings.ReplaceAll(escaped, "+", " ")) {
		name, _, _ = strings.Cut(plainWidth(name), "\x00")
		if i := strings.IndexAny(name, "[."); i > 0 {
			name = name[:i]
		}
		if strings.EqualFold(strings.TrimSpace(name), "method") {
			return true
		}
	}
	return false
}

// plainWidth replaces full-width letters with ASCII ones.
func plainWidth(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFKC.String(s)
}

// IsMethodOverride reports whether a header, query parameter or form field of this name may replace
// the method of a request. The name has no escapes.
//
// Servers rewrite names: PHP ends a name at a zero byte and drops leading spaces; PHP, Rack and qs
// read a suffix that begins with "[" or "." as an index; ASP.NET maps full-width letters to ASCII.
func IsMethodOverride(name string) bool {
	name, _, _ = strings.Cut(plainWidth(name), "\x00")
	if isOverrideField(plainName(name), name) {
		return true
	}
	plain, seen := make([]byte, 0, maxArrayName), 0
	for _, r := range name {
		if (r == '[' || r == '.') && len(plain) > seen { // else its name was seen before
			if isOverrideField(string(plain), name) {
				return true
			}
			seen = len(plain)
		}
		if c := plainRune(r); c >= 0 {
			plain = append(plain, byte(c))
		}
		if len(plain) > maxArrayName {
			break
		}
	}
	return false
}

// maxArrayName is the longest name of an array that is compared, in letters and digits. No server
// uses names of that length. Each "[" in a name may end the name of an array, so the time would be
// quadratic without the bound.
const maxArrayName = 128

// isOverrideField reports whether a field is named like an overriding header, or is _method or
// _method_override. A plain "method" is an ordinary field. plain is its plain name; name is
// unmodified at its beginning.
func isOverrideField(plain, name string) bool {
	if overridesMethod(plain) && strings.IndexByte("xho", plain[0]) >= 0 {
		return true
	}
	return plain == "methodoverride" || plain == "method" && name[0] != 'm' && name[0] != 'M'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unescape decodes the escapes of a field: %HH, and %uHHHH as ASP.NET does. Invalid escapes remain
// unchanged, as in PHP and ASP.NET.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if r, n := readEscape(s[i:]); n > 0 {
			b.WriteString(r)
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// readEscape returns the character of the escape at the beginning of s and the escape's length, or
// 0 without an escape.
func readEscape(s string) (text string, n int) {
	switch {
	case s[0] != '%' || len(s) < 3:
		return "", 0
	case s[1] == 'u' || s[1] == 'U':
		if len(s) < 6 {
			return "", 0
		}
		v, err := strconv.ParseUint(s[2:6], 16, 16)
		if err != nil {
			return "", 0
		}
		return string(utf16.Decode([]uint16{uint16(v)})), 6
	}
	v, err := strconv.ParseUint(s[1:3], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(v)}), 3
}
