package phrase

import (
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Serialized finds the value of the name s[i:j] in what PHP's serialize writes, where a string has
// its length before it: s:8:"password";s:3:"abc"; and i:12; for a number.
func Serialized(s string, i, j int) (Span, bool) {
	k := lex.SkipQuote(s, j)
	if k == j || k+4 >= len(s) || s[k] != ';' || s[k+2] != ':' || names.SensitivityOf(s[i:j]) != names.Secret {
		return Span{}, false
	}
	from := k + 3
	end := from
	for end < len(s) && (ascii.IsDigit(s[end]) || s[end] == '-' || s[end] == '.') {
		end++
	}
	switch s[k+1] {
	case 'i', 'd':
		return Span{from, end}, end > from && end < len(s) && s[end] == ';'
	case 's':
	default:
		return Span{}, false
	}
	n, err := strconv.Atoi(s[from:end])
	if err != nil || n <= 0 || !strings.HasPrefix(s[end:], ":") {
		return Span{}, false
	}
	from = lex.SkipQuote(s, end+1)
	if from == end+1 {
		return Span{}, false
	}
	if end = from + n; end > len(s) { // cut off
		end = len(s)
	}
	// The length is that of the value before this text was escaped, or redacted.
	if q := strings.IndexByte(s[from:], s[from-1]); q >= 0 && (end == len(s) || s[end] != s[from-1]) {
		end = from + len(strings.TrimRight(s[from:from+q], `\`))
	}
	return Span{from, end}, end > from
}
