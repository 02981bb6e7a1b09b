package phrase

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// maxQuery bounds the bytes of a query in which variables are looked for.
const maxQuery = 64 << 10

// Variables returns the variables of a GraphQL query that are the values of arguments or fields
// with the name of a secret: p in login(password: $p).
func Variables(query string) (secret []string) {
	s := query[:min(len(query), maxQuery)]
	for at := 0; ; {
		n := strings.IndexByte(s[at:], '$')
		if n < 0 {
			return secret
		}
		at += n + 1
		end := at
		for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '_') {
			end++
		}
		before, ok := strings.CutSuffix(strings.TrimRight(s[:at-1], " \t\r\n"), ":")
		if !ok || end == at {
			continue
		}
		before = strings.TrimRight(before, " ")
		k := nameStart(before)
		if k < len(before) && len(before)-k <= names.MaxLen && (names.SensitivityOf(before[k:]) == names.Secret || before[k:] == "code" && isForTypedCode(before[:k])) {
			secret = append(secret, s[at:end])
		}
	}
}

// isForTypedCode reports whether the call whose arguments a query ends with takes a code that
// people type: verifyOtp(phone: $phone, code: $code).
func isForTypedCode(query string) bool {
	near := query[max(0, len(query)-names.MaxLen):]
	open := strings.LastIndexByte(near, '(')
	if open < 0 {
		return false
	}
	open += len(query) - len(near)
	call := strings.TrimRight(query[:open], " ")
	return names.TakesTypedCode(call[nameStart(call):])
}

// Range is a piece of a text.
type Range struct{ Start, End int }

// operation matches the beginning of an operation of GraphQL up to its variables. It is a document
// only if it begins so.
var operation = lazyregexp.New(`\b(?:query|mutation|subscription)\b\s*(?:[A-Za-z_]\w*)?\s*\(`)

// definition matches the definition of a variable: its name and its type.
var definition = lazyregexp.New(`\$([A-Za-z_]\w*)\s*:\s*(\[?\[?[A-Z]\w{0,63}!?\]?!?\]?!?)`)

// GraphQLNames returns the parts of a GraphQL document that are names though they follow the name
// of a secret: types of variables that it defines, and where it uses these variables, such as
// String! and $p in query($password: String!) {login(password: $p)}. It returns nil for other
// text. The ranges are in order.
func GraphQLNames(text string) (out []Range) {
	s := text[:min(len(text), maxQuery)]
	isDocument := false
	for _, word := range []string{"query", "mutation", "subscription", "fragment"} {
		isDocument = isDocument || strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), word)
	}
	if !isDocument || !strings.Contains(s, "$") {
		return nil
	}
	defined := map[string]bool{}
	for _, m := range operation.Get().FindAllStringIndex(s, 100) {
		end := m[1]
		for depth := 1; end < len(s) && depth > 0; end++ {
			switch s[end] {
			case '(', '{':
				depth++
			case ')', '}':
				depth--
			}
		}
		for _, d := range definition.Get().FindAllStringSubmatchIndex(s[m[1]:end], 1000) {
			defined[s[m[1]+d[2]:m[1]+d[3]]] = true
			out = append(out, Range{m[1] + d[4], m[1] + d[5]})
		}
	}
	if len(defined) == 0 {
		return nil
	}
	for at := 0; at < len(s); at++ {
		if s[at] != '$' {
			continue
		}
		end := at + 1
		for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '_') {
			end++
		}
		if defined[s[at+1:end]] {
			out = append(out, Range{at, end})
		}
	}
	slices.SortFunc(out, func(a, b Range) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// GraphQL tells names in a text. The zero value is ready for use; it belongs to one text.
type GraphQL struct {
	names   []Range
	hasRead bool
}

// Name returns the type of a variable, or the variable, see [GraphQLNames], of which a piece of the
// text is a part, and whether there is one.
func (g *GraphQL) Name(text string, start, end int) (Range, bool) {
	if !g.hasRead {
		g.names, g.hasRead = GraphQLNames(text), true
	}
	i, _ := slices.BinarySearchFunc(g.names, end, func(r Range, end int) int { return cmp.Compare(r.End, end) })
	if i == len(g.names) || g.names[i].Start > start {
		return Range{}, false
	}
	return g.names[i], true
}

// Default finds the default value of a variable after its type, which ends at k: the content of a
// string, or of a list.
func Default(text string, k int) (Span, bool) {
	s := text[:min(len(text), k+maxQuery)]
	k = skipSpace(s, k)
	if k == len(s) || s[k] != '=' {
		return Span{}, false
	}
	k = skipSpace(s, k+1)
	if from := lex.SkipQuote(s, k); from > k {
		end := quoteEnd(s, from, s[from-1])
		return Span{from, from + len(strings.TrimRight(s[from:end], `\`))}, end > from
	}
	if k == len(s) || s[k] != '[' {
		return Span{}, false
	}
	inString := false
	for end := k + 1; end < len(s); end++ {
		switch {
		case s[end] == '"' && (s[end-1] != '\\' || s[k+1] == '\\'):
			inString = !inString
		case s[end] == ']' && !inString:
			return Span{k + 1, end}, end > k+1
		}
	}
	return Span{k + 1, len(s)}, true // cut off
}
