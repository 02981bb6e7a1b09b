package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Programs and configurations compute the value of a secret's name from strings: getenv('KEY',
// 'x'), process.env.KEY || 'x', String("x"), q(x), $'x'.

// maxExpression bounds the bytes of an expression that are inspected.
const maxExpression = 300

// Expression finds the string that the expression at k, the value of a secret's name, may yield:
// the default of a lookup, an alternative, the argument of a conversion.
func Expression(s string, k int) (Span, bool) {
	s = s[:min(len(s), k+maxExpression)]
	if n := strings.IndexAny(s[k:], "\n\r"); n >= 0 {
		s = s[:k+n]
	}
	end := identifierEnd(s, k)
	if end == len(s) || end == k {
		return Span{}, false
	}
	if rest, ok := strings.CutPrefix(s[k:], "new "); ok {
		k = len(s) - len(rest)
		end = identifierEnd(s, k)
	}
	switch name := s[k:end]; {
	case end == len(s):
		return Span{}, false
	case lex.IsQuote(s[end]) && (name == "$" || name == "String.raw"):
		return literalAt(s, end)
	case name == "r" && strings.HasPrefix(s[end:], `#"`):
		return literalAt(s, end+1)
	case name == "$" && s[end] == '(':
		return printed(s, end+1)
	case (name == "q" || name == "qq") && (s[end] == '(' || s[end] == '{'):
		n := strings.IndexAny(s[end:], ")}")
		return Span{end + 1, end + n}, n > 1
	case s[end] == '(' && wraps(name):
		return wrapped(s, end+1)
	}
	return fallback(s, k)
}

// identifierEnd returns the end of the name, maybe of several parts, that starts at k.
func identifierEnd(s string, k int) int {
	for k < len(s) && (ascii.IsAlnum(s[k]) || strings.IndexByte("_.$!", s[k]) >= 0 || strings.HasPrefix(s[k:], "::")) {
		if s[k] == ':' {
			k++
		}
		k++
	}
	return k
}

// literalAt returns the string whose quote is at k.
func literalAt(s string, k int) (Span, bool) {
	end := quoteEnd(s, k+1, s[k])
	return Span{k + 1, end}, end-k > 4 && end < len(s)
}

// printed finds what a substitution of a shell prints: $(echo x).
func printed(s string, k int) (Span, bool) {
	rest, ok := strings.CutPrefix(s[k:], "echo ")
	if !ok {
		return Span{}, false
	}
	k = len(s) - len(rest)
	if rest != "" && lex.IsQuote(rest[0]) {
		if sp, ok := literalAt(s, k); ok {
			return sp, s[sp.Start] != '$'
		}
	}
	k = lex.SkipQuote(s, k)
	end := wordEnd(s, k)
	return Span{k, end}, end-k >= 4 && s[k] != '$'
}

// wraps reports whether a function of this name returns its argument in another form, so that the
// argument is a secret if the result is one.
func wraps(name string) bool {
	switch _, last := cutLast(name, '.'); strings.ToLower(last) {
	case "string", "str", "bytes", "byte", "secretstr", "password", "md5", "sha", "sha1", "sha2", "sha224", "sha256", "sha384", "sha512",
		"enc", "crypt", "unhex", "from_base64", "encrypt", "tochararray", "utf8encode", "securestring", "secret", "sensitive", "nonsensitive",
		"b64decode", "b64encode", "base64", "atob", "btoa", "base64encode", "base64decode", "some", "just", "quote", "trim", "hash":
		return true
	}
	return false
}

// wrapped finds the argument at k: a string, or a word up to the parenthesis.
func wrapped(s string, k int) (Span, bool) {
	if k < len(s) && lex.IsQuote(s[k]) {
		end := quoteEnd(s, k+1, s[k])
		return Span{k + 1, end}, end-k > 4 && end < len(s) && isWordArgument(s[k+1:end])
	}
	end := k
	for end < len(s) && (ascii.IsAlnum(s[end]) || strings.IndexByte("+/=-", s[end]) >= 0) {
		end++
	}
	return Span{k, end}, end-k >= 8 && end < len(s) && s[end] == ')' && isSecretArgument(s[k:end])
}

// fallback finds the string that the expression at k has if what is before it has no value: the
// second argument of a lookup by a secret's name, or what stands after ||, ??, ?: or or.
func fallback(s string, k int) (best Span, ok bool) {
	depth, alternative, named := 0, false, false
	for k < len(s) {
		switch c := s[k]; {
		case lex.IsQuote(c):
			end := quoteEnd(s, k+1, c)
			if end >= len(s) {
				return best, ok
			}
			if value := s[k+1 : end]; names.SensitivityOf(value) == names.Secret {
				named = true
			} else if (alternative || named && depth > 0) && isWordArgument(value) {
				best, ok = Span{k + 1, end}, true
			}
			k = end + 1
			continue
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			if depth--; depth < 0 {
				return best, ok
			}
		case strings.HasPrefix(s[k:], "||"), strings.HasPrefix(s[k:], "??"), strings.HasPrefix(s[k:], "?:"), strings.HasPrefix(s[k:], " or "),
			strings.HasPrefix(s[k:], "? "), strings.HasPrefix(s[k:], "<|>"):
			alternative = true
		case c == ';' || c == '{' || c == '}' || c == ',' && depth == 0 || c == ' ' && depth == 0 && !continues(s, k):
			return best, ok
		}
		k++
	}
	return best, ok
}

// continues reports whether an operator stands beside the blank at k.
func continues(s string, k int) bool {
	const operators = "|?:=!+&<"
	return k+1 < len(s) && (strings.IndexByte(operators, s[k+1]) >= 0 || lex.IsQuote(s[k+1]) || strings.HasPrefix(s[k+1:], "or ")) ||
		strings.IndexByte(operators, s[k-1]) >= 0 || s[k-1] == 'r'
}

// Joined returns the end of the string that ends at the quote at k, with the strings after it that
// an operator joins to it: "x" + "y", or the new value of a change, "x" -> "y".
func Joined(s string, k int) int {
	limit := min(len(s), k+maxExpression)
	for end := k; end < limit; {
		n := end + 1
		for n < limit && s[n] == ' ' {
			n++
		}
		op := n
		for n < limit && strings.IndexByte("+.&->=", s[n]) >= 0 {
			n++
		}
		if n == op || n-op > 2 {
			return end
		}
		for n < limit && s[n] == ' ' {
			n++
		}
		if n == limit || s[n] != s[k] {
			return end
		}
		next := quoteEnd(s[:limit], n+1, s[n])
		if next == limit {
			return end
		}
		end = next
	}
	return k
}
