package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
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
