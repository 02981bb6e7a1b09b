package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
)

// findEscapedName finds the value of a name in quotes that is written with escapes, as YAML, JSON
// and programs allow it: "pass\x77ord": …. The first of its escapes is at i.
func (sc *Scanner) findEscapedName(i int) (Span, bool) {
	s := sc.Text
	if _, n := lex.EscapedRune(s[i:]); n == 0 || i+n == len(s) {
		return Span{}, false
	}
	low := max(0, i-names.MaxLen)
	from := low + strings.LastIndexAny(s[low:i], "\"'\n") + 1
	if from == low || s[from-1] == '\n' || s[from-1] == '\\' {
		return Span{}, false
	}
	var name strings.Builder
	for k := from; k < len(s) && k < from+4*names.MaxLen; {
		c, n := lex.EscapedRune(s[k:])
		switch {
		case n > 0:
			name.WriteRune(c)
			k += n
		case s[k] == s[from-1]:
			start, quote, ok := valueAfter(s, from, k)
			if !ok {
				return Span{}, false
			}
			return sc.findValueOf(name.String(), from, k, start, quote)
		case s[k] == '\n':
			return Span{}, false
		default:
			name.WriteByte(s[k])
			k++
		}
	}
	return Span{}, false
}
