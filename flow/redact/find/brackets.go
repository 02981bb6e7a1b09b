package find

import (
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
)

// maxBrackets bounds the brackets after a name, which would else be read again for each name in
// them.
const maxBrackets = 32

// skipBrackets skips the brackets after a name: user[password], password[0], password['plain'],
// which may be percent-encoded.
func skipBrackets(s string, k int) int {
	if n := lex.BracketLen(s, k, ']', "5D"); n > 0 {
		k = skipQuote(s, k+n)
	}
	for range maxBrackets {
		n := lex.BracketLen(s, k, '[', "5B")
		if n == 0 || mark.Len(s[k:]) > 0 {
			return k
		}
		end := k + n
		for end < len(s) && end < k+names.MaxLen && (wordByte[s[end]] || s[end] == '"' || s[end] == '\'' || s[end] == '\\') {
			end++
		}
		if n = lex.BracketLen(s, end, ']', "5D"); n == 0 {
			return k
		}
		k = end + n
	}
	return k
}
