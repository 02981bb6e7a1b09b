package filter

import (
	"regexp/syntax"
	"strings"
)

const (
	// minRequired is the length of the shortest text of an expression that is looked for, in bytes:
	// most flows have shorter ones.
	minRequired = 3
	// maxRequired is the most alternatives that are looked for.
	maxRequired = 8
)

// required returns texts of which a body has at least one, in any case, if it matches the value of
// a field after redaction; nil if there are no such texts. They consist of characters that
// redaction keeps, and are no part of a placeholder, so a body has them before redaction too.
func required(value string) []string {
	pattern, isRegexp := strings.CutPrefix(value, "~")
	if !isRegexp {
		if isKept(value) {
			return []string{value}
		}
		return nil
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return requiredBy(tree.Simplify())
}

// requiredBy returns such texts of all matches of an expression.
func requiredBy(x *syntax.Regexp) []string {
	switch x.Op {
	case syntax.OpLiteral:
		return literal(x)
	case syntax.OpCapture, syntax.OpPlus:
		return requiredBy(x.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range x.Sub {
			if texts := requiredBy(sub); shortest(texts) > shortest(best) {
				best = texts
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range x.Sub {
			texts := requiredBy(sub)
			if all = append(all, texts...); texts == nil || len(all) > maxRequired {
				return nil
			}
		}
		return all
	}
	return nil
}

// literal returns the longest part of a literal that can be looked for.
func literal(x *syntax.Regexp) []string {
	best := ""
	for part := range strings.FieldsFuncSeq(string(x.Rune), func(r rune) bool {
		// In any case, k and s also match characters that are not ASCII.
		return !isKeptByte(r) || x.Flags&syntax.FoldCase != 0 && strings.ContainsRune("kKsS", r)
	}) {
		if len(part) > len(best) && isKept(part) {
			best = part
		}
	}
	if len(best) < minRequired {
		return nil
	}
	return []string{best}
}

func shortest(texts []string) int {
	n := 0
	for i, t := range texts {
		if i == 0 || len(t) < n {
			n = len(t)
		}
	}
	return n
}

// isKept reports whether redaction adds a text nowhere, and only cuts it out.
func isKept(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !isKeptByte(r) }) && !inPlaceholder(s)
}

func isKeptByte(r rune) bool {
	return r < 0x80 && (isAlphanumeric(byte(r)) || strings.ContainsRune(" -._", r))
}
