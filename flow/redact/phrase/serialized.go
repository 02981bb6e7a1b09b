package phrase

import (
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
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
	if from == end+1 || mark.Len(s[from:]) > 0 {
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

// Unseparated finds the value of the name s[i:j] where neither a colon nor an equals sign stands
// between them: in what PHP serializes, in pairs of languages, and in markup and JSON that is
// escaped within another text.
func Unseparated(s string, i, j int) (Span, bool) {
	switch s[j] {
	case '%', '&':
		if names.SensitivityOf(s[i:j]) != names.Secret {
			return Span{}, false
		}
		start, end, ok := lex.EscapedMember(s, j)
		if !ok && s[j] == '&' {
			start, end, ok = lex.EscapedElement(s, i, j)
		}
		return Span{start, end}, ok
	case '"', '\\', '\'', ',', ' ':
		if sp, ok := Serialized(s, i, j); ok {
			return sp, true
		}
		if sp, ok := likened(s, i, j); ok {
			return sp, true
		}
		if sp, ok := filledIn(s, i, j); ok {
			return sp, true
		}
		return pairInBrackets(s, i, j)
	}
	return Span{}, false
}

// pairInBrackets finds the second of two values in brackets, the first of which is the name s[i:j]:
// ('password', 'x') of Python, {password, <<"x">>} of Erlang, (password . "x") of Lisp.
func pairInBrackets(s string, i, j int) (Span, bool) {
	open := i
	for open > 0 && (lex.IsQuote(s[open-1]) || s[open-1] == '\\' || s[open-1] == ':') {
		open--
	}
	if open == 0 || s[open-1] != '(' && s[open-1] != '{' || names.SensitivityOf(s[i:j]) != names.Secret {
		return Span{}, false
	}
	closing := byte(')')
	if s[open-1] == '{' {
		if closing = '}'; open < i {
			return Span{}, false // lists of Go and Java
		}
	}
	k := lex.SkipQuote(s, j)
	rest := strings.TrimLeft(s[k:min(len(s), k+maxCall)], " ")
	switch {
	case strings.HasPrefix(rest, ","):
	case strings.HasPrefix(rest, ". ") && closing == ')':
	default:
		return Span{}, false
	}
	k = skipSpace(s, len(s[:k])+strings.IndexAny(s[k:], ",.")+1)
	if k < len(s) && s[k] == '<' {
		k = lex.SkipOpening(s, k)
	} else if k+1 < len(s) && (s[k] == 'b' || s[k] == 'u') && lex.IsQuote(s[k+1]) {
		k++
	}
	from := lex.SkipQuote(s, k)
	if from == k {
		return Span{}, false
	}
	end := quoteEnd(s, from, s[from-1])
	value := strings.TrimRight(s[from:end], "\\")
	after := strings.TrimLeft(s[min(len(s), end+1):], "> ")
	return Span{from, from + len(value)}, isSecretArgument(value) && after != "" && after[0] == closing
}

// Argument finds a secret that a call gets as its only argument, or its first: SecretStr('x'),
// PASSWORD('x'). The name of the call, which is a value, is s[i:j].
func Argument(s string, i, j int) (Span, bool) {
	for k := i; k < j; k++ {
		if !ascii.IsAlnum(s[k]) && strings.IndexByte("_.:", s[k]) < 0 {
			return Span{}, false
		}
	}
	from := lex.SkipQuote(s, j+1)
	if from == j+1 || i == j {
		return Span{}, false
	}
	end := quoteEnd(s, from, s[from-1])
	value := strings.TrimRight(s[from:end], "\\")
	return Span{from, from + len(value)}, isSecretArgument(value) && !strings.ContainsAny(value, "_/.:")
}

// filledIn finds what a script of a browser types into the field with the name s[i:j] in quotes:
// fill in "password" with "x".
func filledIn(s string, i, j int) (Span, bool) {
	if !lex.IsQuote(s[j]) || i == 0 || s[i-1] != s[j] || names.SensitivityOf(s[i:j]) != names.Secret {
		return Span{}, false
	}
	for _, lead := range [...]string{" with ", ", with: ", " field with "} {
		if from := j + 1 + len(lead); from < len(s) && s[j+1:from] == lead && lex.IsQuote(s[from]) {
			end := quoteEnd(s[:min(len(s), from+maxCall)], from+1, s[from])
			return Span{from + 1, end}, isSecretArgument(s[from+1 : end])
		}
	}
	return Span{}, false
}

// listEnd returns the end of the last string in a list of strings, the first of which ends at the
// quote at k. A placeholder ends the list.
func listEnd(s string, k int) int {
	for k+1 < len(s) && s[k+1] == ',' {
		next := skipSpace(s, k+2)
		if next == len(s) || s[next] != '\'' || strings.HasPrefix(s[next+1:], "[") {
			break
		}
		k = quoteEnd(s, next+1, '\'')
	}
	return k
}

// likened finds the text that a statement of SQL compares the column s[i:j] with: password LIKE
// 'x', token IN ('x', 'y').
func likened(s string, i, j int) (Span, bool) {
	word := s[j:min(len(s), j+len(" ilike '"))]
	n := strings.IndexByte(word, '\'')
	if n < 0 || names.SensitivityOf(s[i:j]) != names.Secret {
		return Span{}, false
	}
	from := j + n + 1
	end := quoteEnd(s, from, '\'')
	switch strings.ToLower(word[:n]) {
	case " like ", " ilike ":
		return Span{from, end}, isSecretArgument(strings.Trim(s[from:end], "%"))
	case " in (":
		if !isSecretArgument(s[from:end]) {
			return Span{}, false
		}
		return Span{from, listEnd(s, end)}, true
	}
	return Span{}, false
}
