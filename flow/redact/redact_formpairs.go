package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

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

// formValue redacts the percent-encoded value of a parameter of a query or form. Of an account,
// login=ann:x, it keeps the user's name.
func (r *Redactor) formValue(name string, sensitivity names.Sensitivity, v string) string {
	if plain := lex.Unescape(v); sensitivity < names.Secret {
		if from, ok := phrase.OfAccount(lex.Unescape(name), plain); ok && !mark.IsPair(plain[from:]) {
			return queryEscaper.Replace(r.redactValue(sensitivity, plain[:from-1]) + ":" + r.redactValue(names.Secret, plain[from:]))
		}
	}
	return r.escapedValue(sensitivity, v)
}

// redactAcross redacts what spans segments of a path. A parameter of a segment, ;token=x, ends
// before a segment of small letters: base64 with a slash rarely has one.
func (r *Redactor) redactAcross(path string) string {
	from := strings.IndexByte(path, ';')
	if from < 0 {
		return r.redactSpans(path, names.Identifier)
	}
	var b strings.Builder
	done := 0
	for i := from; i < len(path); i++ {
		if path[i] != '/' || strings.IndexByte(path[strings.LastIndexByte(path[:i], '/')+1:i], ';') < 0 {
			continue
		}
		if isWord(path[i+1 : lex.IndexFrom(path, i+1, "/;")]) {
			b.WriteString(r.redactSpans(path[done:i], names.Identifier))
			done = i
		}
	}
	b.WriteString(r.redactSpans(path[done:], names.Identifier))
	return b.String()
}

// isWord reports whether a segment of a path is a word of the API: three small letters or more.
func isWord(segment string) bool {
	for i := range len(segment) {
		if !ascii.IsLower(segment[i]) && (i == 0 || strings.IndexByte("-_", segment[i]) < 0) {
			return false
		}
	}
	return len(segment) > 2
}
