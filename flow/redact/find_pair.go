package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// maxMembers bounds the members between a name and its value.
const maxMembers = 4

// findPair finds the value of a pair in text, one of whose members has the name s[i:j] and a value
// that starts at k after the quote. The members are in either order, in one object or at one
// indentation.
func (sc *scanner) findPair(i, j, k int, quote byte) (span, bool) {
	role := names.PairRoleOf(sc.s[i:j])
	if role == names.NoRole || quote == '<' || quote == ']' || quote == '%' {
		return span{}, false
	}
	s := sc.s[:min(len(sc.s), k+maxTagLen)]
	if k >= len(s) {
		return span{}, false
	}
	first := sc.pairValue(s, i, k, quote)
	var sensitivity names.Sensitivity
	if role != names.ValueRole {
		if sensitivity = names.OfPair(s[i:j], first.text(s)); sensitivity == names.Plain {
			return span{}, false
		}
	}
	at := first.end
	for range maxMembers {
		m, ok := sc.nextPairMember(s, i, at)
		if !ok {
			break
		}
		name := s[m.name:m.nameEnd]
		switch other := names.PairRoleOf(name); {
		case role != names.ValueRole && other == names.ValueRole:
			if sensitivity == names.Secret && sc.openRegion(m.name, m.nameEnd, m.value.start, m.quote) {
				return span{}, false
			}
			return namedSpan(sc.s, m.value.start, m.value.end, sensitivity)
		case role == names.ValueRole && (other == names.NamesRole || other == names.TypesRole):
			if sensitivity = names.OfPair(name, m.value.text(s)); sensitivity != names.Plain {
				return namedSpan(sc.s, first.start, first.end, sensitivity)
			}
		}
		at = m.value.end
	}
	return span{}, false
}

// text returns the text of a span.
func (sp span) text(s string) string { return s[sp.start:sp.end] }

// pairValue returns the value that starts at k, whose name starts at i.
func (sc *scanner) pairValue(s string, i, k int, quote byte) span {
	switch {
	case quote != 0:
		return span{start: k, end: valueEnd(s, k, quote, names.Plain)}
	case sc.isYAML:
		return span{start: k, end: max(k, yamlValueEnd(s, i, k))}
	}
	return span{start: k, end: valueEnd(s, k, 0, names.Plain)}
}

// pairMember is a member by positions in the text.
type pairMember struct {
	name, nameEnd int
	value         span
	quote         byte
}

// nextPairMember returns the member after the value that ends at k. The first member of the pair
// starts at first.
func (sc *scanner) nextPairMember(s string, first, k int) (m pairMember, ok bool) {
	n := k
	if q := skipQuote(s, n); q > n {
		n = q
	}
	for n < len(s) && (isBlank(s[n]) || s[n] == ',' || s[n] == ';' || s[n] == '&') {
		n++
	}
	if n == k {
		return m, false
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

// formPairs has what the fields of a query or form give the values of pairs, by what the names of
// both have in common: env[0][name]=password&env[0][value]=….
type formPairs map[string]names.Sensitivity

// pairsOf returns the pairs of a query or form, nil if there are none.
func pairsOf(raw string) (pairs formPairs) {
	if !strings.Contains(raw, "val") && !strings.Contains(raw, "Val") && !strings.Contains(raw, "VAL") {
		return nil
	}
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		name, v, _ := strings.Cut(part, "=")
		common, member := formMember(lex.Unescape(name))
		if role := names.PairRoleOf(member); role != names.NamesRole && role != names.TypesRole {
			continue
		}
		if x := names.OfPair(member, lex.Unescape(v)); x != names.Plain {
			if pairs == nil {
				pairs = formPairs{}
			}
			pairs[common] = x
		}
	}
	return pairs
}

// sensitivityOf returns the sensitivity that a pair gives the field.
func (p formPairs) sensitivityOf(name string) names.Sensitivity {
	common, member := formMember(name)
	if names.PairRoleOf(member) != names.ValueRole {
		return names.Plain
	}
	return p[common]
}

// formMember returns the last part of the name of a field, and the rest: value and env[0] of
// env[0][value].
func formMember(name string) (common, member string) {
	if rest, ok := strings.CutSuffix(name, "]"); ok {
		if i := strings.LastIndexByte(rest, '['); i >= 0 {
			return name[:i], rest[i+1:]
		}
	}
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}
