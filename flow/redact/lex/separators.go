package lex

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// maxComment bounds the bytes of a comment that is skipped.
const maxComment = 4 << 10

// SkipComments skips blanks and comments, as in JSON with comments.
func SkipComments(s string, k int) int {
	for k < len(s) {
		if s[k] == ' ' {
			k++
			continue
		}
		if !strings.HasPrefix(s[k:], "/*") {
			break
		}
		n := strings.Index(s[k:min(len(s), k+maxComment)], "*/")
		if n < 0 {
			break
		}
		k += n + len("*/")
	}
	return k
}

// SkipContinuation skips blanks, and a line break after a backslash with the blanks of the next
// line, as in files of properties.
func SkipContinuation(s string, k int) int {
	skipBlanks := func() {
		for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
			k++
		}
	}
	skipBlanks()
	for _, end := range [...]string{"\\\n", "\\\r\n"} {
		if strings.HasPrefix(s[k:], end) {
			k += len(end)
			skipBlanks()
			break
		}
	}
	return k
}

// SkipVisibility skips what PHP writes between the name of a property and the bracket after it:
// ["password":protected], [password:User:private]. It returns where the bracket is, or k.
func SkipVisibility(s string, k int) int {
	if k >= len(s) || s[k] != ':' {
		return k
	}
	n := strings.IndexByte(s[k:min(len(s), k+maxComment)], ']')
	if n < 0 {
		return k
	}
	if kind := s[k : k+n]; strings.HasSuffix(kind, ":protected") || strings.HasSuffix(kind, ":private") {
		return k + n
	}
	return k
}

// SkipType skips the type before a string that PHP's var_dump writes: string(8) "…", or with
// Xdebug string '…'.
func SkipType(s string, k int) int {
	const lead = "string("
	n := k
	for n < len(s) && IsBlank(s[n]) {
		n++
	}
	if rest, ok := strings.CutPrefix(s[n:], "string "); ok && rest != "" && IsQuote(rest[0]) {
		return n + len("string ")
	}
	if !strings.HasPrefix(s[n:], lead) {
		return k
	}
	n += len(lead)
	for n < len(s) && ascii.IsDigit(s[n]) {
		n++
	}
	if !strings.HasPrefix(s[n:], ") ") {
		return k
	}
	return n + len(") ")
}

// maxAnnotation bounds the length of a type between a name and its value, in bytes.
const maxAnnotation = 40

// SkipAnnotation skips the type of a string between a colon and an equals sign, and the sign, if a
// string in quotes comes after it: let password: String = "…".
func SkipAnnotation(s string, k int) int {
	within := s[k:min(len(s), k+maxAnnotation)]
	n := strings.Index(within, "= ")
	if n < 3 || k+n+2 >= len(s) || !IsQuote(s[k+n+2]) {
		return k
	}
	kind := strings.TrimRight(within[:n], " ")
	if low := strings.ToLower(kind); !strings.Contains(low, "str") && !strings.Contains(low, "secret") && low != "any" && low != "text" {
		return k
	}
	for i := range len(kind) {
		if !ascii.IsAlnum(kind[i]) && strings.IndexByte("&'<>[]?:_. |", kind[i]) < 0 {
			return k
		}
	}
	return k + n + 2
}

// BracketLen returns the length of a bracket at s[k], which may be percent-encoded up to twice, or
// 0.
func BracketLen(s string, k int, bracket byte, code string) int {
	if k >= len(s) {
		return 0
	}
	if s[k] == bracket {
		return 1
	}
	if s[k] != '%' {
		return 0
	}
	n := 1
	if strings.HasPrefix(s[k+n:], "25") {
		n += 2
	}
	if k+n+2 <= len(s) && strings.EqualFold(s[k+n:k+n+2], code) {
		return n + 2
	}
	return 0
}

// SkipEscapedEquals skips an equals sign that is percent-encoded once or more, as in a link within
// a link.
func SkipEscapedEquals(s string, k int) int {
	if k >= len(s) || s[k] != '%' {
		return k
	}
	n := k + 1
	for strings.HasPrefix(s[n:], "25") {
		n += 2
	}
	if strings.HasPrefix(s[n:], "3D") || strings.HasPrefix(s[n:], "3d") {
		return n + 2
	}
	return k
}

// escapedSeparators end a value in a link within a link.
const escapedSeparators = "&;#\t\n\r \"'<>\\"

// EscapedValueEnd returns the end of the value at k, after a percent-encoded equals sign. The
// separator after it is encoded as often as the equals sign; other characters are the value's.
func EscapedValueEnd(s string, k int) int {
	sign := s[strings.LastIndexByte(s[:k], '%'):k]
	before := sign[:len(sign)-2] // "%", or "%25" if the link within the link is encoded twice
	for e := k; e < len(s); e++ {
		if s[e] == '&' || s[e] != ';' && s[e] != '#' && strings.IndexByte(escapedSeparators, s[e]) >= 0 {
			return e
		}
		if strings.HasPrefix(s[e:], before) && e+len(sign) <= len(s) {
			hex := s[e+len(before) : e+len(sign)]
			if hexdigit.All(hex) && strings.IndexByte(escapedSeparators, hexdigit.Value(hex[0])<<4|hexdigit.Value(hex[1])) >= 0 {
				return e
			}
		}
	}
	return len(s)
}

// IndexFrom returns the index of the first byte of stop at or after k, or len(s).
func IndexFrom(s string, k int, stop string) int {
	if n := strings.IndexAny(s[k:], stop); n >= 0 {
		return k + n
	}
	return len(s)
}
