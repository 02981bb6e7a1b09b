package find

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// maxMembers bounds the members between a name and its value.
const maxMembers = 4

// findPair finds the value of a pair in text, one of whose members has the name s[i:j] and a value
// that starts at k after the quote. The members are in either order, in one object or at one
// indentation.
func (sc *Scanner) findPair(i, j, k int, quote byte) (Span, bool) {
	role := names.PairRoleOf(sc.Text[i:j])
	if role == names.NoRole || i < sc.buttonEnd || quote == '<' || quote == ']' || quote == '%' {
		return Span{}, false
	}
	s := sc.Text[:min(len(sc.Text), k+maxTagLen)]
	if k >= len(s) {
		return Span{}, false
	}
	first := sc.pairValue(s, i, k, quote)
	var sensitivity names.Sensitivity
	if role != names.ValueRole {
		if sensitivity = names.OfPair(s[i:j], first.text(s)); sensitivity == names.Plain {
			return Span{}, false
		}
	}
	at := first.End
	for range maxMembers {
		m, ok := sc.nextPairMember(s, i, at)
		if !ok {
			break
		}
		name := s[m.name:m.nameEnd]
		switch other := names.PairRoleOf(name); {
		case role != names.ValueRole && other == names.ValueRole:
			if sensitivity == names.Secret && sc.openRegion(m.name, m.nameEnd, m.value.Start, m.quote) {
				return Span{}, false
			}
			return namedSpan(sc.Text, m.value.Start, m.value.End, sensitivity)
		case sensitivity == names.Secret && other == names.TextRole:
			if sp, ok := namedSpan(sc.Text, m.value.Start, m.value.End, names.Shown); ok {
				return sp, true
			}
		case role == names.ValueRole && (other == names.NamesRole || other == names.TypesRole):
			if sensitivity = names.OfPair(name, m.value.text(s)); sensitivity != names.Plain {
				return namedSpan(sc.Text, first.Start, first.End, sensitivity)
			}
		}
		at = m.value.End
	}
	return Span{}, false
}

// usersBesideClave begin the parameters beside which clave is a password and no code of a product.
var usersBesideClave = [...]string{"usuario=", "user=", "username=", "login=", "correo=", "rut="}

// IsPasswordBeside reports whether a parameter of a query or form is a password by the name of the
// user beside it, or by the protocol: p beside u, clave beside usuario, community of SNMP.
func IsPasswordBeside(query, name, value string) bool {
	if !mayBeBeside(name) {
		return false
	}
	const near = 4 << 10 // a long query may have the name very often
	query = query[:min(len(query), near)]
	has := func(name string) bool { return strings.HasPrefix(query, name) || strings.Contains(query, "&"+name) }
	switch name {
	case "clave":
		return len(value) >= 4 && slices.ContainsFunc(usersBesideClave[:], has) ||
			names.IsClave(value, has("nombre=")) && !has("valor") && !has("descrip") && !has("tipo") && !has("categor")
	case "community":
		all := "&" + query + "&"
		return len(value) >= 4 && strings.Contains(query, "snmp") || strings.Contains(all, "&version=2c&") || strings.Contains(all, "&version=1&")
	case "key":
		return IsNetworkKey(value) && has("ssid=")
	}
	return names.IsShortPassword(value) && (has("u=") || has("user=") || has("username=") || has("login="))
}

// mayBeBeside reports whether parameters of a name may be passwords by what stands beside them.
func mayBeBeside(name string) bool {
	return name == "p" || name == "key" || name == "clave" || name == "community"
}

// findPasswordBeside is [IsPasswordBeside] for a link in text. The name s[i:j] has the value at k.
func findPasswordBeside(s string, i, j, k int) (Span, bool) {
	if !mayBeBeside(s[i:j]) || !isParameter(s, i, j) {
		return Span{}, false
	}
	low := max(0, i-names.MaxLen)
	from := low + strings.LastIndexAny(s[low:i], linkEnds+"?") + 1
	end := parameterEnd(s, k, maxParameter)
	query := s[from:lex.IndexFrom(s[:min(len(s), end+names.MaxLen)], end, linkEnds+"#")]
	return Span{Start: k, End: end}, IsPasswordBeside(query, s[i:j], s[k:end]) && !strings.Contains(s[k:end], mark.Prefix) && end-k < maxParameter
}

// maxParameter bounds a password in a link that only another parameter tells about, in bytes.
const maxParameter = 2 << 10

// findTagValue finds the password in a message of FIX (8=FIX.4.4|553=ann|554=x|), whose tag is
// s[i:j].
func findTagValue(s string, i, j int) (Span, bool) {
	if tag := s[i:j]; tag != "554" && tag != "925" || s[j] != '=' || i == 0 {
		return Span{}, false
	}
	line := s[max(0, i-maxTagLen):i]
	if strings.LastIndex(line, "8=FIX") <= strings.LastIndexByte(line, '\n') {
		return Span{}, false
	}
	end := lex.IndexFrom(s, j+1, s[i-1:i]+"\r\n\"")
	return Span{Start: j + 1, End: end}, end > j+1 && !IsHarmless(s[j+1:end])
}

// text returns the text of a span.
func (sp Span) text(s string) string { return s[sp.Start:sp.End] }

// pairValue returns the value that starts at k, whose name starts at i.
func (sc *Scanner) pairValue(s string, i, k int, quote byte) Span {
	switch {
	case quote != 0:
		return Span{Start: k, End: valueEnd(s, k, quote, names.Plain)}
	case sc.YAML:
		return Span{Start: k, End: max(k, yamlValueEnd(s, i, k))}
	}
	return Span{Start: k, End: valueEnd(s, k, 0, names.Plain)}
}

// pairMember is a member by positions in the text.
type pairMember struct {
	name, nameEnd int
	value         Span
	quote         byte
}

// nextPairMember returns the member after the value that ends at k. The first member of the pair
// starts at first.
func (sc *Scanner) nextPairMember(s string, first, k int) (m pairMember, ok bool) {
	n := k
	if q := skipQuote(s, n); q > n {
		n = q
	}
	for n < len(s) && (lex.IsBlank(s[n]) || s[n] == ',' || s[n] == ';' || s[n] == '&') {
		n++
	}
	if n == k {
		return m, false
	}
	if where := n + len("where "); where < len(s) && equalFold(s[n:where], "where ") { // of SQL
		n = where
	}
	line := strings.IndexByte(s[k:n], '\n') >= 0
	m.name = skipQuote(s, n)
	for m.nameEnd = m.name; m.nameEnd < len(s) && (ascii.IsAlnum(s[m.nameEnd]) || s[m.nameEnd] == '_'); {
		m.nameEnd++
	}
	if m.nameEnd == m.name || m.nameEnd == len(s) || line && !inBraces(s, first) && indentOf(s, n) != indentOf(s, first) {
		return m, false
	}
	start, quote, ok := valueAfter(s, m.name, m.nameEnd)
	if !ok || quote == '<' {
		return m, false
	}
	m.value, m.quote = sc.pairValue(s, n, start, quote), quote
	return m, true
}

// inBraces reports whether the name at i is in an object between braces.
func inBraces(s string, i int) bool {
	before := s[max(0, i-maxTagLen):i]
	return strings.LastIndexByte(before, '{') > strings.LastIndexByte(before, '}')
}
